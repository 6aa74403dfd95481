import type { Statement } from '../../infra/postgres.js';
import { GROUPS_SQL } from '../../shared/rights.js';
import type { Sort, SortKey, UserListQuery, UserPosition } from './user-list.schema.js';
import type { SearchText, SearchWord } from './user-search.js';

/** Which users are asked for. */
export type UserSelection = Pick<UserListQuery, 'search' | 'status' | 'type' | 'country' | 'created_from' | 'created_to'> & { groupId: string | undefined };

/** Which of them: those after a position, of those who have the sort key or of those who have none. */
export type UserStretch = Readonly<{ sort: Sort; keyed: boolean; after: UserPosition | undefined; atMost: number }>;

/** What leaves, and no other column: what is not read cannot leak (D-13). Over the alias `u`. */
export const LISTED_COLUMNS = `u.user_id, u.created_at, u.last_updated, u.first_name, u.last_name, u.country, u.gender, u.dob, u.email, u.profile_picture_url,
  u.phone_number, u.auth_type, u.is_email_verified, u.is_phone_verified, u.email_verified_at, u.phone_number_verified_at, u.last_sign_in_at, u.bio, u.theme,
  u.profile_accessibility, u.user_type, u.user_name, u.language, u.status, u.timezone, u.invited_by_user_id, u.is_protected, u.is_trashed, u.is_active, u.is_verified,
  ${GROUPS_SQL} AS groups`;

/** What the indexes are made of; the functions stand in the migrations. */
export const SEARCH_TEXT = 'user_search_text(u.first_name, u.last_name, u.user_name, u.email, u.phone_number, u.phone_e164)';
const SEARCH_LETTERS = `user_search_letters(${SEARCH_TEXT})`;
const HAS_LETTERS = `octet_length(${SEARCH_TEXT}) > length(${SEARCH_TEXT})`;
const CREATED_MICROSECONDS = '(extract(epoch FROM u.created_at) * 1000000)::bigint';

type SortSql = Readonly<{ key: string; position: string; read: (value: string) => string }>;

const textSort = (column: string): SortSql => ({ key: `user_sort_text(u.${column}) COLLATE "C"`, position: `user_sort_text(u.${column})`, read: (value) => `${value}::text` });
export const SORTS: Readonly<Record<SortKey, SortSql>> = {
  created_at: { key: 'u.created_at', position: CREATED_MICROSECONDS, read: (value) => `(timestamp 'epoch' + ${value}::bigint * interval '1 microsecond')` },
  user_name: textSort('user_name'),
  email: textSort('email'),
};

/**
 * So many users are looked at in their order before those who match are looked up and sorted. Looking at one takes less than
 * half the time of looking one up; at this number the worst case, where both are done, costs least (npm run bench -- users).
 */
const NEAR = 8_000;

type Bind = (value: unknown) => string;

/**
 * A page of users. Without a name: such a statement is planned for its values each time, so that a rare word and a common one
 * get a plan each.
 */
export function listStatement(selection: UserSelection, stretch: UserStretch): Statement {
  const values: unknown[] = [];
  const bind: Bind = (value) => `$${values.push(value)}`;
  const { key, position } = SORTS[keyOf(stretch.sort)];
  const by = (sortKey: string) => `ORDER BY ${sortKey} ${direction(stretch.sort)}, u.user_id ${direction(stretch.sort)}`;
  const parts = { place: placeConditions(stretch, bind), plain: plainConditions(selection, bind), size: bind(stretch.atMost), key, by };
  const searches = selection.search !== undefined || selection.groupId !== undefined;
  const chosen = searches ? searchedIds(selection, stretch, parts, bind) : `SELECT u.user_id FROM "user" u ${where(parts.place, parts.plain)} ${by(key)} LIMIT ${parts.size}`;
  return { text: `SELECT ${LISTED_COLUMNS}, ${position} AS position FROM (${chosen}) chosen JOIN "user" u USING (user_id) ${by(key)}`, values };
}

type Parts = Readonly<{ place: string[]; plain: string[]; size: string; key: string; by: (sortKey: string) => string }>;

/**
 * A search can be answered in two ways, and each is slow where the other is fast. What many match is found soon by looking at
 * users in their order; what few match, by looking the word up and sorting who has it. How many match, nobody knows before. So
 * the first 8,000 in order are looked at, and only where they do not fill the page, everybody who matches is looked up. Both
 * are bounded: what fills no page within 8,000 is one in 150 at most, but for what is rare among the first and common among the
 * rest, such as everybody called Maria in the order of names. OFFSET 0 keeps the planner from mixing the two.
 */
