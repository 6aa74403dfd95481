/** Letters and digits of any script, and `._-`. An `@` would make it an address, a plus a phone number. */
const CHARACTERS = /^[\p{L}\p{M}\p{Nd}._-]{2,64}$/u;
const LETTER_OR_DIGIT = /[\p{L}\p{Nd}]/u;
/** Marks and letters that nobody sees. */
const INVISIBLE = /\p{Default_Ignorable_Code_Point}/u;
const DIGITS_ALONE = /^\p{Nd}+$/u;

/** How the rule is called in an answer. */
export const USER_NAME_FORMAT = '2-64 letters, digits, . _ -';

/**
 * Whether an account may be called so. Somebody signs in with it, so it must not look like what somebody else signs in
 * with: two spellings of one text are one name (C-12), and digits alone are a phone number, which only its owner may bear.
 * @param phone the E.164 number of the account
 */
export function mayBeUserName(name: string, phone: string | null): boolean {
  if (!CHARACTERS.test(name) || INVISIBLE.test(name) || !LETTER_OR_DIGIT.test(name) || name.normalize('NFKC') !== name) return false;
  return !DIGITS_ALONE.test(name) || `+${name}` === phone;
}
