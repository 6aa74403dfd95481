/**
 * What the database holds about people: every column of every table. The export shows what is `shown`, the erasure removes
 * what is personal. A test compares this with the database: a new column fails it until somebody has said here what it is.
 */

export type ColumnKind = Readonly<{
  /** It says something about the person whose row it is in. */
  personal: boolean;
  /** It is in that person's export. */
  exported: boolean;
  /** Why it is not, though it is personal. */
  reason?: string;
}>;

/**
 * What an erasure does with a person's rows.
 * - `deleted with the account`: by the foreign key, as soon as the account's own row goes
 * - `deleted in batches`: so many that one statement would take too long
 * - `anonymised in batches`: kept, without their personal columns
 * - `deleted by identity`: found by the hash of an e-mail address or phone number
 * - `expires`: gone by itself within an hour, and says nothing without the rest
 */
export type Erasure = 'deleted with the account' | 'deleted in batches' | 'anonymised in batches' | 'deleted by identity' | 'expires' | 'nobody’s';

export type TableKind = Readonly<{
  /** The columns by which a row belongs to a person, or is about one. */
  owners: readonly string[];
  erasure: Erasure;
  /** Columns in which the rows of others name the person: emptied. */
  references?: readonly string[];
  columns: Readonly<Record<string, ColumnKind>>;
}>;

const shown: ColumnKind = { personal: true, exported: true };
/** A fact that is shown with the rest of the row, and says nothing about anybody without it. */
const fact: ColumnKind = { personal: false, exported: true };
const impersonal: ColumnKind = { personal: false, exported: false };
const internal = (reason: string): ColumnKind => ({ personal: true, exported: false, reason });

const OWNER = internal('names the account, which the export does once');
const OTHER_PERSON = internal('names another person');
const SECRET = internal('proves who somebody is');
const HASHED = internal('a hash, which only says that it was this person');
const nobodys = (...columns: string[]): TableKind => ({ owners: [], erasure: 'nobody’s', columns: all(impersonal, columns) });

function all(kind: ColumnKind, columns: readonly string[]): Record<string, ColumnKind> {
  return Object.fromEntries(columns.map((column) => [column, kind]));
}

