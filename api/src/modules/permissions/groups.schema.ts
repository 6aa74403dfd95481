import { z } from 'zod';
import { createPaging, paginationSchema } from '../../http/pagination.js';
import { oneOfTwo } from '../../shared/one-of-two.js';
import { MAX_CODENAME_LENGTH } from '../../shared/permission-catalogue.js';
import type { GroupPosition } from './groups.repo.js';
import { codenameField, descriptionField, idField, keptCodenameField, nameField, permissionRefSchema, positionText, searchField } from './permissions.schema.js';
import { groupFacts } from '../../shared/group-view.js';

/** More than any system has; a list of them is looked up in one statement. */
const MAX_PERMISSIONS = 2_000;

export const groupPaging = createPaging<GroupPosition>(z.tuple([positionText, z.guid()]));

export const groupsQuery = groupPaging.query.extend({
  search: searchField.optional().describe('Part of a name, codename or description, in capitals or not.'),
  is_active: z.enum(['true', 'false', 'all']).default('true').describe('Active groups, those that are not, or both.'),
});

export const groupParams = z.object({ group_id: idField });

const fields = { name: nameField, codename: codenameField, description: descriptionField, is_active: z.boolean() };

export const newGroupBody = z.object({
  ...fields,
  description: fields.description.default(null),
  is_active: fields.is_active.default(true),
  is_system: z.boolean().default(false).describe('Keeps its names and cannot be deleted. For super administrators.'),
});

export const groupBody = z.object({ ...fields, codename: keptCodenameField }).partial();

/** The reference's body knew ids alone. */
export const groupPermissionsBody = z
  .object({
    permission_ids: z.array(idField).max(MAX_PERMISSIONS).nullish().describe('All that the group grants from now on; may be empty.'),
    permission_codenames: z.array(z.string().min(1).max(MAX_CODENAME_LENGTH)).max(MAX_PERMISSIONS).nullish().describe('The same by codename.'),
  })
  .check(oneOfTwo('permission_ids', 'permission_codenames'));

/** REFERENCE §8.4. */
export const groupSchema = z
  .object({
    ...groupFacts,
    permissions: z.array(permissionRefSchema).describe('By category and name. The group super_admin has all there are.'),
    created_at: z.iso.datetime(),
    last_updated: z.iso.datetime(),
  })
  .meta({ id: 'Group' });

export type GroupView = z.infer<typeof groupSchema>;

export const groupDataSchema = z.object({ group: groupSchema });
export const groupPageSchema = z.object({ groups: z.array(groupSchema), pagination: paginationSchema });
export const deletedGroupSchema = z.object({ group_id: z.guid() });
