import { KEPT_METADATA, type Kept, type KeptMembers } from './kept-metadata.js';

const UUID = '[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}';
const JSON_TYPE = { word: 'string', number: 'number', flag: 'boolean' } as const;

/**
 * The path of an entry without the ids of people and of what is theirs; those of groups and permissions stay. What is spelt in
 * another way than servers spell it may hide one, and what comes before a path is the client's own word: both go.
 */
export const KEPT_ENDPOINT = `regexp_replace(substring(endpoint FROM '^/.*'), '[^/]*%[^/]*|(?<!/groups/|/permissions/)${UUID}', ':id', 'g')`;

/** What KEPT_METADATA says stays, NULL where that is nothing. Whatever the value is, if it is not of the kind said, it goes. */
export const KEPT_METADATA_SQL = `CASE ${byShape().map(([members, actions]) => `WHEN action IN (${actions.map(quoted).join(', ')}) THEN ${membersOf('metadata', members)}`).join(' ')} END`;

/** Actions of which the same stays are one branch of the statement. */
function byShape(): [KeptMembers, string[]][] {
  const shapes = new Map<KeptMembers, string[]>();
  for (const [action, members] of Object.entries(KEPT_METADATA)) if (Object.keys(members).length > 0) shapes.set(members, [...(shapes.get(members) ?? []), action]);
  return [...shapes];
}

function membersOf(object: string, members: KeptMembers): string {
  const rows = Object.entries(members).map(([key, kept]) => `(${quoted(key)}, ${valueOf(`${object}->${quoted(key)}`, kept)})`);
  return `(SELECT jsonb_object_agg(key, value) FROM (VALUES ${rows.join(', ')}) AS kept (key, value) WHERE value IS NOT NULL)`;
}

function valueOf(value: string, kept: Kept): string {
  if (kept === 'words') return `CASE jsonb_typeof(${value}) WHEN 'array' THEN jsonb_path_query_array(${value}, '$[*] ? (@.type() == "string")') END`;
  // Null says that there was nothing before, or is nothing any more.
  if (typeof kept === 'object') return `CASE jsonb_typeof(${value}) WHEN 'null' THEN ${value} WHEN 'object' THEN ${membersOf(value, kept)} END`;
  return `CASE jsonb_typeof(${value}) WHEN '${JSON_TYPE[kept]}' THEN ${value} END`;
}

function quoted(text: string): string {
  return `'${text.replaceAll(`'`, `''`)}'`;
}
