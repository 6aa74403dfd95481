import { createHash } from 'node:crypto';
import { z } from 'zod';

/** Longest address that mail can carry (RFC 5321 §4.5.3.1.3, less the brackets). */
const MAX_EMAIL_LENGTH = 254;

/** E-mail of the auth routes (REFERENCE §8.3): ASCII local part, a domain with a top level of two letters or more. Linear in its input (E-16). */
const EMAIL = /^[a-zA-Z0-9._%+-]{1,64}@(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?\.)+[a-zA-Z]{2,63}$/;

const emailSchema = z.string().trim().max(MAX_EMAIL_LENGTH).regex(EMAIL, { error: 'e-mail' });

/** Whether text is an e-mail address we would send to. */
export function isEmail(text: string): boolean {
  return emailSchema.safeParse(text).success;
}

/** Phone numbers of the auth routes (REFERENCE §8.3). */
const PHONE = /^\+?[1-9][0-9]{1,14}$/;

export function isPhone(text: string): boolean {
  return PHONE.test(text);
}

/** One person's spelling variants are one identity (C-12). @returns 32 bytes that say nothing of the address itself */
export function hashIdentity(identity: string): Buffer {
  return createHash('sha256').update(`identity\n${identity.trim().toLowerCase()}`).digest();
}

/** Enough of an identity to recognise one's own in a log, too little to collect others (H-03). */
export function maskIdentity(identity: string): string {
  const at = identity.lastIndexOf('@');
  const masked = at > 0 ? `${identity.slice(0, 1)}***${identity.slice(at)}`.slice(0, 100) : `${identity.slice(0, 2)}***`;
  // A cut may halve a character, and Postgres takes no half of one into JSON.
  return masked.toWellFormed();
}
