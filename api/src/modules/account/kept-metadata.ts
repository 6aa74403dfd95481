import type { ActivityAction } from '../activity/activity.service.js';

/**
 * What stays of one fact when an account is erased that its entry is by or about: a word of the server's own, a codename or the
 * id of a group or permission; a list of such; a number; yes or no; or of an object, what is said of its members.
 */
export type Kept = 'word' | 'words' | 'number' | 'flag' | KeptMembers;
export type KeptMembers = { readonly [key: string]: Kept };

const NOTHING: KeptMembers = {};
const change = (state: Kept): KeptMembers => ({ before: state, after: state });

/**
 * Without names, descriptions and categories: an administrator's own words, which may speak of people. None of them decides what
 * anybody may do, and the periods of groups and permissions (ADR 17) know by the id what something was called at any time.
 */
const GROUP = { codename: 'word', is_active: 'flag', is_system: 'flag', permissions: 'words', members: 'number' } as const;
const PERMISSION = { codename: 'word', groups: 'words' } as const;
const GROUP_CHANGE = { group_id: 'word', codename: 'word', ...change(GROUP) } as const;
const PERMISSION_CHANGE = { permission_id: 'word', codename: 'word', ...change(PERMISSION) } as const;
/** Without the dates of the account, and without the reason that an administrator gave. */
const CLOSING = { ...change({ status: 'word', is_active: 'flag' }), sessions: 'number' } as const;
const CODE = { channel: 'word', purpose: 'word' } as const;
/** Without whom: neither the address, masked or not, nor the id of the invitation, nor the language. */
const INVITATION = { kind: 'word', channel: 'word', ...change({ groups: 'words' }), dropped_groups: 'words' } as const;

/**
 * Which facts beside an entry outlive the person: what was done to groups, permissions and memberships stays, so that nobody
 * undoes the trace of what he did by having his account erased; what is or may be about a person goes. What is not here goes,
 * and a new action does not compile until somebody has said what stays of it.
 */
export const KEPT_METADATA: Readonly<Record<ActivityAction, KeptMembers>> = {
  ...all(GROUP_CHANGE, 'group_created', 'group_updated', 'group_deleted', 'group_permissions_changed'),
  ...all(PERMISSION_CHANGE, 'permission_created', 'permission_updated', 'permission_deleted'),
  user_groups_changed: change('words'),
  ...all(INVITATION, 'user_invited', 'invitation_withdrawn', 'invitation_accepted'),
  ...all(CLOSING, 'user_suspended', 'user_reactivated', 'user_deleted'),
  user_sessions_ended: { sessions: 'number', ...change({ sessions: 'number' }) },
  ...all(CODE, 'code_sent', 'code_failed', 'code_checked', 'identity_verified', 'master_code_used'),
  ...all({ sessions: 'number' }, 'password_changed', 'password_reset'),
  ...all({ reason: 'word' }, 'password_change_failed', 'contact_change_failed', 'session_ended'),
  signed_out: { scope: 'word', sessions: 'number' },
  contact_change_undone: { kind: 'word', sessions: 'number' },
  ...all(NOTHING, 'sign_up', 'sign_in', 'sign_in_failed', 'session_refreshed', 'refresh_reused', 'password_set', 'email_changed', 'phone_changed', 'profile_updated', 'picture_updated'),
  ...all(NOTHING, 'account_deactivated', 'account_reactivated', 'account_deleted', 'account_restored', 'account_exported'),
  // Of nobody: no erasure finds them.
  ...all(NOTHING, 'account_erased', 'message_undelivered'),
};

function all<A extends ActivityAction>(kept: KeptMembers, ...actions: readonly A[]): Record<A, KeptMembers> {
  return Object.fromEntries(actions.map((action) => [action, kept])) as Record<A, KeptMembers>;
}
