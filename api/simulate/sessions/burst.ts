import type { Intent } from './intents.js';
import { perform } from './perform.js';
import { anyToken, type Person } from './person.js';
import type { TrackedSession } from './tracked-session.js';
import { anyWorker, type World } from './world.js';

/**
 * At the moment the answer is there: tokens of sessions, of any generation, to
 * every worker at once, and the refresh token to one (B-01, B-02, B-10). Those
 * that have ended must be refused by all of them, stopped workers included.
 */
export async function burst(world: World, person: Person, sessions: readonly TrackedSession[]): Promise<void> {
  const { random } = person;
  const intents: Intent[] = [];
  for (const session of sessions) {
    const over = session.isOver(performance.now());
    const tokens = over ? session.everyToken : session.tokens;
    for (const worker of world.fleet.workers) {
      const held = anyToken(random, tokens, 'access', 'session');
      if (held) intents.push({ do: 'use', session, held, worker, bearer: random.chance(0.5), patient: true });
    }
    const refresh = tokens.filter(({ type }) => type === 'refresh').at(-1);
    if (refresh && over) intents.push({ do: 'refresh', session, held: refresh, worker: anyWorker(world, random), patient: true });
  }
  if (intents.length > 0) await perform(world, person, intents);
}
