import { z, type ZodRawShape } from 'zod';
import type { PersonalTable } from './personal-data.js';

const text = z.string().nullable();
const when = z.iso.datetime();
const maybe = when.nullable();
const json = z.unknown().describe('JSON, as it is stored.');

/** Whatever the record holds, as it is: also what a client of the server before this one has put there. */
const user = {
  user_id: z.guid(),
  created_at: when, last_updated: when,
  first_name: text, last_name: text, user_name: text, country: text, gender: text, dob: maybe, bio: text,
  email: text, is_email_verified: z.boolean(), email_verified_at: maybe,
  phone_number: json, phone_e164: text, is_phone_verified: z.boolean(), phone_number_verified_at: maybe,
  profile_picture_url: text, auth_type: text, password_changed_at: maybe, last_sign_in_at: maybe,
  theme: text, profile_accessibility: text, language: text, timezone: text,
  user_type: text, status: text, invited_by_user_id: text,
  is_protected: z.boolean(), is_trashed: z.boolean(), is_active: z.boolean(), is_verified: z.boolean(), deactivated_at: maybe, erase_after: maybe, closed_by_admin_at: maybe,
};

const session = {
  session_id: z.guid(), created_at: when, last_seen_at: when, expires_at: when, revoked_at: maybe, revoke_reason: text,
  ip: text, country: text, user_agent: text, device: text, browser: text, os: text, origin: text,
};

const named = { codename: z.string(), name: z.string() };
const group = { group_id: z.guid(), ...named, assigned_at: when };
const groupPeriod = { group_id: z.guid(), ...named, began_at: when, ended_at: maybe };

const aboutMe = { log_id: z.guid(), created_at: when, level: text, module: text, action: text, message: text };

const activity = {
  ...aboutMe,
  source: text, target_user_id: text, ip_address: text, user_agent: text, device: text, browser: text, os: text, platform: text,
  endpoint: text, method: text, status_code: z.int().nullable(), duration_ms: z.int().nullable(), request_id: text, session_id: text, metadata: json, error_details: json,
};

const contactChange = { kind: z.string(), old_value: text, new_value: z.string(), old_verified_at: maybe, created_at: when, expires_at: when, undone_at: maybe };

/** A part of the export: a person's rows of one table. Only the columns of `row` are read, so nothing else can leak (C-21). */
export type ExportSection = Readonly<{
  table: PersonalTable;
  row: ZodRawShape;
  /** The column that holds the person. */
  owner: string;
  /** Unique together, and the order of the rows: a time and an id. */
  order: readonly [time: string, id: string];
  /** Columns of `row` that stand with the group of the membership. */
  ofGroup?: readonly string[];
  /** The group may be gone by now: it is called what it was called last. */
  mayBeGone?: true;
}>;

export const USER_SECTION: ExportSection = { table: 'user', row: user, owner: 'user_id', order: ['created_at', 'user_id'] };

export const EXPORT_LISTS = {
  sessions: { table: 'session', row: session, owner: 'user_id', order: ['created_at', 'session_id'] },
  groups: { table: 'user_group', row: group, owner: 'user_id', order: ['assigned_at', 'group_id'], ofGroup: ['codename', 'name'] },
  groups_over_time: { table: 'user_group_history', row: groupPeriod, owner: 'user_id', order: ['began_at', 'group_id'], ofGroup: ['codename', 'name'], mayBeGone: true },
  contact_changes: { table: 'contact_change', row: contactChange, owner: 'user_id', order: ['created_at', 'contact_change_id'] },
  password_changes: { table: 'password_history', row: { created_at: when }, owner: 'user_id', order: ['created_at', 'password_history_id'] },
  activity: { table: 'activity_log', row: activity, owner: 'user_id', order: ['created_at', 'log_id'] },
  activity_about_me: { table: 'activity_log', row: aboutMe, owner: 'target_user_id', order: ['created_at', 'log_id'] },
} as const satisfies Record<string, ExportSection>;

export type ExportList = keyof typeof EXPORT_LISTS;

const rowsOf = <Row extends ZodRawShape>({ row }: { row: Row }, id: string) => z.array(z.object(row).meta({ id }));

/** The whole export, for the documentation: what is sent is made of the same rows. */
export const exportSchema = z.object({
  generated_at: when,
  user: z.object(user).meta({ id: 'ExportedUser' }),
  sessions: rowsOf(EXPORT_LISTS.sessions, 'ExportedSession'),
  groups: rowsOf(EXPORT_LISTS.groups, 'ExportedGroup'),
  groups_over_time: rowsOf(EXPORT_LISTS.groups_over_time, 'ExportedGroupPeriod').describe('From when to when you were in which group; called as it was called last.'),
  contact_changes: rowsOf(EXPORT_LISTS.contact_changes, 'ExportedContactChange'),
  password_changes: rowsOf(EXPORT_LISTS.password_changes, 'ExportedPasswordChange').describe('When a password was replaced; the passwords themselves nobody knows.'),
  activity: rowsOf(EXPORT_LISTS.activity, 'ExportedActivity').describe('What you did.'),
  activity_about_me: rowsOf(EXPORT_LISTS.activity_about_me, 'ExportedActivityAboutMe').describe('What others did to your account; who they are is theirs.'),
});
