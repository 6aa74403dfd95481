import { z } from 'zod';
import { paginationSchema } from '../../http/pagination.js';

export const refreshBody = z.strictObject({ refresh_token: z.string().min(1).max(8192) });

export const signOutBody = z.strictObject({
  scope: z.enum(['all', 'this', 'others']).default('all').describe('Every session of yours, the one you are asking with, or all but that.'),
});

export const signedOutSchema = z.object({
  message: z.string(),
  access_token_revoked: z.boolean().describe('The token you sent has ended.'),
  refresh_tokens_revoked: z.boolean().describe('The refresh tokens of the sessions in the scope have ended.'),
  sessions_revoked: z.boolean().describe('The sessions in the scope have ended.'),
  tokens_revoked: z.boolean().describe('All three.'),
});

export type SignedOutView = z.infer<typeof signedOutSchema>;

const text = z.string().nullable();

export const sessionSchema = z
  .object({
    session_id: z.guid(),
    current: z.boolean().describe('The session you are asking with.'),
    created_at: z.iso.datetime(),
    last_seen_at: z.iso.datetime(),
    ip: text,
    user_agent: text,
    device: text,
    browser: text,
    os: text,
    country: text.describe('ISO 3166-1 alpha-2, where a trusted proxy says it.'),
  })
  .meta({ id: 'Session' });

export type SessionView = z.infer<typeof sessionSchema>;

export const sessionPageSchema = z.object({ sessions: z.array(sessionSchema), pagination: paginationSchema });

export const sessionParams = z.object({ session_id: z.guid().transform((id) => id.toLowerCase()) });

export const endedSessionSchema = z.object({ session_id: z.guid(), current: z.boolean().describe('It was the one you were asking with.') });

/** Longer than any token; what is longer is no token, which is no mistake here. */
const MAX_TOKEN_LENGTH = 16_384;
const given = z.string().max(MAX_TOKEN_LENGTH).nullable().optional();

export const tokenInfoBody = z.strictObject({ access_token: given, session_token: given, refresh_token: given });

const minutes = z.int().min(0);
const remaining = z.object({ token_age: z.string(), token_age_minutes: minutes, expires_in: z.string(), expires_in_minutes: minutes, status: z.enum(['ACTIVE', 'EXPIRED']) });
const age = remaining.extend({ lifetime_percentage_used: z.number().min(0).max(100) });
const lifetime = z.object({ expiry_minutes: minutes, expires_in: z.string() });

/** REFERENCE §9.14. */
export const tokenInfoSchema = z.object({
  token_ages: z.object({ current: age.extend({ token_type: z.enum(['access', 'session']) }), access_token: age.optional(), session_token: age.optional(), refresh_token: age.optional() }),
  token_configuration: z.object({ access_token: lifetime, session_token: lifetime, refresh_token: lifetime }),
  extension_info: z.object({
    current_expires_in: z.string(),
    after_refresh_expires_in: z.string(),
    extension_minutes: minutes,
    extended_by: z.string().optional(),
    extended_by_minutes: minutes.optional(),
  }),
  before_token: remaining.optional(),
});
