import { z } from 'zod';
import { acrossFields } from '../../http/across-fields.js';
import { createPaging, paginationSchema } from '../../http/pagination.js';
import { LANGUAGES, toLanguage } from '../../i18n/language.js';
import { identifierSchema } from '../../shared/code-body.js';
import { readEmail, readPhone, type Identity } from '../../shared/identity.js';
import { MAX_CODENAME_LENGTH } from '../../shared/permission-catalogue.js';
import { nameSchema } from '../../shared/profile-text.js';
import type { InvitationPosition } from './invitations.repo.js';

const MAX_GROUPS = 100;
const MAX_SEARCH_LENGTH = 100;
/** The end of the year 9999, beyond which Postgres and JavaScript write dates differently. */
const MAX_TIME_MS = 253_402_300_799_999;
/** What everybody gets who signs up. */
export const EVERYDAY_GROUP = 'user';

const guid = z.guid().transform((id) => id.toLowerCase());

const identity = (read: (text: string) => Identity | undefined, format: string) =>
  identifierSchema.transform((text, context) => {
    const found = read(text);
    if (found) return found;
    context.addIssue({ code: 'custom', message: format });
    return z.NEVER;
  });

export const inviteBody = z
  .strictObject({
    email: identity(readEmail, 'e-mail').optional(),
    phone: identity(readPhone, 'phone').optional().describe('A number in international form. Either this or `email`.'),
    channel: z.enum(['sms', 'whatsapp']).optional().describe('How a number is told; `sms` unless said. Only with `phone`.'),
    first_name: nameSchema.optional(),
    last_name: nameSchema.optional(),
    // `ind` is what existing clients write for Indonesian.
    language: z.enum([...LANGUAGES, 'ind']).optional().describe('Of the message and of the account; the language of the request unless said.'),
    group_codenames: z.array(z.string().min(1).max(MAX_CODENAME_LENGTH)).min(1).max(MAX_GROUPS).optional().describe('The groups of the account; `user` unless said.'),
    group_ids: z.array(guid).min(1).max(MAX_GROUPS).optional().describe('The same by their ids. Not together with `group_codenames`.'),
  })
  .check(
    acrossFields(({ isGiven, sound, refuse }) => {
      if (isGiven('email') === isGiven('phone')) refuse({ path: '', code: 'one_of_two', params: { first: 'email', second: 'phone' } });
      if (isGiven('group_codenames') && isGiven('group_ids')) refuse({ path: '', code: 'one_of_two', params: { first: 'group_codenames', second: 'group_ids' } });
      if (sound.channel !== undefined && !isGiven('phone')) refuse({ path: 'channel', code: 'unrecognized_key', params: { key: 'channel' } });
    }),
  )
  .transform(({ email, phone, channel, first_name, last_name, language, group_codenames, group_ids }) => ({
    identity: (email ?? phone)!,
    channel: email !== undefined ? ('email' as const) : (channel ?? ('sms' as const)),
    firstName: first_name ?? null,
    lastName: last_name ?? null,
    language: toLanguage(language),
    groups: group_ids !== undefined ? { by: 'group_id' as const, names: group_ids } : { by: 'codename' as const, names: group_codenames ?? [EVERYDAY_GROUP] },
  }));

export type InviteRequest = z.infer<typeof inviteBody>;

export const invitationPaging = createPaging<InvitationPosition>(z.tuple([z.int().min(0).max(MAX_TIME_MS), z.guid()]));

export const invitationsQuery = invitationPaging.query.extend({
  search: z.string().min(1).max(MAX_SEARCH_LENGTH).optional().describe('A part of the address or number, in whatever capitals.'),
});

export const invitationParams = z.object({ invitation_id: guid });

const text = z.string().nullable();

export const invitationSchema = z
  .object({
    invitation_id: z.guid(),
    email: text,
    phone_number: z.object({ phone: z.string() }).nullable(),
    first_name: text,
    last_name: text,
    language: z.enum(LANGUAGES),
    groups: z.array(z.string()).describe('Codenames.'),
    invited_by_user_id: z.guid().nullable().describe('Null where that account is gone.'),
    created_at: z.iso.datetime(),
    sent_at: z.iso.datetime(),
    expires_at: z.iso.datetime(),
  })
  .meta({ id: 'Invitation' });

export type InvitationView = z.infer<typeof invitationSchema>;

export const invitedSchema = z.object({ invitation: invitationSchema });
export const invitationPageSchema = z.object({ invitations: z.array(invitationSchema), pagination: paginationSchema });
export const withdrawnSchema = z.object({ invitation_id: z.guid() });
