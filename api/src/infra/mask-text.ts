/**
 * Secrets and personal data inside free text, replaced before the text leaves the process
 * in a log line or an error report (ASVS 16.2.5, H-03). Every pattern is linear or bounded
 * in its look-ahead, and `shorten` bounds what it is given.
 */

/** What no masked text lacks: most strings are let through by this one test. */
const SUSPECT = /[@?+=$#]|%40|eyJ|:\/\/|["']\s{0,3}:|:\s{0,3}\\?["']|b(?:earer|asic)\s|(?<![\w-])[\w-]{16,}\.[\w-]{16}/i;

const DATABASE_URL = /\b(?!https?:)([a-z][a-z0-9+.-]{0,20}:\/\/)([^\s:/"'<>@]{0,128})(:[^\s"'<>]{0,512})?@/gi;
const WEB_CREDENTIALS = /\b(https?:\/\/)[^\s/?#"'<>]{0,512}@/gi;
const QUERY = /((?:(?<![\w/.+-])[a-z][a-z0-9+.-]{0,20}:\/\/|(?<![^\s"'(=<,])\/)[^\s?#"'<>]*)[?#][^\s"'<>]+/gi;
const SECRET_NAME = String.raw`(?:pass(?:word|wd|phrase)|secret|token|otp|api[-_ ]?key|authorization|cookie)`;
const QUOTED_SECRET = new RegExp(String.raw`(${SECRET_NAME}\\?["']?\s{0,3}[:=]\s{0,3}\\?)(["'])(?:\\.|(?!\2)[^\\])*\2?`, 'gi');
const ASSIGNED_SECRET = new RegExp(String.raw`(${SECRET_NAME}=)[^\s"'&;,)}]+`, 'gi');
const SCHEME_CREDENTIALS = /\b(Bearer|Basic)\s+(?=[^\s"']*[\d=+/_.~-])[A-Za-z0-9+/=._~-]{8,}/gi;
const JWT = /\beyJ[\w-]{8,}(?:\.[\w-]*){0,4}|(?<![\w-])[\w-]{16,}\.[\w-]{16,}\.[\w-]{16,}/g;
const PASSWORD_HASH = /(?:\$bcrypt-sha384\$)?\$(?:2[abxy]?\$\d\d\$[./A-Za-z0-9]{1,60}|(?:argon2|scrypt|pbkdf2)[^\s"']{1,256})/g;
const EMAIL = /([\p{L}\p{N}])[\p{L}\p{N}._%+'-]{0,63}(@|%40)(?=[\p{L}\p{N}-]{1,63}\.)/giu;
const PHONE = /(?<![\w+])\+\d{5,13}(?=\d\d\b)/g;

/**
 * The same text without credentials, tokens, password hashes, query strings, e-mail addresses and phone numbers.
 * What stays is enough to recognise a value one already has: `j***@example.com`, `postgresql://app:***@host/db`, `+***89`.
 */
export function maskText(text: string): string {
  if (!SUSPECT.test(text)) return text;
  return text
    .replace(DATABASE_URL, (_all, scheme: string, user: string, password?: string) => `${scheme}${user}${password === undefined ? '' : ':***'}@`)
    .replace(WEB_CREDENTIALS, '$1***@')
    .replace(QUERY, '$1?***')
    .replace(PASSWORD_HASH, '***')
    .replace(JWT, '***')
    .replace(QUOTED_SECRET, '$1$2***$2')
    .replace(ASSIGNED_SECRET, '$1***')
    .replace(SCHEME_CREDENTIALS, '$1 ***')
    .replace(EMAIL, '$1***$2')
    .replace(PHONE, '+***');
}

const BOUNDARY = /[\s"',;<>(){}[\]]/;
const LONGEST_HALF = 300;

/** Cuts a long text where a word ends, so that no half of a secret is left over that the masks no longer recognise. */
export function shorten(text: string, most: number): string {
  if (text.length <= most) return text;
  let end = most;
  while (end > most - LONGEST_HALF && end > 0 && !BOUNDARY.test(text.charAt(end - 1))) end -= 1;
  if (end <= most - LONGEST_HALF) end = Math.max(0, most - LONGEST_HALF);
  return `${text.slice(0, end)}… (${text.length - end} more)`;
}
