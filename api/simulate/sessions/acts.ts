import { both } from './account-facts.js';
import type { Outcome } from './intents.js';
import type { Person } from './person.js';
import type { Act, Certainty } from './spec.js';
import type { TrackedSession } from './tracked-session.js';

let acts = 0;

/** What an exchange says of the sessions it touches, in the terms of the rules. A request that cannot have arrived says nothing. */
export function actsOf({ intent, exchange, status, key }: Outcome, person: Person): { session: TrackedSession; act: Act }[] {
  if (!exchange.reached) return [];
  const known = status !== undefined && status < 500;
  const sent = () => ({ id: (acts += 1), sent: exchange.sent, answered: known ? exchange.ended : Infinity });
  const usable = person.usable.holds(exchange.sent);

  if (intent.do === 'refresh') {
    const outcome = !known ? 'unknown' : status === 200 ? 'granted' : key === 'AUTH_REFRESH_REUSED' ? 'reused' : 'invalid';
    // Decided on the record itself, which nobody hears of later than others.
    return [{ session: intent.session, act: { ...sent(), kind: 'refresh', generation: intent.held.generation, outcome, may: person.usable.value ? 'yes' : 'no' } }];
  }
  const outcome = !known ? 'unknown' : status === 401 ? 'refused' : 'accepted';
  const caller = { session: intent.session, act: { ...sent(), kind: 'use', generation: intent.held.generation, outcome, may: both(usable, unexpired(intent, exchange)) } as Act };
  if (intent.do === 'use' || outcome === 'refused') return [caller];
  const targets = intent.do === 'delete' ? [intent.target] : intent.targets;
  const ends = (session: TrackedSession) => ({ session, act: { ...sent(), kind: 'end', outcome: !known ? 'unknown' : status === 404 ? 'over' : 'ended', graceMs: 0 } as Act });
  return [caller, ...targets.map(ends)];
}

/** Two processes that read one clock do not read it at the same moment, and the monotonic one beside it drifts. */
const READING_MS = 10;

/** Whether a token has not expired on the clock of the worker that was asked, which may be wrong, and may have jumped. */
function unexpired({ held, worker }: Outcome['intent'], { sent, ended }: Outcome['exchange']): Certainty {
  const { now, before, changedAt } = worker.skew;
  // A signal to move the clock is heard within some seconds, however busy the machine; by a stopped worker, only when it goes on.
  const skews = sent - changedAt > 15_000 ? [now] : [now, before];
  // This process may have to wait between the one clock and the other.
  const earliest = performance.now();
  const date = Date.now();
  const latest = performance.now();
  const end = held.expiresAt * 1000;
  if (end <= date - latest + sent + Math.min(...skews) - READING_MS) return 'no';
  return end > date - earliest + ended + Math.max(...skews) + READING_MS ? 'yes' : 'either';
}
