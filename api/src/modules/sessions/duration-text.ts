/** In minutes, the longest first. */
const UNITS = [['week', 10_080], ['day', 1_440], ['hour', 60], ['minute', 1]] as const;
const SHOWN_UNITS = 2;

/**
 * A duration as the reference server writes it (REFERENCE §9.14): `1 hour`,
 * `4 weeks and 2 days`. Its two largest units, rounded down; in English
 * whatever the caller's language, because data is never translated.
 */
export function durationText(minutes: number): string {
  let rest = Math.max(0, Math.floor(minutes));
  const parts: string[] = [];
  for (const [unit, size] of UNITS) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0) parts.push(`${count} ${unit}${count === 1 ? '' : 's'}`);
  }
  return parts.slice(0, SHOWN_UNITS).join(' and ') || '0 minutes';
}
