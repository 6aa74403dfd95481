/** The languages the server answers in, by their ISO 639-1 codes. */
export const LANGUAGES = ['en', 'ar', 'fr', 'es', 'de', 'id'] as const;

export type Language = (typeof LANGUAGES)[number];

/** What is spoken to a caller who states no preference that can be met. */
export const DEFAULT_LANGUAGE: Language = 'en';

/** The longest language tag that software need support (RFC 5646 §4.4.1). */
const MAX_TAG_LENGTH = 35;
/** Six languages with weights fit several times over; what lies beyond is not a preference (E-23). */
const MAX_ACCEPT_LANGUAGE_LENGTH = 200;

/** A Map, and no object: `__proto__` and `constructor` are no languages. */
const LANGUAGE_BY_CODE: ReadonlyMap<string, Language> = new Map<string, Language>([
  ...LANGUAGES.map((language) => [language, language] as const),
  ['ind', 'id'], // ISO 639-2, as existing clients store it
  ['in', 'id'], // the code withdrawn in 1989, which older Android and Java still send
]);

// The separator is in no subtag, so these two can be read in one way only: linear time (E-16).
const LANGUAGE_TAG = /^([a-z]{2,3})(?:[-_][a-z0-9]{1,8})*$/i;
const QUALITY = /^(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/;

/**
 * The supported language that a tag names: `fr`, `FR`, `fr-CA` and `fr_CA` are `fr`, `ind` is `id`.
 * @param input anything that came over the wire
 * @returns undefined for everything that is not the tag of a supported language
 */
export function toLanguage(input: unknown): Language | undefined {
  if (typeof input !== 'string' || input.length > MAX_TAG_LENGTH) return undefined;
  const code = LANGUAGE_TAG.exec(input)?.[1];
  return code === undefined ? undefined : LANGUAGE_BY_CODE.get(code.toLowerCase());
}

/**
 * The supported language that an Accept-Language header prefers (RFC 9110 §12.5.4).
 * The highest weight wins, the earlier of two equals; a weight of 0 refuses; `*` stands for every language not named.
 * @param acceptLanguage the header's value; of a long one only the first 200 characters are read
 * @returns undefined when the header asks for nothing that can be given
 */
export function negotiateLanguage(acceptLanguage: string | undefined): Language | undefined {
  if (!acceptLanguage) return undefined;
  const weights = new Map<Language, number>();
  let weightOfOthers = 0;
  for (const element of wholeElements(acceptLanguage)) {
    const { range, weight } = parseElement(element);
    const language = toLanguage(range);
    if (range === '*') weightOfOthers = weight;
    // `fr-CA;q=0.5, fr` is one language here: the stronger wish counts.
    else if (language) weights.set(language, Math.max(weight, weights.get(language) ?? 0));
  }

  const other = LANGUAGES.find((language) => !weights.has(language));
  if (other) weights.set(other, weightOfOthers);
  let best: Language | undefined;
  for (const [language, weight] of weights) {
    if (weight > (best ? weights.get(best) ?? 0 : 0)) best = language;
  }
  return best;
}

/** The direction in which a language is written, for `dir` in HTML. */
export function direction(language: Language): 'ltr' | 'rtl' {
  return language === 'ar' ? 'rtl' : 'ltr';
}

/** The list's elements; in a header that is too long, those that end before the limit, since half a weight means something else. */
function wholeElements(header: string): string[] {
  if (header.length <= MAX_ACCEPT_LANGUAGE_LENGTH) return header.split(',');
  const end = header.lastIndexOf(',', MAX_ACCEPT_LANGUAGE_LENGTH);
  return end === -1 ? [] : header.slice(0, end).split(',');
}

/** One element such as `fr-CA;q=0.8`. No weight means 1; one that is not a weight counts as 0: the element asks for nothing. */
function parseElement(element: string): { range: string; weight: number } {
  const [range = '', parameter, ...rest] = element.split(';').map((part) => part.trim());
  if (parameter === undefined) return { range, weight: 1 };
  const [name, value = ''] = parameter.split('=').map((part) => part.trim());
  const valid = rest.length === 0 && name?.toLowerCase() === 'q' && QUALITY.test(value);
  return { range, weight: valid ? Number(value) : 0 };
}
