import { spread } from '../lib/percentile.js';
import type { Reply } from '../lib/volley.js';
import type { Kind } from './kinds.js';

export type Tally = {
  asked(kind: Kind, status: number | undefined, latencyMs: number): void;
  /** A reply to a token of an ended session. */
  refused(kind: Kind, reply: Reply): void;
  /** A reply to a token of a session that goes on. */
  spared(kind: Kind, reply: Reply): void;
  obeyed(kind: Kind, delayMs: number): void;
  /** How many tokens were let in that should not have been, and refused that should not have been. */
  wrong(): number;
  rows(): Record<string, string | number>;
};

export function createTally(): Tally {
  const latencies = new Map<Kind, number[]>();
  const delays = new Map<Kind, number[]>();
  const counts = { 'tokens sent at the instant of the answer': 0, accepted: 0, 'refused though spared': 0, 'answered otherwise': 0, 'revocations not answered 200': 0 };
  const add = (to: Map<Kind, number[]>, kind: Kind, value: number) => {
    const values = to.get(kind) ?? [];
    to.set(kind, values);
    values.push(value);
  };
  return {
    asked(kind, status, latencyMs) {
      if (status === 200) add(latencies, kind, latencyMs);
      else counts['revocations not answered 200'] += 1;
    },
    refused(_kind, { answer }) {
      counts['tokens sent at the instant of the answer'] += 1;
      if (answer && answer.status < 400) counts.accepted += 1;
      else if (answer?.status !== 401) counts['answered otherwise'] += 1;
    },
    spared(_kind, { answer }) {
      if (answer?.status === 401) counts['refused though spared'] += 1;
    },
    obeyed: (kind, delayMs) => add(delays, kind, delayMs),
    wrong: () => counts.accepted + counts['refused though spared'],
    rows: () => ({
      ...counts,
      ...Object.fromEntries([...latencies].map(([kind, values]) => [`${kind}: answered after`, spread(values)])),
      ...Object.fromEntries([...delays].map(([kind, values]) => [`${kind}: obeyed by each worker after`, spread(values)])),
    }),
  };
}
