import type { Logger } from '../../infra/logger.js';
import type { Queryable } from '../../infra/postgres.js';
import type { SessionStatesRepo } from './session-states.repo.js';
import { seenEverySeconds } from './idle.js';
import type { SessionState } from './session-states.js';

export type SessionUses = {
  /** Notes that a session is used now, at no cost in most cases. @param at on the steady clock, in milliseconds */
  use(sessionId: string, state: SessionState, at: number): void;
  close(): Promise<void>;
};

const MAX_FLUSH_EVERY_MS = 5_000;
/** More sessions than this between two flushes, and some uses are noted later. */
const MAX_WAITING = 100_000;
/** In one statement, far within any deadline. */
const AT_ONCE = 1_000;

/**
 * Tells the record, in batches and after the answer, when sessions were last
 * used: within half of `seenEverySeconds` a use is on its way there, and
 * within three quarters it has arrived.
 */
export function createSessionUses(parts: { db: Queryable; repo: SessionStatesRepo; logger: Logger; idleSeconds: number }): SessionUses {
  const everyMs = seenEverySeconds(parts.idleSeconds) * 1_000;
  const waiting = new Set<string>();
  let flushing: Promise<void> = Promise.resolve();
  const timer = setInterval(() => void (flushing = flushing.then(flush)), Math.min(MAX_FLUSH_EVERY_MS, everyMs / 4));
  timer.unref();

  async function flush(): Promise<void> {
    const sessionIds = [...waiting];
    for (let from = 0; from < sessionIds.length; from += AT_ONCE) {
      const some = sessionIds.slice(from, from + AT_ONCE);
      try {
        await parts.repo.noteSeen(parts.db, some);
        for (const sessionId of some) waiting.delete(sessionId);
      } catch (error) {
        // They stay where they are, for the next time.
        return parts.logger.warn('The last use of sessions could not be noted; it is tried again', { sessions: waiting.size, error });
      }
    }
  }

  return {
    use(sessionId, state, at) {
      state.usedAt = at;
      if (at - state.notedAt <= everyMs / 2 || waiting.size >= MAX_WAITING) return;
      state.notedAt = at;
      waiting.add(sessionId);
    },
    async close() {
      clearInterval(timer);
      await flushing;
      await flush();
    },
  };
}
