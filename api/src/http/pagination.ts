import { z, type ZodType } from 'zod';
import { findUnsafeText } from './text-safety.js';

/** Where a page ends (API.md §1): what a list answers beside its rows. */
export const paginationSchema = z.object({
  limit: z.int().min(1).max(100),
  next_cursor: z.string().nullable().describe('Send it as `cursor` for the next page.'),
  has_more: z.boolean(),
});

export type Pagination = z.infer<typeof paginationSchema>;

const MAX_LIMIT = 100;
const DEFAULT_LIMIT = 50;
/** Two names of the longest sort and an id, with every character escaped, fit. */
const MAX_CURSOR_LENGTH = 2_048;

const limit = z
  .string()
  .regex(/^(?:[1-9][0-9]?|100)$/, { error: `a whole number from 1 to ${MAX_LIMIT}` })
  // A query string holds text; what is documented is the number that it stands for.
  .meta({ type: 'integer', minimum: 1, maximum: MAX_LIMIT, default: DEFAULT_LIMIT, pattern: undefined })
  .transform(Number)
  .default(DEFAULT_LIMIT);

/**
 * Paging by position (keyset): a cursor is the sort key of the last row of a
 * page, so a page costs the same at the millionth row as at the first, and rows
 * that come or go meanwhile neither repeat nor hide others.
 * @param position the sort key; it decides nothing but where to go on, so it need not be secret
 */
export function createPaging<P>(position: ZodType<P>) {
  const cursor = z
    .string()
    .max(MAX_CURSOR_LENGTH)
    .transform((text, context): P => {
      const read = position.safeParse(decode(text));
      // Text inside a cursor is as hostile as any other: a NUL in it would be a failure of the database (E-02).
      if (read.success && !findUnsafeText(read.data)) return read.data;
      context.addIssue({ code: 'custom', message: 'cursor' });
      return z.NEVER;
    })
    .optional()
    .describe('The `next_cursor` of the page before.');

  return {
    /** `limit` and `cursor` of a query string; anything but what we gave out is 400 (E-10). */
    query: z.object({ limit, cursor }),

    /**
     * A page of rows that were read with one more than the limit, to know whether there is more.
     * @param positionOf the sort key of a row
     */
    page<Row>(rows: readonly Row[], size: number, positionOf: (row: Row) => P): { rows: Row[]; pagination: Pagination } {
      const shown = rows.slice(0, size);
      const last = shown.at(-1);
      const hasMore = rows.length > size;
      return { rows: shown, pagination: { limit: size, next_cursor: hasMore && last !== undefined ? encode(positionOf(last)) : null, has_more: hasMore } };
    },
  };
}

function encode(position: unknown): string {
  return Buffer.from(JSON.stringify(position)).toString('base64url');
}

/** @returns undefined for what is no cursor: the schema then refuses it */
function decode(text: string): unknown {
  try {
    return JSON.parse(Buffer.from(text, 'base64url').toString('utf8')) as unknown;
  } catch {
    return undefined;
  }
}
