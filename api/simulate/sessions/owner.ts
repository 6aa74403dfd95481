import { setTimeout as delay } from 'node:timers/promises';
import { burst } from './burst.js';
import { newest, wasAnswered } from './devices.js';
import type { Intent, Scope } from './intents.js';
import { perform } from './perform.js';
import type { Client, Person } from './person.js';
import type { Act } from './spec.js';
import type { TrackedSession } from './tracked-session.js';
import { anyWorker, type World } from './world.js';

const RETRIES = 60;

/** Signs out, of this device, the others or all of them; whatever the answer promises is tried on every worker at once. */
export async function signOut(world: World, person: Person, client: Client): Promise<void> {
  const { random } = person;
  const scope: Scope = random.pick(['all', 'this', 'others']);
  const targets = targetsOf(person, client, scope);
  const also = (): Intent[] => (random.chance(0.3) ? meanwhile(world, person, client) : []);
  await untilAnswered(world, person, client, (tries) => [
    { do: 'logout', scope, targets, session: client.session, held: client.tokens.session, worker: anyWorker(world, random), cut: tries === 0 && random.chance(0.15) ? random.pick(['unsent', 'unanswered', 'half-answered']) : undefined },
    ...(tries === 0 ? also() : []),
  ]);
  await leave(world, person, targets);
}

/** Ends one session by its id, from another. */
export async function endSession(world: World, person: Person, client: Client): Promise<void> {
  const { session: target } = person.random.pick(person.clients);
  await untilAnswered(world, person, client, () => [{ do: 'delete', target, session: client.session, held: client.tokens.session, worker: anyWorker(world, person.random) }]);
  await leave(world, person, [target]);
}

/** Ends every session behind the API's back, as a statement of another program does: nobody answers for it, so workers get `obeyMs`. */
export async function endAllInDatabase(world: World, person: Person): Promise<void> {
  const sent = performance.now();
  await world.fleet.sql(`UPDATE session SET revoked_at = now(), revoke_reason = 'password_changed' WHERE user_id = $1 AND revoked_at IS NULL`, [person.account.userId]);
  const answered = performance.now();
  const act: Act = { id: 0, kind: 'end', outcome: 'ended', sent, answered, graceMs: world.rules.obeyMs };
  for (const session of person.sessions) {
    session.suspect = 'ended in the database';
    session.history.observe([act], answered);
  }
  world.journal.note(person.name, `all sessions ended in the database [${sent.toFixed(0)}+${(answered - sent).toFixed(0)}]`);
  world.journal.count('ended in the database');
  if (person.random.chance(0.3)) await burst(world, person, person.sessions.slice(-2));
  await delay(world.rules.obeyMs);
  await leave(world, person, person.sessions.slice(-3));
}

/** What is under way while somebody signs out: it may be decided either way, but no way twice. */
function meanwhile(world: World, person: Person, client: Client): Intent[] {
  const { random } = person;
  const isQuiet = performance.now() - client.session.lostRefresh.sent > world.rules.raceMs;
  return random.shuffle([
    ...(isQuiet ? [{ do: 'refresh' as const, session: client.session, held: client.tokens.refresh, worker: anyWorker(world, random) }] : []),
    { do: 'use', session: client.session, held: client.tokens.access, worker: anyWorker(world, random), bearer: true },
    { do: 'use', session: client.session, held: client.tokens.session, worker: anyWorker(world, random), bearer: false },
  ] satisfies Intent[]);
}

function targetsOf({ sessions }: Person, client: Client, scope: Scope): TrackedSession[] {
  if (scope === 'this') return [client.session];
  return sessions.filter((session) => scope === 'all' || session !== client.session);
}

/** The first intent is asked again until it is answered: a person who wants to sign out does not give up. */
async function untilAnswered(world: World, person: Person, client: Client, intents: (tries: number) => [Intent, ...Intent[]]): Promise<void> {
  for (let tries = 0; tries < RETRIES; tries += 1) {
    const outcomes = await perform(world, person, intents(tries));
    // A refresh that was under way has brought new tokens to a device that may go on.
    if (outcomes.some((outcome) => outcome.intent.do === 'refresh' && wasAnswered(outcome) && outcome.status === 200)) client.tokens = newest(client);
    if (wasAnswered(outcomes[0]!)) return;
    // Sometimes he does: then nobody has promised anything.
    if (person.random.chance(0.1)) return;
    await delay(person.random.int(20, 150));
  }
}

/** Tries what has ended, and throws the devices away. */
async function leave(world: World, person: Person, targets: readonly TrackedSession[]): Promise<void> {
  await burst(world, person, targets.slice(-3));
  person.clients = person.clients.filter(({ session }) => !session.isOver(performance.now()));
}