export const PERSONAL_DATA = {
  user: {
    owners: ['user_id'],
    erasure: 'deleted with the account',
    references: ['invited_by_user_id'],
    columns: {
      ...all(shown, ['user_id', 'created_at', 'last_updated', 'first_name', 'last_name', 'country', 'gender', 'dob', 'email', 'profile_picture_url', 'phone_number', 'phone_e164', 'auth_type']),
      ...all(shown, ['is_email_verified', 'is_phone_verified', 'email_verified_at', 'phone_number_verified_at', 'last_sign_in_at', 'password_changed_at', 'bio', 'theme', 'profile_accessibility']),
      ...all(shown, ['user_type', 'user_name', 'language', 'status', 'timezone', 'invited_by_user_id', 'is_protected', 'is_trashed', 'is_active', 'is_verified', 'deactivated_at', 'erase_after']),
      password: SECRET,
      version: internal('counts changes, for the servers alone'),
      profile_picture_key: internal('where the picture lies; profile_picture_url shows it'),
      closed_by_admin_at: shown,
    },
  },
  session: {
    owners: ['user_id'],
    erasure: 'deleted in batches',
    columns: {
      ...all(shown, ['session_id', 'created_at', 'last_seen_at', 'expires_at', 'revoked_at', 'revoke_reason', 'ip', 'user_agent', 'device', 'browser', 'os', 'origin', 'country']),
      ...all(internal('part of what refresh tokens are made of'), ['generation', 'rotated_at', 'confirmed_generation']),
      user_id: OWNER,
    },
  },
  user_group: {
    owners: ['user_id'],
    erasure: 'deleted with the account',
    references: ['assigned_by_user_id'],
    columns: { ...all(shown, ['group_id', 'assigned_at']), user_group_id: internal('numbers a membership'), user_id: OWNER, assigned_by_user_id: OTHER_PERSON },
  },
  user_group_history: {
    owners: ['user_id'],
    erasure: 'deleted with the account',
    columns: { ...all(shown, ['group_id', 'began_at', 'ended_at']), user_id: OWNER },
  },
  activity_log: {
    owners: ['user_id', 'target_user_id'],
    erasure: 'anonymised in batches',
    columns: {
      ...all(fact, ['log_id', 'status_code', 'duration_ms', 'created_at', 'source']),
      ...all(shown, ['level', 'message', 'action', 'module', 'ip_address', 'user_agent', 'device', 'browser', 'os', 'platform', 'endpoint', 'method', 'request_id', 'session_id', 'metadata', 'error_details', 'target_user_id']),
      user_id: OWNER,
    },
  },
  password_history: {
    owners: ['user_id'],
    erasure: 'deleted with the account',
    columns: { created_at: shown, password_history_id: internal('numbers a password'), user_id: OWNER, password: SECRET },
  },
  contact_change: {
    owners: ['user_id'],
    erasure: 'deleted with the account',
    columns: { ...all(shown, ['kind', 'old_value', 'new_value', 'old_verified_at', 'created_at', 'expires_at', 'undone_at']), contact_change_id: internal('numbers a change'), user_id: OWNER, token_hash: SECRET },
  },
  invitation: {
    owners: ['identity_key'],
    erasure: 'deleted by identity',
    references: ['invited_by_user_id'],
    columns: {
      ...all(internal('of somebody who has no account yet'), ['invitation_id', 'kind', 'identity_key', 'address', 'first_name', 'last_name', 'language', 'group_ids', 'created_at', 'sent_at', 'expires_at']),
      invited_by_user_id: OTHER_PERSON,
    },
  },
  one_time_code: {
    owners: ['identity_hash'],
    erasure: 'deleted by identity',
    columns: { ...all(HASHED, ['identity_hash', 'code_hash']), ...all(internal('lives for minutes'), ['code_id', 'purpose', 'channel', 'attempts', 'created_at', 'expires_at', 'consumed_at']) },
  },
  throttle: {
    owners: ['subject'],
    erasure: 'deleted by identity',
    columns: { subject: HASHED, ...all(internal('lives for a day'), ['bucket', 'window_started_at', 'hits', 'last_hit_at']) },
  },
  access_change: {
    owners: ['user_id'],
    erasure: 'expires',
    columns: { ...all(impersonal, ['version', 'transaction_id', 'created_at']), user_id: internal('tells the servers whose rights to read again') },
  },
  access_version: nobodys('only_row', 'version'),
  worker_lease: nobodys('worker_id', 'renewals', 'seen', 'started_at'),
  group: nobodys('group_id', 'name', 'codename', 'description', 'is_system', 'is_active', 'created_at', 'last_updated'),
  permission: nobodys('permission_id', 'name', 'codename', 'description', 'category', 'created_at', 'last_updated'),
  group_permission: nobodys('group_permission_id', 'group_id', 'permission_id', 'assigned_at'),
  group_history: nobodys('group_id', 'codename', 'name', 'is_active', 'began_at', 'ended_at'),
  permission_history: nobodys('permission_id', 'codename', 'name', 'description', 'category', 'began_at', 'ended_at'),
  group_permission_history: nobodys('group_id', 'permission_id', 'began_at', 'ended_at'),
  grant_history_start: nobodys('only_row', 'recorded_since'),
  message_delivery: nobodys('message_id', 'kind', 'channel', 'state', 'attempts', 'reason', 'created_at', 'changed_at'),
  delivery_channel: nobodys('channel', 'failures', 'down_until', 'changed_at'),
} as const satisfies Record<string, TableKind>;

export type PersonalTable = keyof typeof PERSONAL_DATA;

export const TABLES = Object.entries<TableKind>(PERSONAL_DATA);

/** The columns of a table that say something about a person. */
export function personalColumns(table: PersonalTable): string[] {
  return Object.entries<ColumnKind>(PERSONAL_DATA[table].columns).flatMap(([column, { personal }]) => (personal ? [column] : []));
}
