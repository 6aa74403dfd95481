import { z, type ZodType } from 'zod';

export type FormReader = (form: Readonly<Record<string, unknown>>) => Record<string, unknown>;

const LIST_NAME = /^([^[\]]+)\[\d*\]$/;
const FLAGS: Readonly<Record<string, boolean>> = { true: true, false: false };

/**
 * A form knows text alone (HTML, `application/x-www-form-urlencoded`). Where the body means a list, one value is a list of
 * one, and `name[]` and `name[0]` are `name`; where it means a truth value, `true` and `false` are what they say. All else
 * stays as it is, for the schema to judge.
 */
export function createFormReader(body: ZodType): FormReader {
  const { properties = {} } = z.toJSONSchema(body, { io: 'input', unrepresentable: 'any' });
  const means = (name: string, type: string) => Object.hasOwn(properties, name) && typesOf(properties[name]).includes(type);

  return function readForm(form) {
    const read = new Map<string, unknown>();
    for (const [name, value] of Object.entries(form)) {
      const field = LIST_NAME.exec(name)?.[1] ?? name;
      if (means(field, 'array')) read.set(field, [...((read.get(field) ?? []) as unknown[]), ...(Array.isArray(value) ? (value as unknown[]) : [value])]);
      else read.set(name, means(name, 'boolean') && typeof value === 'string' && Object.hasOwn(FLAGS, value) ? FLAGS[value] : value);
    }
    return Object.fromEntries(read);
  };
}

/** Also of what may be null. */
function typesOf(schema: unknown): unknown[] {
  const { type, anyOf = [] } = schema as { type?: unknown; anyOf?: unknown[] };
  return [type, ...anyOf.flatMap(typesOf)];
}
