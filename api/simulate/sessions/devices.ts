import { setTimeout as delay } from 'node:timers/promises';
import { Violation } from '../lib/violation.js';
import { readToken } from '../lib/token.js';
import type { Cut } from '../lib/wire.js';
import type { Outcome } from './intents.js';
import { LOOSE_MS } from './history.js';
import { perform } from './perform.js';
import type { Client, Person } from './person.js';
import { anyWorker, type World } from './world.js';

/** What a good client does when nobody answers: it tries again, a little later, elsewhere. */
const RETRIES = 1_000;
const RETRY_MS = [20, 150] as const;

const CUTS: readonly Cut[] = ['unsent', 'unanswered', 'half-answered'];

/** One request of a client, retried until it is answered; an access token that is refused is exchanged, and that is all a client ever does about it. */
export async function useDevice(world: World, person: Person, client: Client): Promise<void> {
  const { random } = person;
  for (let tries = 0; tries < RETRIES; tries += 1) {
    const held = random.chance(0.5) ? client.tokens.access : client.tokens.session;
    const cut = tries === 0 && random.chance(0.1) ? random.pick(CUTS) : undefined;
    const [outcome] = await perform(world, person, [{ do: 'use', session: client.session, held, worker: anyWorker(world, random), cut, bearer: random.chance(0.5) }]);
    if (wasAnswered(outcome!)) {
      if (outcome!.status === 401) return refreshDevice(world, person, client, { tabs: 1, persistent: true });
      const renewed = outcome!.exchange.answer!.headers['x-session-token'];
      if (renewed !== undefined) client.tokens = { ...client.tokens, session: readToken(renewed) };
      return;
    }
    await delay(random.int(...RETRY_MS));
  }
  throw new Violation('I7', `${person.name} was not answered in ${RETRIES} tries`);
}

/**
 * Exchanges a client's refresh token, from several tabs at once if it has them.
 * Not persistent, it gives up when the first answers are lost, and keeps the
 * token it has: it will present that one again whenever it refreshes next.
 */
export async function refreshDevice(world: World, person: Person, client: Client, { tabs, cut = 0, persistent }: { tabs: number; cut?: number; persistent: boolean }): Promise<void> {
  const { random } = person;
  await letTheLostOneArrive(world, client);
  for (let tries = 0; tries < RETRIES; tries += 1) {
    const held = client.tokens.refresh;
    const intents = Array.from({ length: tries === 0 ? tabs : 1 }, () => ({
      do: 'refresh' as const, session: client.session, held, worker: anyWorker(world, random), cut: tries === 0 && random.chance(cut) ? random.pick(CUTS) : undefined,
    }));
    const outcomes = (await perform(world, person, intents)).filter(wasAnswered);
    const granted = outcomes.filter(({ status }) => status === 200).at(-1);
    if (granted) return void (client.tokens = newest(client));
    if (outcomes.length > 0) return signedOut(world, person, client, outcomes[0]!);
    if (!persistent) return;
    await delay(random.int(...RETRY_MS));
  }
  throw new Violation('I7', `${person.name} was not answered in ${RETRIES} tries to refresh`);
}

/**
 * One tab refreshes and uses what it got; another, which had read the store before that, presents the same token a moment
 * later. Within the race window that is honest, and it is given the same successor.
 */
export async function refreshTwice(world: World, person: Person, client: Client): Promise<void> {
  const { session, tokens } = client;
  await refreshDevice(world, person, client, { tabs: 1, persistent: false });
  if (client.tokens === tokens || !person.clients.includes(client)) return;
  await perform(world, person, [{ do: 'use', session, held: client.tokens.access, worker: anyWorker(world, person.random), bearer: true }]);
  const before = session.suspect;
  // On a busy machine the moment may be longer than the window: then the rules call it theft, and so it is no failure.
  session.suspect = 'a slow tab came after the race window';
  const [outcome] = await perform(world, person, [{ do: 'refresh', session, held: tokens.refresh, worker: anyWorker(world, person.random) }]);
  const granted = wasAnswered(outcome!) && outcome!.status === 200;
  if (granted) client.tokens = newest(client);
  if (granted || !outcome!.exchange.reached) session.suspect = before;
}

/**
 * A refresh that was lost and tried again may reach the server after its second try. Within the race window that does no
 * harm, unless the client has refreshed once more by then: two generations behind is theft. Nobody needs new tokens that fast.
 */
async function letTheLostOneArrive({ rules }: World, { session, tokens }: Client): Promise<void> {
  const { sent, generation } = session.lostRefresh;
  if (tokens.refresh.generation > generation) await delay(Math.max(0, sent + rules.raceMs - performance.now()));
}

/** The answer a client acts upon: one that it has heard, and that is no "come back later". */
export function wasAnswered({ exchange, status }: Outcome): boolean {
  return exchange.heard && status! < 500;
}

/** All tabs end up with what the last answer brought: the store is one. */
export function newest({ session: { tokens } }: Client): Client['tokens'] {
  const last = (type: 'access' | 'session' | 'refresh') => tokens.filter((token) => token.type === type).at(-1)!;
  return { access: last('access'), session: last('session'), refresh: last('refresh') };
}

/** A refused refresh signs a client out. Nobody honest is: there is an owner who wanted it, a thief, or an account that may not be used. */
function signedOut(world: World, person: Person, client: Client, { status, key, exchange }: Outcome): void {
  person.clients = person.clients.filter((each) => each !== client);
  const { sent: lostAt } = client.session.lostRefresh;
  const late = exchange.sent - lostAt < LOOSE_MS && !client.session.isLive();
  if (!person.usable.value) return world.journal.count('signed out: its account is suspended');
  if (client.session.suspect !== undefined) return world.journal.count(`signed out: ${client.session.suspect}`);
  // Its own request, given up on and held up by a fault for longer than the race window, reads as a theft: nothing tells the two apart.
  if (late && world.fleet.workers.some((worker) => world.faults.excuse(worker, lostAt, exchange.ended))) return world.journal.count('signed out: its own lost request came late');
  throw new Violation('honest', `${person.name} was signed out of ${client.session.id} (${status} ${key}) and nobody wanted it`);
}
