import type { ZodType } from 'zod';

/** An answer that does not fit its own schema: a bug of ours, never the caller's. */
export class ResponseShapeError extends Error {
  constructor(cause: unknown) {
    super('The answer does not fit the schema of its endpoint', { cause });
    this.name = 'ResponseShapeError';
  }
}

/**
 * Turns what a handler returned into JSON, through the response schema, so
 * that an undeclared field cannot leak (C-21). A frozen object cannot change:
 * it is parsed and serialized once and remembered as long as it lives.
 */
export function createResponder(schema: ZodType): (data: unknown) => string {
  const known = new WeakMap<object, string>();
  return function present(data) {
    const object = typeof data === 'object' && data !== null ? data : undefined;
    const remembered = object && known.get(object);
    if (remembered !== undefined) return remembered;
    const parsed = schema.safeParse(data);
    if (!parsed.success) throw new ResponseShapeError(parsed.error);
    const json = JSON.stringify(parsed.data);
    if (object && Object.isFrozen(object)) known.set(object, json);
    return json;
  };
}
