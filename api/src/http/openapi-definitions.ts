type Json = Record<string, unknown>;

const LOCAL = '#/$defs/';
const SHARED = '#/components/schemas/';

/**
 * Moves the named shapes that schemas bring in their own `$defs` to where an
 * OpenAPI document has them: a reference is looked up from the document's root
 * (OpenAPI 3.1 §4.6), where no `$defs` stands.
 * @param schemas `components.schemas` of the document; what is found is added to it
 * @returns the document without local definitions
 */
export function shareDefinitions<T>(node: T, schemas: Json): T {
  if (Array.isArray(node)) return node.map((item: unknown) => shareDefinitions(item, schemas)) as T;
  if (typeof node !== 'object' || node === null) return node;
  const { $defs, ...rest } = node as Json;
  for (const [name, definition] of Object.entries($defs ?? {})) schemas[name] ??= shareDefinitions(definition as Json, schemas);
  return Object.fromEntries(Object.entries(rest).map(([key, value]) => [key, key === '$ref' ? sharedReference(value) : shareDefinitions(value, schemas)])) as T;
}

function sharedReference(reference: unknown): unknown {
  return typeof reference === 'string' && reference.startsWith(LOCAL) ? SHARED + reference.slice(LOCAL.length) : reference;
}
