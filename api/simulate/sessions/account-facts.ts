import type { Certainty } from './spec.js';

/**
 * Something about an account that is changed in the database directly, where
 * nobody promises that all workers know of it at once: for `obeyMs` after the
 * change either value may be obeyed, and then the new one alone.
 */
export type Fact = {
  /** What the record says. */
  readonly value: boolean;
  change(to: boolean, write: () => Promise<unknown>): Promise<void>;
  /** Whether a request sent at that moment is decided on `true`. */
  holds(sent: number): Certainty;
  /** When it can be relied upon again. */
  readonly sureFrom: number;
};

export function createFact(initial: boolean, obeyMs: number): Fact {
  let value = initial;
  let sureFrom = 0;
  return {
    get value() {
      return value;
    },
    get sureFrom() {
      return sureFrom;
    },
    async change(to, write) {
      sureFrom = Infinity;
      await write();
      value = to;
      sureFrom = performance.now() + obeyMs;
    },
    holds: (sent) => (sent < sureFrom ? 'either' : value ? 'yes' : 'no'),
  };
}

export function both(one: Certainty, other: Certainty): Certainty {
  if (one === 'no' || other === 'no') return 'no';
  return one === 'yes' && other === 'yes' ? 'yes' : 'either';
}
