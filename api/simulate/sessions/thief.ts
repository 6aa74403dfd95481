import { setTimeout as delay } from 'node:timers/promises';
import type { Held } from '../lib/token.js';
import { burst } from './burst.js';
import { wasAnswered } from './devices.js';
import { perform } from './perform.js';
import { anyToken, type Loot, type Person } from './person.js';
import { anyWorker, type World } from './world.js';

const MOST_LOOT = 6;
/** Surely beyond the race window, whatever the database rounds. */
const BEYOND_MS = 60;

/** Copies what a device holds at this moment. */
export function steal(world: World, person: Person): void {
  const { session, tokens } = person.random.pick(person.clients);
  person.loot = [...person.loot, { session, tokens }].slice(-MOST_LOOT);
  world.journal.note('thief', `copies generation ${tokens.refresh.generation} of ${person.name}'s ${session.id.slice(0, 8)}`);
}

/** Uses a copied token, alive or dead by now. */
export async function useLoot(world: World, person: Person): Promise<void> {
  const { random } = person;
  const { session, tokens } = random.pick(person.loot);
  // The oldest there is may have expired by now, and have been let in by this worker before.
  const oldest = random.chance(person.isSteady ? 0.8 : 0.3) ? session.tokens.find(({ type }) => type === 'access') : undefined;
  await perform(world, person, [{ do: 'use', session, held: oldest ?? (random.chance(0.5) ? tokens.access : tokens.session), worker: anyWorker(world, random), bearer: random.chance(0.5), patient: true }]);
}

/** Presents a copied refresh token, or any other of that session. What is noticed as theft ends the session: tried everywhere at once. */
export async function refreshLoot(world: World, person: Person): Promise<void> {
  const { random } = person;
  const loot = random.pick(person.loot);
  const { session } = loot;
  const held = await choose(world, person, loot);
  if (!session.isOver(performance.now())) session.suspect = 'a thief presented its refresh token';
  const before = session.history.possibilities();
  const outcomes = await perform(world, person, Array.from({ length: random.chance(0.2) ? 2 : 1 }, () => ({ do: 'refresh' as const, session, held, worker: anyWorker(world, random), patient: true })));
  if (outcomes.some((outcome) => wasAnswered(outcome) && outcome.status === 200)) {
    const generation = held.generation + 1;
    const last = (type: 'access' | 'session' | 'refresh') => session.tokens.filter((token) => token.type === type && token.generation === generation).at(-1)!;
    loot.tokens = { access: last('access'), session: last('session'), refresh: last('refresh') };
  }
  if (!outcomes.some(({ key, exchange }) => key === 'AUTH_REFRESH_REUSED' && exchange.heard)) return;
  world.journal.count(before.every(({ generation }) => generation > held.generation + 1) ? 'theft noticed, two or more generations behind' : 'theft noticed, one generation behind');
  await burst(world, person, [session]);
}

/** The copied one, any other, or the hardest to tell from an honest duplicate: the one before the newest, when the newest has just been used and the race is over. */
async function choose(world: World, { random }: Person, { session, tokens }: Loot): Promise<Held> {
  const ofSession = session.tokens.filter(({ type }) => type === 'refresh');
  const before = ofSession.at(-2);
  const way = random.weighted({ copied: 5, any: 2, before: before ? 4 : 0 });
  if (way === 'copied') return tokens.refresh;
  if (way === 'any') return anyToken(random, ofSession, 'refresh') ?? tokens.refresh;
  if (random.chance(0.7)) await delay(world.rules.raceMs + BEYOND_MS);
  return before!;
}

/** Tokens of sessions that were over long ago, on any worker, whatever has happened to it since (B-03). */
export async function replay(world: World, person: Person): Promise<void> {
  const { random } = person;
  const over = person.sessions.filter((session) => session.isOver(performance.now()));
  if (over.length > 0) await burst(world, person, [random.pick(over)]);
}
