/**
 * The built-in permissions and groups. The seed writes them into the database; routes and tests take their types from
 * here. Administrators add their own beside them at run time, so a codename read from the database is a plain string.
 */

export interface CataloguePermission {
  readonly name: string;
  readonly category: string;
  /** What it allows, in a sentence: told by `GET /permissions`. The text of rows that are there belongs to the administrators. */
  readonly description: string;
}

export const PERMISSIONS = {
  view_dashboard: { name: 'View Dashboard', category: 'dashboard', description: 'See the figures and charts of the dashboard.' },
  view_profile: { name: 'View Profile', category: 'profile', description: 'See one’s own profile and settings, and what others show of theirs.' },
  edit_profile: { name: 'Edit Profile', category: 'profile', description: 'Change one’s own profile, settings, password and contacts, and close one’s own account.' },
  view_user: { name: 'View User', category: 'user', description: 'See every account in full, whatever its owner shows, with its groups and permissions, and who is invited.' },
  add_user: { name: 'Add User', category: 'user', description: 'Invite people, and take invitations back.' },
  edit_user: { name: 'Edit User', category: 'user', description: 'Suspend and reactivate accounts, and see and end their sessions.' },
  delete_user: { name: 'Delete User', category: 'user', description: 'Delete accounts.' },
  view_permission: { name: 'View Permissions', category: 'permission', description: 'See all permissions.' },
  add_permission: { name: 'Add Permission', category: 'permission', description: 'Make new permissions.' },
  edit_permission: { name: 'Edit Permission', category: 'permission', description: 'Change the name and description of permissions.' },
  delete_permission: { name: 'Delete Permission', category: 'permission', description: 'Delete permissions that are not built in.' },
  view_group: { name: 'View Groups', category: 'group', description: 'See all groups and what they grant.' },
  add_group: { name: 'Add Group', category: 'group', description: 'Make new groups.' },
  edit_group: { name: 'Edit Group', category: 'group', description: 'Change groups and what they grant, up to what one holds oneself.' },
  delete_group: { name: 'Delete Group', category: 'group', description: 'Delete groups that are not built in.' },
  assign_groups: { name: 'Assign Groups', category: 'group', description: 'Put accounts into groups and take them out, up to what one holds oneself.' },
  view_activity_log: { name: 'View Activity Logs', category: 'activity', description: 'Read the activity log of everybody.' },
  delete_activity_log: { name: 'Delete Activity Logs', category: 'activity', description: 'Delete old entries of the activity log.' },
  add_upload: { name: 'Add Upload', category: 'upload', description: 'Upload files, and delete one’s own.' },
  delete_upload: { name: 'Delete Upload', category: 'upload', description: 'Delete everybody’s uploaded files.' },
} as const satisfies Record<string, CataloguePermission>;

export type PermissionCodename = keyof typeof PERMISSIONS;

declare const custom: unique symbol;

/** A permission that administrators make at run time, and modules of your own may require (`customPermission`). */
export type CustomPermission = string & { readonly [custom]: true };

export const CODENAME = /^[A-Za-z0-9][A-Za-z0-9_.:-]*$/;
export const CODENAME_FORMAT = 'letters, digits and _ . : -, with a letter or digit first';
export const MAX_CODENAME_LENGTH = 100;

/**
 * For the `access` of an endpoint: a permission that is not built in. Until somebody has made it, super administrators alone pass.
 * @throws Error for what can be no codename, or is built in: the type then says it already
 */
export function customPermission(codename: string): CustomPermission {
  if (!CODENAME.test(codename) || codename.length > MAX_CODENAME_LENGTH) throw new Error(`"${codename}" cannot be the codename of a permission`);
  if (Object.hasOwn(PERMISSIONS, codename)) throw new Error(`"${codename}" is a built-in permission: write it as it is`);
  return codename as CustomPermission;
}

export const PERMISSION_CODENAMES = Object.keys(PERMISSIONS) as readonly PermissionCodename[];

export type GroupCodename = 'super_admin' | 'admin' | 'developer' | 'business' | 'user' | 'accountant';

export interface CatalogueGroup {
  readonly name: string;
  readonly permissions: readonly PermissionCodename[];
}

export const GROUPS: Readonly<Record<GroupCodename, CatalogueGroup>> = {
  super_admin: { name: 'Super Admin', permissions: PERMISSION_CODENAMES },
  admin: {
    name: 'Admin',
    permissions: [
      'view_dashboard',
      'view_profile',
      'edit_profile',
      'view_user',
      'add_user',
      'edit_user',
      'view_permission',
      'view_group',
      'add_group',
      'edit_group',
      'assign_groups',
      'view_activity_log',
      'add_upload',
      'delete_upload',
    ],
  },
  developer: {
    name: 'Developer',
    permissions: [
      'view_dashboard',
      'view_profile',
      'edit_profile',
      'view_user',
      'view_permission',
      'view_group',
      'view_activity_log',
      'add_upload',
    ],
  },
  business: {
    name: 'Business',
    permissions: ['view_dashboard', 'view_profile', 'edit_profile', 'view_user', 'view_activity_log', 'add_upload'],
  },
  user: { name: 'User', permissions: ['view_profile', 'edit_profile', 'add_upload'] },
  accountant: {
    name: 'Accountant',
    permissions: ['view_dashboard', 'view_profile', 'edit_profile', 'view_user', 'view_activity_log'],
  },
};

export const GROUP_CODENAMES = Object.keys(GROUPS) as readonly GroupCodename[];
