import { z } from 'zod';
import { paginationSchema } from '../../http/pagination.js';
import { permissionPaging, searchField } from './permissions.schema.js';

const MICROSECOND_DIGITS = 6;
const FIRST_YEAR_MS = Date.parse('0001-01-01T00:00:00Z');
/** Beyond which JavaScript writes years with more digits than Postgres reads. */
const LAST_YEAR_END_MS = Date.parse('9999-12-31T23:59:59.999Z');
const MOMENT = 'date-time with a zone, up to microseconds, such as 2026-01-31T09:30:00Z';

/** A moment of the past, read as UTC to the microsecond: as fine as changes are recorded. */
const moment = z
  .string()
  .max(40)
  // A plus sign that was not encoded arrives as a space.
  .transform((text) => text.replace(/ (?=\d\d:?\d\d$)/, '+'))
  .pipe(z.iso.datetime({ offset: true, error: MOMENT }))
  .transform((text, context): string => {
    const [, fraction = ''] = /\.(\d+)/.exec(text) ?? [];
    const ms = Date.parse(text);
    if (ms >= FIRST_YEAR_MS && ms <= LAST_YEAR_END_MS && fraction.length <= MICROSECOND_DIGITS) return `${new Date(ms).toISOString().slice(0, 19)}.${fraction.padEnd(MICROSECOND_DIGITS, '0')}Z`;
    context.addIssue({ code: 'custom', message: MOMENT });
    return z.NEVER;
  });

export const heldQuery = permissionPaging.query.extend({
  explain: z
    .enum(['true', 'false'])
    .optional()
    .transform((value) => value === 'true')
    .describe('`true`: which groups give each permission.'),
  search: searchField.optional().describe('Part of a name, codename, description or category, in capitals or not.'),
  at: moment.optional().describe('What was held at this moment, from the recorded history: a date-time with a zone, not in the future.'),
});

export type HeldQuery = z.infer<typeof heldQuery>;

export const holderParams = z.object({ user_id: z.guid().transform((id) => id.toLowerCase()) });

const givingGroupSchema = z.object({ group_id: z.guid(), codename: z.string(), name: z.string() }).meta({ id: 'GivingGroup' });

const heldPermissionSchema = z
  .object({
    permission_id: z.guid(),
    name: z.string(),
    codename: z.string(),
    description: z.string().nullable(),
    category: z.string().nullable(),
    groups: z.array(givingGroupSchema).optional().describe('With `explain`: the groups that give it. A super administrator gets every permission from the group `super_admin`.'),
  })
  .meta({ id: 'HeldPermission' });

/** REFERENCE §11.3. */
export const heldSchema = z.object({
  user_id: z.guid(),
  permissions: z.array(heldPermissionSchema).describe('By category, then by name.'),
  pagination: paginationSchema,
  at: z.iso.datetime({ precision: 6 }).optional().describe('With `at`: the moment that was asked for, in UTC.'),
  recorded_since: z.iso.datetime().optional().describe('With `at`: from then on every change is in the history. Of earlier times it knows what was still there then.'),
});

export type HeldView = z.infer<typeof heldSchema>;
