import { after, type Act, type Possibility, type Rules } from './spec.js';

/** A lost request that has not taken effect by then never will: longer than any statement, pause or stopped process lasts here. */
export const LOOSE_MS = 60_000;

export type History = {
  /** Every way the record may stand, given all that was seen. */
  possibilities(): readonly Possibility[];
  /**
   * Takes in requests that were under way at the same time.
   * @param until now: all of them are over, or lost
   * @returns whether there is any order of them, and of those lost before, that explains every answer; else nothing is changed
   */
  observe(acts: readonly Act[], until: number): boolean;
};

/**
 * Knows of a session what its clients can know. Which of several simultaneous
 * requests came first, and whether one without an answer took effect, cannot
 * be seen: so every possibility is kept, and those that a later answer
 * contradicts are dropped (the search of Wing & Gong for a linearization).
 */
export function createHistory(born: { sent: number; answered: number; loose: readonly Act[] }, rules: Rules): History {
  let known: Possibility[] = [{ generation: 0, confirmed: false, rotated: [born.sent, born.answered], ended: undefined, loose: born.loose }];

  return {
    possibilities: () => known,
    observe(acts, until) {
      const found = new Map<string, Possibility>();
      for (const possibility of known.map((each) => forget(each, until))) explain(possibility, acts, until, rules, found);
      if (found.size === 0) return false;
      known = [...found.values()];
      return true;
    },
  };
}

function forget(possibility: Possibility, now: number): Possibility {
  const loose = possibility.loose.filter((act) => now - act.sent < LOOSE_MS && mayMatter(act, possibility));
  return loose.length === possibility.loose.length ? possibility : { ...possibility, loose };
}

/** A use confirms its own generation alone: once that is confirmed or superseded, it changes nothing whenever it comes. */
function mayMatter(act: Act, { generation, confirmed }: Possibility): boolean {
  return act.kind !== 'use' || act.generation > generation || (act.generation === generation && !confirmed);
}

function isSame(one: Act, other: Act): boolean {
  return one.kind === other.kind && (one.kind === 'end' || other.kind === 'end' || one.generation === other.generation);
}

type Place = { at: Possibility; done: number };

/** Walks every order that real time allows: an act answered before another was sent comes before it. */
function explain(from: Possibility, acts: readonly Act[], until: number, rules: Rules, found: Map<string, Possibility>): void {
  const seen = acts.filter(({ outcome }) => outcome !== 'unknown');
  const lost = acts.filter((act) => act.outcome === 'unknown' && from.ended === undefined);
  const all = 2 ** seen.length - 1;
  const visited = new Set<string>();
  const places: Place[] = [];
  const visit = (at: Possibility, done: number) => {
    const key = `${done}|${identity(at)}|${at.rotated.join()}|${at.ended}`;
    if (visited.has(key)) return;
    visited.add(key);
    places.push({ at, done });
  };
  visit({ ...from, loose: [...from.loose, ...lost] }, 0);
  for (let place = places.pop(); place; place = places.pop()) {
    const { at, done } = place;
    if (done === all) keep(at, found);
    const mayComeNext = ({ sent }: Act) => !seen.some((other, index) => !(done & (1 << index)) && other.answered < sent);
    seen.forEach((act, index) => {
      if (done & (1 << index) || !mayComeNext(act)) return;
      for (const next of after(act, at, Math.min(act.answered, until), rules)) visit(next, done | (1 << index));
    });
    for (const act of at.loose) {
      // Of those that would do the same the earliest stands for all: otherwise their number would be an exponent.
      if (at.loose.some((other) => other.sent < act.sent && isSame(other, act)) || !mayComeNext(act)) continue;
      const loose = at.loose.filter((other) => other !== act);
      for (const next of after(act, { ...at, loose }, until, rules)) visit(next, done);
    }
  }
}

/** Of two that differ in times alone the union is kept: it allows what either allows, and keeps the number of them small. */
function keep(possibility: Possibility, found: Map<string, Possibility>): void {
  const key = identity(possibility);
  const other = found.get(key);
  if (!other) return void found.set(key, possibility);
  found.set(key, {
    ...possibility,
    rotated: [Math.min(possibility.rotated[0], other.rotated[0]), Math.max(possibility.rotated[1], other.rotated[1])],
    ended: possibility.ended === undefined ? undefined : Math.max(possibility.ended, other.ended!),
  });
}

function identity({ generation, confirmed, ended, loose }: Possibility): string {
  return `${generation}|${confirmed}|${ended === undefined}|${loose.map(({ id }) => id).join()}`;
}
