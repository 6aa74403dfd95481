import type { InputIssue } from '../../http/issues.js';
import type { UserRow } from '../../shared/user-row.js';

/** What an operator asks of passwords (API.md §6). */
export type PasswordRules = Readonly<{
  minLength: number;
  requireUppercase: boolean;
  requireLowercase: boolean;
  requireNumbers: boolean;
  requireSymbols: boolean;
  preventCommon: boolean;
  preventUserInfo: boolean;
}>;

/** What somebody who knows its owner would try. */
export type PasswordOwner = Pick<UserRow, 'email' | 'user_name' | 'first_name' | 'last_name' | 'phone_e164' | 'phone_number'>;

/** A shorter name stands in too many words. */
const LEAST_NAME_CHARACTERS = 4;

/** In every script that has them. A letter of a script without capitals is neither a capital nor a small one. */
const KINDS = [
  { rule: 'requireUppercase', pattern: /\p{Lu}/u, code: 'password_uppercase' },
  { rule: 'requireLowercase', pattern: /\p{Ll}/u, code: 'password_lowercase' },
  { rule: 'requireNumbers', pattern: /\p{Nd}/u, code: 'password_number' },
  { rule: 'requireSymbols', pattern: /[\p{P}\p{S}]/u, code: 'password_symbol' },
] as const;

/** How many characters a reader would count: an emoji is one, not two. */
export function countCharacters(text: string): number {
  return [...text].length;
}

/** What is wrong with the characters of a password, all of it (ASVS 6.2.1, 6.2.5). The password itself is looked at as it is and never changed. */
export function findWeaknesses(password: string, rules: PasswordRules): InputIssue[] {
  const isShort = countCharacters(password) < rules.minLength;
  const missing = KINDS.filter(({ rule, pattern }) => rules[rule] && !pattern.test(password));
  return [
    ...(isShort ? [{ path: 'password', code: 'password_too_short', params: { minimum: rules.minLength } } as const] : []),
    ...missing.map(({ code }) => ({ path: 'password', code })),
  ];
}

/** Whether a password holds a name, an address or a number of its owner, in any letter case (C-18, ASVS 6.2.11). */
export function holdsUserInfo(password: string, owner: PasswordOwner): boolean {
  return namesOf(owner).some((name) => holdsName(password, name));
}

/** Whether a password holds a name. Case, width and composition make no difference to somebody who guesses. */
export function holdsName(password: string, name: string): boolean {
  const folded = fold(name);
  return countCharacters(folded) >= LEAST_NAME_CHARACTERS && fold(password).includes(folded);
}

function namesOf(owner: PasswordOwner): string[] {
  const address = owner.email ?? '';
  const words = [owner.first_name, owner.last_name].flatMap((name) => [name ?? '', ...(name ?? '').split(/\s+/)]);
  return [address, address.replace(/@[^@]*$/, ''), owner.user_name ?? '', ...words, digitsOf(owner.phone_e164), digitsOf(shownPhone(owner.phone_number))];
}

/** Accounts that were taken over may hold any JSON there, and only those that proved it have the number as E.164. */
function shownPhone(stored: unknown): unknown {
  return typeof stored === 'object' && stored !== null && 'phone' in stored ? stored.phone : undefined;
}

function digitsOf(phone: unknown): string {
  return typeof phone === 'string' ? phone.replace(/\D/g, '') : '';
}

function fold(text: string): string {
  return text.normalize('NFKC').toLowerCase();
}
