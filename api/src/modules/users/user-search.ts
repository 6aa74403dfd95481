/** A text, and whether it may stand in the middle of a word, or must begin one. */
export type SearchText = Readonly<{ text: string; anywhere: boolean }>;

/** A word that a search asks for. A user is found by a search when he has every word of it. */
export type SearchWord = Readonly<{
  /** What is looked for; any of them will do. */
  texts: readonly SearchText[];
  /** Whether it is found by its characters beyond ASCII, or by its letters of the alphabet. */
  foreign: boolean;
}>;

export const MAX_WORDS = 5;
/** A shorter word is in nearly everybody's name: it is asked for at the beginning of one. */
const MIN_ANYWHERE = 3;
const PHONE = /^[+\d\s()./-]+$/;
/** So many that it is more than a small number; a plus sign says that it is one of a phone. */
const DIGITS = new RegExp(`^\\s*\\+\\D*\\d|(?:\\d\\D*){${MIN_ANYWHERE}}`);
const FOREIGN_RUN = /[^\0-\x7f]{3}/;
const BEGINS_FOREIGN = /^[^\0-\x7f]/;

/** @returns the words of a search: what white space separates, but for a phone number, which is one */
export function readSearch(search: string): SearchWord[] {
  const number = readNumber(search);
  if (number !== undefined) return [wordOf([number, ...(/\s/.test(search.trim()) ? [] : [search.trim()])])];
  return search
    .split(/\s+/)
    .filter((word) => word !== '')
    .map((word) => wordOf([word, ...[readNumber(word) ?? []].flat()]));
}

/** The digits of what looks like a phone number, without how it is dialled and divided. */
function readNumber(text: string): string | undefined {
  if (!PHONE.test(text) || !DIGITS.test(text)) return undefined;
  return text.replace(/\D/g, '').replace(/^00/, '');
}

function wordOf(all: readonly string[]): SearchWord {
  const texts = [...new Set(all)].map((text) => ({ text, anywhere: [...text].length >= MIN_ANYWHERE }));
  return { texts, foreign: texts.every(({ text, anywhere }) => (anywhere ? FOREIGN_RUN : BEGINS_FOREIGN).test(text.toLowerCase())) };
}
