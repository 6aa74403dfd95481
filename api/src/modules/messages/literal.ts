import { direction, type Language } from '../../i18n/language.js';

/** Longer than any address that mail can carry. */
const MAX_LENGTH = 254;
/** Line breaks, other controls, what turns the direction of writing, halves of characters. */
const NO_TEXT = /[\p{C}\p{Zl}\p{Zp}]+/gu;
/** LEFT-TO-RIGHT ISOLATE and POP DIRECTIONAL ISOLATE: what HTML says with `bdi`, in plain text and text messages too. */
const ISOLATE = '\u2066';
const END_OF_ISOLATE = '\u2069';

/**
 * An address or number as it stands in a sentence: one line, nothing that turns its surroundings (E-21), and in a
 * language that is written from right to left set apart, because `+49` would be read as `49+` there.
 */
export function literal(value: string, language: Language): string {
  const clean = value.slice(0, MAX_LENGTH).replace(NO_TEXT, ' ').trim();
  return direction(language) === 'rtl' ? `${ISOLATE}${clean}${END_OF_ISOLATE}` : clean;
}
