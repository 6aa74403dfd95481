import { z } from 'zod';
import { acrossFields } from '../../http/across-fields.js';
import { createPaging, paginationSchema } from '../../http/pagination.js';
import { userSchema } from '../../shared/user-view.js';
import { MAX_WORDS, readSearch } from './user-search.js';

/** By what users are sorted; each also descending. */
export const SORT_KEYS = ['created_at', 'user_name', 'email'] as const;

export type SortKey = (typeof SORT_KEYS)[number];
export type Sort = SortKey | `-${SortKey}`;

/** The sort that a position belongs to, the sort key there (microseconds since the epoch, a text, or null where there is none), and the user's id. */
export type UserPosition = [sort: Sort, key: number | string | null, userId: string];

const sorts = SORT_KEYS.flatMap((key): Sort[] => [key, `-${key}`]);
const sort = z.enum(sorts);

/** Some 290,000 years around 1970 in Postgres; what a number holds exactly ends in 2255. */
const microseconds = z.int();

export const userPaging = createPaging<UserPosition>(
  z.union([
    z.tuple([z.enum(['created_at', '-created_at']), microseconds, z.guid()]),
    z.tuple([z.enum(['user_name', '-user_name', 'email', '-email']), z.string().refine((key) => key.isWellFormed() && !key.includes('\0')).nullable(), z.guid()]),
  ]),
);

const word = z.string().min(1).max(100);
const MAX_SEARCH_LENGTH = 100;

const search = z
  .string()
  .max(MAX_SEARCH_LENGTH)
  .transform((text, context) => {
    const words = readSearch(text);
    if (words.length >= 1 && words.length <= MAX_WORDS) return words;
    context.addIssue({ code: 'custom', message: `1 to ${MAX_WORDS} words` });
    return z.NEVER;
  })
  .describe(
    `Up to ${MAX_WORDS} words, each of which must be in the name, e-mail address, phone number or user name, in capitals or not: three or more characters anywhere, one or two at the beginning of a word. A phone number may be written with +, blanks, dashes and brackets.`,
  );

const MOMENT = 'ISO 8601 date or date-time, from the year 1 on';
const FIRST_YEAR = new Date('0001-01-01T00:00:00Z');

/** A date is its midnight, UTC. There was no year 0 (E-12). */
const moment = z
  .union([z.iso.date(), z.iso.datetime({ offset: true })], { error: MOMENT })
  .transform((text) => new Date(text))
  .refine((date) => date >= FIRST_YEAR, { error: MOMENT });

export const userListQuery = userPaging.query
  .extend({
    search: search.optional(),
    status: userSchema.shape.status.optional(),
    group: word.optional().describe('Codename of a group, be it active or not.'),
    type: word.optional().describe('What kind of account, its `user_type`.'),
    country: word.optional(),
    created_from: moment.optional().describe('Date or date-time from which on accounts were made.'),
    created_to: moment.optional().describe('Date or date-time before which they were made.'),
    sort: sort.default('-created_at').describe('With `-` descending. Users who have no such name or address come last.'),
  })
  .check(
    acrossFields(({ sound: { cursor, sort: wanted, created_from: from, created_to: to }, refuse }) => {
      if (cursor !== undefined && wanted !== undefined && cursor[0] !== wanted) refuse({ path: 'cursor', code: 'invalid_format', params: { format: `cursor of sort=${wanted}` } });
      if (from !== undefined && to !== undefined && from > to) refuse({ path: 'created_to', code: 'invalid_format', params: { format: 'a moment that is not before created_from' } });
    }),
  );

export type UserListQuery = z.infer<typeof userListQuery>;

export const userParams = z.object({ user_id: z.guid().transform((id) => id.toLowerCase()) });

export const listedUserSchema = userSchema.extend({ groups: z.array(z.string()).describe('Codenames of the active groups the user is in.') }).meta({ id: 'ListedUser' });

export const userPageSchema = z.object({ users: z.array(listedUserSchema), pagination: paginationSchema });
export const oneUserSchema = z.object({ user: listedUserSchema });

export type ListedUserView = z.infer<typeof listedUserSchema>;
