/** Parts of statements about sessions that several files say. */

/** A session has not rested for longer than the parameter's seconds; null: it may rest. */
export function notIdle(alias: string, parameter: number): string {
  return `($${parameter}::float8 IS NULL OR ${alias}.last_seen_at > now() - make_interval(secs => $${parameter}))`;
}

/** A session that is over is kept this long: for looking back, and so that a device is still known. */
const KEPT_DAYS = 90;
/** Clearing away begins when something is a day late: about once a day, whatever the traffic. */
const LATE_DAYS = KEPT_DAYS + 1;

const endedBefore = (days: number): string[] => ['revoked_at', 'expires_at'].map((column) => `${column} < now() - interval '${days} days'`);

/** Each of the two is one look into an index. */
export const IS_CLEAN_UP_DUE = endedBefore(LATE_DAYS).map((condition) => `EXISTS (SELECT FROM session WHERE ${condition})`).join(' OR ');

/** A session that ended so long ago that it is cleared away. */
export const IS_OLD = endedBefore(KEPT_DAYS).join(' OR ');
