import { createInstance } from 'i18next';
import { catalogues, type Catalogue } from './catalogues/index.js';
import { DEFAULT_LANGUAGE, LANGUAGES, toLanguage, type Language } from './language.js';

export type { Catalogue };
export type ErrorKey = keyof Catalogue['errors'];
export type MessageKey = keyof Catalogue['messages'];
export type ValidationCode = keyof Catalogue['validation'];

/** The dotted path of every text, such as `mail.one_time_code.subject`. */
export type TextKey = PathsOf<Catalogue>;
type PathsOf<T> = { [K in keyof T & string]: T[K] extends string ? K : `${K}.${PathsOf<T[K]>}` }[keyof T & string];

/** Values for a text's placeholders. They are inserted literally and never read as a template. */
export type Params = Readonly<Record<string, string | number>>;

export type ErrorText = Readonly<{ message: string; reason?: string; hint?: string }>;
export type Translator = ReturnType<typeof createTranslator>;

/** What a placeholder such as `{{minutes, minute}}` may name: an amount with its unit, in the plural its language asks for. */
const DURATION_UNITS = ['second', 'minute', 'hour', 'day'] as const;
/** Stands where a value was not given: the sentence stays readable and shows no braces. */
const MISSING_VALUE = '…';

/**
 * The one place where a key becomes a sentence. Texts are plain: escaping for HTML is the template's business.
 * Made once; texts without values are kept, so that an answer costs a look-up.
 */
export function createTranslator() {
  const i18n = createI18n();
  const texts = new Map<Language, Map<TextKey, string>>(LANGUAGES.map((language) => [language, new Map()]));
  const errors = new Map<Language, Map<ErrorKey, ErrorText>>(LANGUAGES.map((language) => [language, new Map()]));

  /** Any text by its path. */
  function text(language: Language, key: TextKey, params?: Params): string {
    // As `replace`, a value called `lng` or `context` is a value and no option of i18next.
    const fill = (replace: Params) => i18n.t(key, { lng: language, replace, nest: false });
    const unfilled = remember(texts.get(language), key, () => fill({}));
    return params && unfilled.includes(MISSING_VALUE) ? fill(params) : unfilled;
  }

  function buildError(language: Language, key: ErrorKey, params?: Params): ErrorText {
    const has: { reason?: string; hint?: string } = catalogues[DEFAULT_LANGUAGE].errors[key];
    const part = (name: string) => text(language, `errors.${key}.${name}` as TextKey, params);
    return Object.freeze({
      message: part('message'),
      ...(has.reason !== undefined && { reason: part('reason') }),
      ...(has.hint !== undefined && { hint: part('hint') }),
    });
  }

  /** What an error says: always a message, a reason and a hint where there is something to say. Frozen; without values always the same object. */
  function error(language: Language, key: ErrorKey, params?: Params): ErrorText {
    return params ? buildError(language, key, params) : remember(errors.get(language), key, () => buildError(language, key));
  }

  /** The `message` of a successful answer. */
  function message(language: Language, key: MessageKey, params?: Params): string {
    return text(language, `messages.${key}`, params);
  }

  /** The sentence about one field that is not valid. */
  function validation(language: Language, code: ValidationCode, params?: Params): string {
    return text(language, `validation.${code}`, params);
  }

  return { message, error, validation, text };
}

/** An instance of our own, ready when this returns: nothing is loaded from anywhere. */
function createI18n() {
  const i18n = createInstance();
  // Without `initAsync` the promise is settled already, and with resources in hand it cannot fail.
  void i18n.init({
    initAsync: false,
    lng: DEFAULT_LANGUAGE,
    fallbackLng: false,
    nsSeparator: false,
    resources: Object.fromEntries(LANGUAGES.map((language) => [language, { translation: catalogues[language] }])),
    interpolation: { escapeValue: false },
    missingInterpolationHandler: () => MISSING_VALUE,
  });
  for (const unit of DURATION_UNITS) {
    const formats = new Map<Language, Intl.NumberFormat>();
    i18n.services.formatter?.add(unit, (amount: string | number, tag) => {
      // i18next prefers a value named `lng` or `locale` here: it may choose among our languages, never make one up.
      const language = toLanguage(tag) ?? DEFAULT_LANGUAGE;
      // Made when first needed: all of them would take a tenth of a second of every start.
      const format = remember(formats, language, () => durationFormat(language, unit));
      // A no-break space is not in GSM 7-bit: it would double the price of a text message.
      return format.format(Number(amount)).replace(/[\u00a0\u202f]/g, ' ');
    });
  }
  return i18n;
}

/** Western digits also in Arabic: the number is read beside a code that has them. */
function durationFormat(language: Language, unit: (typeof DURATION_UNITS)[number]): Intl.NumberFormat {
  return new Intl.NumberFormat(`${language}-u-nu-latn`, { style: 'unit', unit, unitDisplay: 'long' });
}

function remember<Key, Value>(memory: Map<Key, Value> | undefined, key: Key, make: () => Value): Value {
  const known = memory?.get(key);
  if (known !== undefined) return known;
  const value = make();
  memory?.set(key, value);
  return value;
}
