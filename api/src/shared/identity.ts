import { createHash } from 'node:crypto';
import { parsePhoneNumberFromString } from 'libphonenumber-js';
import { z } from 'zod';

/** What somebody signs in with: an e-mail address or a phone number. One person's spelling variants are one identity (C-12). */
export type Identity = Readonly<{
  kind: 'email' | 'phone';
  /** What it is found and hashed by: the address in small letters, the number as E.164. */
  key: string;
  /** Where messages go, and what is stored: the address as it was written, the number as E.164. */
  address: string;
}>;

/** Longest address that mail can carry (RFC 5321 §4.5.3.1.3, less the brackets). */
const MAX_EMAIL_LENGTH = 254;

/** E-mail of the auth routes (REFERENCE §8.3): ASCII local part, a domain with a top level of two letters or more. Linear in its input (E-16). */
const EMAIL = /^[a-zA-Z0-9._%+-]{1,64}@(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?\.)+[a-zA-Z]{2,63}$/;

const emailSchema = z.string().trim().max(MAX_EMAIL_LENGTH).regex(EMAIL, { error: 'e-mail' });

/** Phone numbers as clients may write them (REFERENCE §8.3). */
const PHONE = /^\+?[1-9][0-9]{1,14}$/;

/** Whether text is an e-mail address we would send to. */
export function isEmail(text: string): boolean {
  return emailSchema.safeParse(text).success;
}

export function readEmail(text: string): Identity | undefined {
  const address = text.trim();
  return isEmail(address) ? { kind: 'email', key: address.toLowerCase(), address } : undefined;
}

/**
 * A phone number in international form, with or without its plus. A trunk zero after the country code is left out, as
 * the network leaves it out. Whether the number is in use nobody can know: one of an unknown country is none.
 */
export function readPhone(text: string): Identity | undefined {
  const written = text.trim();
  if (!PHONE.test(written)) return undefined;
  const number = canonical(`+${written.replace('+', '')}`);
  return number === undefined ? undefined : { kind: 'phone', key: number, address: number };
}

/** Read until nothing is left out any more: what is stored, shown and written again is one number (C-12). */
function canonical(written: string): string | undefined {
  const number = parsePhoneNumberFromString(written)?.number;
  return number === undefined || number === written ? number : canonical(number);
}

export function readIdentity(text: string): Identity | undefined {
  return text.includes('@') ? readEmail(text) : readPhone(text);
}

/** The country calling code of an E.164 number, such as `49`. */
export function callingCode(phone: string): string {
  return parsePhoneNumberFromString(phone)?.countryCallingCode ?? 'unknown';
}

/** @returns 32 bytes that say nothing of the address itself */
export function hashIdentity({ key }: Pick<Identity, 'key'>): Buffer {
  return createHash('sha256').update(`identity\n${key}`).digest();
}

/** Enough of an identity to recognise one's own in a log, too little to collect others (H-03). */
export function maskIdentity(identity: string): string {
  const at = identity.lastIndexOf('@');
  const masked = at > 0 ? `${identity.slice(0, 1)}***${identity.slice(at)}`.slice(0, 100) : `${identity.slice(0, 3)}***${identity.length > 8 ? identity.slice(-2) : ''}`;
  // A cut may halve a character, and Postgres takes no half of one into JSON.
  return masked.toWellFormed();
}
