/** The letters of the default alphabet of GSM 03.38 that are not ASCII. */
const GSM_LETTERS = new Set('£¥èéùìòÇØøÅåÆæßÉ¤¡ÄÖÑÜ§¿äöñüà');
/** Their neighbours on a keyboard that is not a telephone's. */
const REPLACEMENTS: Readonly<Record<string, string>> = { '’': "'", '‘': "'", '“': '"', '”': '"', '«': '"', '»': '"', '–': '-', '—': '-', '−': '-', '…': '...', '„': '"', œ: 'oe', Œ: 'OE', '\u00a0': ' ', '\u202f': ' ' };
const LATIN = /\p{Script=Latin}/u;

/**
 * A text message in the letters that a telephone network sends seven bits a piece: one other letter in it, such as the
 * û of `août`, and it holds 70 characters instead of 160. Accents that the alphabet has not are left out, as people do.
 * What cannot be written with it (Arabic) stays as it is.
 */
export function toGsm(text: string): string {
  return text.replace(/[^\x20-\x7e]/gu, (letter) => {
    if (GSM_LETTERS.has(letter)) return letter;
    return REPLACEMENTS[letter] ?? (LATIN.test(letter) ? letter.normalize('NFD').replace(/\p{M}/gu, '') : letter);
  });
}
