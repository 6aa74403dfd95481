/** A use is noted no more often than this: it costs a statement. */
const SEEN_EVERY_SECONDS = 300;
/** A tenth of the time-out is late enough not to matter. */
const NOTES_PER_TIMEOUT = 10;

/**
 * How often a session's use is noted in `last_seen_at`.
 * @param idleSeconds the configured time-out; 0: none
 * @returns seconds
 */
export function seenEverySeconds(idleSeconds: number): number {
  return idleSeconds === 0 ? SEEN_EVERY_SECONDS : Math.min(SEEN_EVERY_SECONDS, Math.max(1, Math.floor(idleSeconds / NOTES_PER_TIMEOUT)));
}

/**
 * How old `last_seen_at` may be before the session has ended from rest (B-15, ASVS 7.3.1). A use may be noted that
 * much late, and nobody honest is thrown out early.
 * @returns seconds, or null when sessions may rest until they expire
 */
export function idleLimitSeconds(idleSeconds: number): number | null {
  return idleSeconds === 0 ? null : idleSeconds + seenEverySeconds(idleSeconds);
}
