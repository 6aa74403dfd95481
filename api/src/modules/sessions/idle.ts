const USUALLY_SECONDS = 300;

/** How often a use is noted in the record, in seconds: often enough for an idle timeout, rarely enough to cost nothing. */
export function seenEverySeconds(idleSeconds: number): number {
  return idleSeconds === 0 ? USUALLY_SECONDS : Math.min(USUALLY_SECONDS, Math.max(1, Math.floor(idleSeconds / 10)));
}

/** After how many seconds since its last noted use a session has ended; null: never. A use may be noted that much late, and nobody honest is thrown out early (B-15). */
export function idleLimitSeconds(idleSeconds: number): number | null {
  return idleSeconds === 0 ? null : idleSeconds + seenEverySeconds(idleSeconds);
}
