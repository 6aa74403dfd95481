import { z } from 'zod';
import { acrossFields } from '../http/across-fields.js';
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

/** Who is meant, as a body names him: where it says no channel, over any. */
type Named = { user_id: string; channel?: Channel | undefined };

/**
 * Refuses a `user_id` that names nobody. An address where a number is meant is malformed only where numbers are reached:
 * a channel that cannot deliver is refused as such, for everybody alike, by whoever deals with codes.
 */
export function namesSomebody(canSend: CanSend) {
  return acrossFields<Named>(({ sound: { user_id, channel }, refuse }) => {
    if (user_id !== undefined && !readNamed({ user_id, channel }, canSend)) refuse({ path: 'user_id', code: 'invalid_format', params: { format: formatOf(channel) } });
  });
}

/** A body that `namesSomebody`, with whom it names. */
export function withIdentity(canSend: CanSend) {
  return <T extends Named>(body: T): T & { identity: Identity } => ({ ...body, identity: readNamed(body, canSend)! });
}

/** The body of every route where a code is given: who, over which channel, which code. */
export function codeBody(canSend: CanSend) {
  return z.strictObject({ user_id: identitySchema, channel: channelSchema, otp: codeSchema }).check(namesSomebody(canSend)).transform(withIdentity(canSend));
}

/** Numbers are reached by sms and WhatsApp, addresses by e-mail. */
export function channelReaches(channel: Channel, { kind }: Pick<Identity, 'kind'>): boolean {
  return (channel === 'email') === (kind === 'email');
}

function readNamed({ user_id, channel }: Named, canSend: CanSend): Identity | undefined {
  const identity = channel === 'email' ? readEmail(user_id) : readIdentity(user_id);
  return identity && (channel === undefined || channelReaches(channel, identity) || !canSend(channel)) ? identity : undefined;
}

function formatOf(channel: Channel | undefined): string {
  if (channel === undefined) return 'e-mail, phone';
  return channel === 'email' ? 'e-mail' : 'phone';
}
