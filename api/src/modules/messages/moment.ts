import type { Language } from '../../i18n/language.js';

/**
 * A moment as a person reads it, with its time zone: "21 November 2026 at 13:28 UTC".
 * @param timezone IANA; anything that is none counts as UTC
 */
export function momentText(at: Date, language: Language, timezone: string | null): string {
  // The calendar and the digits that the rest of a message has, in Arabic too.
  const format = new Intl.DateTimeFormat(`${language === 'en' ? 'en-GB' : language}-u-ca-gregory-nu-latn`, {
    year: 'numeric', month: 'long', day: 'numeric', hour: '2-digit', minute: '2-digit', hourCycle: 'h23', timeZone: knownZone(timezone), timeZoneName: 'short',
  });
  return format.format(at);
}

function knownZone(timezone: string | null): string {
  if (timezone === null) return 'UTC';
  try {
    new Intl.DateTimeFormat('en', { timeZone: timezone });
    return timezone;
  } catch {
    // An account that was taken over may have any text there.
    return 'UTC';
  }
}
