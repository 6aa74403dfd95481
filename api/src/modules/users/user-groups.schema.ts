import { z } from 'zod';
import { createPaging, paginationSchema } from '../../http/pagination.js';
import { groupFacts } from '../../shared/group-view.js';
import { oneOfTwo } from '../../shared/one-of-two.js';
import { MAX_CODENAME_LENGTH } from '../../shared/permission-catalogue.js';

const MAX_GROUPS = 100;
const MAX_SEARCH_LENGTH = 100;

const guid = z.guid().transform((id) => id.toLowerCase());

/** Names of groups are unique: one says where a page ends. */
export const groupPaging = createPaging<string>(z.string());

export const userGroupsQuery = groupPaging.query.extend({
  search: z.string().min(1).max(MAX_SEARCH_LENGTH).optional().describe('A part of the name, codename or description, in whatever capitals.'),
});

/** Of the reference's body, which knew codenames alone, fields that it does not know are left out of account. */
export const assignGroupsBody = z
  .object({
    group_codenames: z.array(z.string().min(1).max(MAX_CODENAME_LENGTH)).min(1).max(MAX_GROUPS).nullish(),
    group_ids: z.array(guid).min(1).max(MAX_GROUPS).nullish(),
  })
  .check(oneOfTwo('group_codenames', 'group_ids'));

/** REFERENCE §8.4. */
export const userGroupSchema = z
  .object({
    ...groupFacts,
    assigned_at: z.iso.datetime(),
    assigned_by_user_id: z.guid().nullable().describe('Null where no person did it, or one whose account is gone.'),
  })
  .meta({ id: 'UserGroup' });

export type UserGroupView = z.infer<typeof userGroupSchema>;

export const userGroupsSchema = z.object({ user_id: z.guid(), groups: z.array(userGroupSchema) });

export const userGroupPageSchema = userGroupsSchema.extend({ pagination: paginationSchema });
