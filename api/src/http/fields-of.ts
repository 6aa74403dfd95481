import { z, type ZodType } from 'zod';

/** @returns the names of the fields of an object's schema, in its order, also where it is read as something else after; none for any other schema */
export function fieldsOf(schema: ZodType): string[] {
  if (schema instanceof z.ZodPipe) return fieldsOf(schema.in as ZodType);
  return schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
}
