import type { Fleet } from '../lib/fleet.js';
import type { Random } from '../lib/random.js';
import type { Worker } from '../lib/worker.js';
import type { Faults } from './faults.js';
import type { Journal } from './journal.js';
import type { Rules } from './spec.js';

/** What everybody in the simulation shares. */
export type World = {
  fleet: Fleet;
  faults: Faults;
  journal: Journal;
  rules: Rules;
  /** Few passwords are checked at a time: a full queue for hashing is answered 503, which is not what is tried here. */
  atTheDoor: <Result>(work: () => Promise<Result>) => Promise<Result>;
  /** Counts one step, and begins a fault when it is time. */
  step(): void;
  /** Whether there are steps left. */
  goesOn(): boolean;
};

export function anyWorker({ fleet }: World, random: Random): Worker {
  return random.pick(fleet.workers);
}
