import { z } from 'zod';
import { readEmail, readIdentity, type Identity } from './identity.js';

/** What bodies with an identity, a channel and a code have in common. Identifiers are trimmed (API.md §1). */
const MAX_IDENTIFIER_LENGTH = 254;

export const channelSchema = z.enum(['email', 'sms', 'whatsapp']);
export type Channel = z.infer<typeof channelSchema>;

export const identifierSchema = z.string().trim().min(1).max(MAX_IDENTIFIER_LENGTH);
export const identitySchema = identifierSchema.describe('An e-mail address; for the other channels, a phone number.');

export const purposeSchema = z.enum(['login', 'signup', 'reset', 'verify']);

/** Digits of any other script are no digits here (C-08). A code of another length than ours is no malformed one, but a wrong one. */
export const codeSchema = z.string().trim().regex(/^[0-9]{6,12}$/, { error: 'six digits' });

/** Whether messages can be sent over a channel. */
export type CanSend = (channel: Channel) => boolean;

/**
 * Reads who is meant. An address where a number is meant is malformed only where numbers are reached: a channel that
 * cannot deliver is refused as such, for everybody alike, by whoever deals with codes.
 */
export function readNamed(canSend: CanSend) {
  return function readNamed<T extends { channel: Channel; user_id: string }>(body: T, context: z.RefinementCtx): T & { identity: Identity } {
    const identity = body.channel === 'email' ? readEmail(body.user_id) : readIdentity(body.user_id);
    if (identity && (channelReaches(body.channel, identity) || !canSend(body.channel))) return { ...body, identity };
    context.addIssue({ code: 'custom', path: ['user_id'], message: body.channel === 'email' ? 'e-mail' : 'phone' });
    return z.NEVER;
  };
}

/** The body of every route where a code is given: who, over which channel, which code. */
export function codeBody(canSend: CanSend) {
  return z.strictObject({ user_id: identitySchema, channel: channelSchema, otp: codeSchema }).transform(readNamed(canSend));
}

/** Numbers are reached by sms and WhatsApp, addresses by e-mail. */
export function channelReaches(channel: Channel, { kind }: Pick<Identity, 'kind'>): boolean {
  return (channel === 'email') === (kind === 'email');
}
