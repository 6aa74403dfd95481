import { z } from 'zod';
import { createPaging, paginationSchema } from '../../http/pagination.js';
import { CODENAME, CODENAME_FORMAT, MAX_CODENAME_LENGTH } from '../../shared/permission-catalogue.js';
import type { PermissionPosition, PermissionRef } from './permissions.repo.js';

/** The database's own limits (REFERENCE §8.4); a description has none there. */
const MAX_NAME_LENGTH = 100;
const MAX_CATEGORY_LENGTH = 50;
const MAX_DESCRIPTION_LENGTH = 1_000;
const MAX_SEARCH_LENGTH = 100;

/** Shapes of fields that permissions and groups share. */
export const nameField = z.string().min(1).max(MAX_NAME_LENGTH).regex(/\S/, { error: 'text that is not blank' });
export const codenameField = z.string().max(MAX_CODENAME_LENGTH).regex(CODENAME, { error: CODENAME_FORMAT });
/** One that a taken-over row may have already (REFERENCE §11): whoever sends a form back changes nothing. A new one is looked at where both are known. */
export const keptCodenameField = z.string().min(1).max(MAX_CODENAME_LENGTH);
export const descriptionField = z.string().max(MAX_DESCRIPTION_LENGTH).nullable();
export const searchField = z.string().min(1).max(MAX_SEARCH_LENGTH);
export const idField = z.guid().transform((id) => id.toLowerCase());

/** A name in a position. Rows that were taken over are of any length that their column takes, in characters of up to two units. */
export const positionText = z.string().max(2 * MAX_NAME_LENGTH);

export const permissionPaging = createPaging<PermissionPosition>(z.tuple([positionText.nullable(), positionText, z.guid()]));

/** @param rows read with one more than the limit, in the order of every list of permissions */
export function pageOfPermissions<Row extends Pick<PermissionRef, 'category' | 'name' | 'permission_id'>>(rows: readonly Row[], limit: number) {
  return permissionPaging.page(rows, limit, ({ category, name, permission_id }) => [category, name, permission_id]);
}

export const permissionsQuery = permissionPaging.query.extend({
  search: searchField.optional().describe('Part of a name, codename, description or category, in capitals or not.'),
  category: z.string().min(1).max(MAX_CATEGORY_LENGTH).optional().describe('Only permissions of this category.'),
});

export const permissionParams = z.object({ permission_id: idField });

const fields = { name: nameField, codename: codenameField, description: descriptionField, category: z.string().max(MAX_CATEGORY_LENGTH).nullable() };

export const newPermissionBody = z.object({ ...fields, description: fields.description.default(null), category: fields.category.default(null) });

export const permissionBody = z.object({ ...fields, codename: keptCodenameField }).partial();

const text = z.string().nullable();
const reference = { permission_id: z.guid(), name: z.string(), codename: z.string(), description: text, category: text };

/** REFERENCE §8.4. */
export const permissionRefSchema = z.object(reference).meta({ id: 'PermissionRef' });
export const permissionSchema = z.object({ ...reference, created_at: z.iso.datetime(), last_updated: z.iso.datetime() }).meta({ id: 'Permission' });

export type PermissionRefView = z.infer<typeof permissionRefSchema>;
export type PermissionView = z.infer<typeof permissionSchema>;

export const permissionDataSchema = z.object({ permission: permissionSchema });
export const permissionPageSchema = z.object({ permissions: z.array(permissionSchema), pagination: paginationSchema });
export const deletedPermissionSchema = z.object({ permission_id: z.guid() });
