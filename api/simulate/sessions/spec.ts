/**
 * What may happen to a session, one request after another (API.md §3, DESIGN §3):
 * the rules that every observed history is compared with. Times are
 * milliseconds of the simulation's own monotonic clock.
 */

export type Rules = {
  /** REFRESH_RACE_SECONDS, in milliseconds. */
  raceMs: number;
  /** A change nobody was answered for (made in the database, or its answer lost) is obeyed by every worker after so long. */
  obeyMs: number;
};

export type Certainty = 'yes' | 'no' | 'either';

type Sent = { id: number; sent: number; /** Infinity: never. */ answered: number };

/** One request, as far as it concerns one session. With the outcome `unknown` it may have taken effect, may yet, or never will. */
export type Act = Sent &
  (
    | { kind: 'use'; generation: number; outcome: 'accepted' | 'refused' | 'unknown'; /** Whether account and expiry allow it. */ may: Certainty }
    | { kind: 'refresh'; generation: number; outcome: 'granted' | 'reused' | 'invalid' | 'unknown'; /** Whether the account allows it. */ may: Certainty }
    | { kind: 'end'; outcome: 'ended' | 'over' | 'unknown'; /** How long after its answer it may still be disobeyed: none for a request, `obeyMs` for a statement in the database. */ graceMs: number }
  );

/** One way the record may stand. */
export type Possibility = Readonly<{
  generation: number;
  /** Whether a use of a token of this generation has been noted. */
  confirmed: boolean;
  /** The earliest and the latest moment at which this generation can have been made. */
  rotated: readonly [number, number];
  /** Set when it is over: a use sent from this moment on must be refused; one sent before may still be let in, because the answer that promises otherwise has not been given. */
  ended: number | undefined;
  /** Requests whose answer was lost and that have not (yet) taken effect. */
  loose: readonly Act[];
}>;

/**
 * How the record may stand after an act.
 * @param until the latest moment at which it can have taken effect
 * @returns nothing when the act cannot have had this outcome
 */
export function after(act: Act, from: Possibility, until: number, rules: Rules): Possibility[] {
  if (act.kind === 'use') return afterUse(act, from);
  if (act.kind === 'refresh') return afterRefresh(act, from, until, rules);
  // Nobody has promised anything yet for an end whose answer was lost: workers may learn of it one after the other.
  if (act.outcome === 'over') return from.ended === undefined ? [] : [from];
  return [end(from, act.outcome === 'ended' ? act.answered + act.graceMs : until + rules.obeyMs)];
}

function afterUse(act: Act & { kind: 'use' }, from: Possibility): Possibility[] {
  // A token of a generation exists only after its rotation.
  if (act.generation > from.generation) return [];
  if (act.outcome === 'refused') return from.ended !== undefined || act.may !== 'yes' ? [from] : [];
  const letIn = act.may !== 'no' && (from.ended === undefined || act.sent < from.ended);
  if (!letIn) return act.outcome === 'unknown' ? [from] : [];
  return [act.generation === from.generation && from.ended === undefined ? { ...from, confirmed: true } : from];
}

function afterRefresh(act: Act & { kind: 'refresh' }, from: Possibility, until: number, rules: Rules): Possibility[] {
  const behind = from.generation - act.generation;
  if (behind < 0) return [];
  const was = (...outcomes: Act['outcome'][]) => act.outcome === 'unknown' || outcomes.includes(act.outcome);
  if (from.ended !== undefined) return was('invalid') ? [from] : [];
  const ways: Possibility[] = [];
  const isTheft = behind > 1 || (behind === 1 && from.confirmed && mayBeOld(from, until, rules));
  const isHonest = behind === 0 || (behind === 1 && (!from.confirmed || mayBeYoung(from, act, rules)));
  if (isHonest && act.may !== 'no' && was('granted')) {
    ways.push(behind === 0 ? { ...from, generation: from.generation + 1, confirmed: false, rotated: [act.sent, until] } : from);
  }
  if (isHonest && act.may !== 'yes' && was('invalid')) ways.push(from);
  // The answer to a theft promises what the answer to a sign-out does.
  if (isTheft && was('reused')) ways.push(end(from, act.outcome === 'unknown' ? until + rules.obeyMs : act.answered));
  return ways;
}

/** The database keeps milliseconds, and rounds. */
const ROUNDING_MS = 2;

function mayBeOld({ rotated }: Possibility, until: number, { raceMs }: Rules): boolean {
  return until - rotated[0] >= raceMs - ROUNDING_MS;
}

function mayBeYoung({ rotated }: Possibility, { sent }: Act, { raceMs }: Rules): boolean {
  return sent - rotated[1] <= raceMs + ROUNDING_MS;
}

/** What is over stays over; a later promise may be the stricter one. Nothing that is on its way can change it any more. */
function end(from: Possibility, obeyedFrom: number): Possibility {
  return { ...from, ended: Math.min(from.ended ?? Infinity, obeyedFrom), loose: [] };
}
