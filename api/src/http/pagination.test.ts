import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { createPaging } from './pagination.js';

const paging = createPaging(z.tuple([z.int().min(0), z.guid()]));
const ID = '3b7e0b4e-6d0e-4bd5-9d62-0a8f8a1c2d3e';
const cursorOf = (position: unknown) => Buffer.from(JSON.stringify(position)).toString('base64url');

describe('paging', () => {
  it('gives fifty rows unless another number from 1 to 100 is asked for', () => {
    expect(paging.query.parse({})).toEqual({ limit: 50 });
    for (const limit of [1, 9, 10, 99, 100]) expect(paging.query.parse({ limit: String(limit) }).limit).toBe(limit);
  });

  it.each(['0', '-1', '101', '1000000000', '2147483648', '9007199254740993', 'NaN', '1.5', '0x10', '1e1', '', ' ', '5 ', ' 5', '+5', '05', '٥', '5;'])('E-10: limit %j is refused', (limit) => {
    expect(paging.query.safeParse({ limit }).success).toBe(false);
  });

  it('goes on where a page ended, and says when there is no more', () => {
    const rows = [[1, ID], [2, ID], [3, ID]] as [number, string][];
    const first = paging.page(rows, 2, (row) => row);
    expect(first).toEqual({ rows: rows.slice(0, 2), pagination: { limit: 2, next_cursor: expect.any(String), has_more: true } });
    expect(paging.query.parse({ cursor: first.pagination.next_cursor! }).cursor).toEqual([2, ID]);
    expect(paging.page(rows, 3, (row) => row).pagination).toEqual({ limit: 3, next_cursor: null, has_more: false });
    expect(paging.page([], 3, () => rows[0]!).pagination).toEqual({ limit: 3, next_cursor: null, has_more: false });
  });

  it.each([
    '', 'x', '{}', 'null', '%00', '../../etc', cursorOf(null), cursorOf({}), cursorOf([]), cursorOf([1]), cursorOf(['1', ID]), cursorOf([1, 'x']), cursorOf([-1, ID]), cursorOf([1.5, ID]), cursorOf([1, ID, 1]),
    cursorOf([1e99, ID]), cursorOf({ __proto__: [1, ID] }), 'A'.repeat(2_049), "' OR 1=1--",
  ])('E-10: cursor %j is refused', (cursor) => {
    expect(paging.query.safeParse({ cursor }).success).toBe(false);
  });

  it('E-02, E-04: a cursor with text that no column can hold is refused, and the longest that one can is not', () => {
    const byName = createPaging(z.tuple([z.string(), z.string(), z.guid()]));
    for (const text of ['\0', 'x\0y', '\ud800']) expect(byName.query.safeParse({ cursor: cursorOf([text, 'x', ID]) }).success).toBe(false);
    for (const text of ['😀'.repeat(100), '\u0001'.repeat(100), '\\'.repeat(100)]) expect(byName.query.parse({ cursor: cursorOf([text, text, ID]) }).cursor).toEqual([text, text, ID]);
  });
});