function searchedIds({ search = [], groupId }: UserSelection, { sort }: UserStretch, { place, plain, size, key, by }: Parts, bind: Bind): string {
  // An index has these in the order of time; in any other order they would be looked for among everybody.
  const [within, beyond] = keyOf(sort) === 'created_at' ? [plain, []] : [[], plain];
  const conditions = [...beyond, ...memberCondition(groupId, bind), ...search.map((word) => wordCondition(word, bind))];
  const lookUps = search.filter(({ foreign }) => foreign).map((word) => lettersCondition(word, bind));
  return `WITH near AS MATERIALIZED (
      SELECT u.user_id FROM (SELECT u.* FROM "user" u ${where(place, within)} ${by(key)} LIMIT ${NEAR}) u ${where(conditions)} ${by(key)} LIMIT ${size}),
    further AS MATERIALIZED (
      SELECT (SELECT count(*) FROM near) < ${size} AND EXISTS (SELECT FROM "user" u ${where(place, within)} OFFSET ${NEAR}) AS needed)
    SELECT near.user_id FROM near WHERE NOT (SELECT needed FROM further)
    UNION ALL
    SELECT far.user_id FROM (
      SELECT u.user_id FROM (SELECT u.user_id, ${key} AS sort_key FROM "user" u ${where(place, plain, conditions, lookUps)} OFFSET 0) u ${by('u.sort_key')} LIMIT ${size}) far
    WHERE (SELECT needed FROM further)`;
}

const where = (...conditions: string[][]) => (conditions.flat().length > 0 ? `WHERE ${[...new Set(conditions.flat())].join(' AND ')}` : '');
const isDescending = (sort: Sort) => sort.startsWith('-');
const direction = (sort: Sort) => (isDescending(sort) ? 'DESC' : 'ASC');
export const keyOf = (sort: Sort) => sort.replace('-', '') as SortKey;

/** Where in the order the page begins. */
function placeConditions({ sort, keyed, after }: UserStretch, bind: Bind): string[] {
  const { key, read } = SORTS[keyOf(sort)];
  const beyond = isDescending(sort) ? '<' : '>';
  if (!keyed) return [`${key} IS NULL`, ...(after ? [`u.user_id ${beyond} ${bind(after[2])}::uuid`] : [])];
  if (after) return [`(${key}, u.user_id) ${beyond} (${read(bind(after[1]))}, ${bind(after[2])}::uuid)`];
  return keyOf(sort) === 'created_at' ? [] : [`${key} IS NOT NULL`];
}

/** What is equal, or between. */
function plainConditions({ status, type, country, created_from, created_to }: UserSelection, bind: Bind): string[] {
  return [
    ...(status === undefined ? [] : [`user_shown_status(u.status) = ${bind(status)}`]),
    ...(type === undefined ? [] : [`user_sort_text(u.user_type) = user_sort_text(${bind(type)})`]),
    ...(country === undefined ? [] : [`user_sort_text(u.country) = user_sort_text(${bind(country)})`]),
    ...(created_from === undefined ? [] : [`u.created_at >= ${bind(created_from)}::timestamp`]),
    ...(created_to === undefined ? [] : [`u.created_at < ${bind(created_to)}::timestamp`]),
  ];
}

function memberCondition(groupId: string | undefined, bind: Bind): string[] {
  return groupId === undefined ? [] : [`EXISTS (SELECT FROM user_group ug WHERE ug.user_id = u.user_id AND ug.group_id = ${bind(groupId)}::uuid)`];
}

/** A blank stands before each word of what is searched. */
function wordCondition({ texts }: SearchWord, bind: Bind): string {
  const patterns = texts.map((each) => {
    const begun = begunText(each);
    // What has nothing that the index knows would make it be read from end to end, and everybody after it: the empty text keeps it out.
    return `${SEARCH_TEXT}${HAS_TRIGRAM.test(begun) ? '' : ` || ''`} LIKE lower(${bind(`%${escapePattern(begun)}%`)})`;
  });
  return `(${patterns.join(' OR ')})`;
}

/** Three letters or digits, or one that begins a word. */
const HAS_TRIGRAM = /[a-z0-9]{3}|[^a-z0-9][a-z0-9]/i;

/** What a word of foreign letters needs beside its condition, so that an index answers it whatever the locale of the database. */
function lettersCondition({ texts: [text] }: SearchWord, bind: Bind): string {
  return `${HAS_LETTERS} AND ${SEARCH_LETTERS} @> user_search_letters(lower(${bind(begunText(text!))}))`;
}

function begunText({ text, anywhere }: SearchText): string {
  return `${anywhere ? '' : ' '}${text}`;
}

/** LIKE's own characters stand for themselves. */
function escapePattern(text: string): string {
  return text.replace(/[\\%_]/g, '\\$&');
}
