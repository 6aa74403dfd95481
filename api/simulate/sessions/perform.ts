import { Violation } from '../lib/violation.js';
import { readToken, readTokens, type Held } from '../lib/token.js';
import { GUARDING_PERMISSION } from '../lib/people.js';
import { both } from './account-facts.js';
import { actsOf } from './acts.js';
import { checkExchange } from './answers.js';
import { describe, requestOf, type Intent, type Outcome } from './intents.js';
import type { Person } from './person.js';
import type { Act, Certainty } from './spec.js';
import type { TrackedSession } from './tracked-session.js';
import type { World } from './world.js';

/** How long a client waits for a worker that has stopped before it hangs up and asks another. */
const IMPATIENCE_MS = 700;

/**
 * Sends requests of one person at the same moment, waits until each is answered
 * or lost, and compares all that came back with the rules.
 * @throws Violation
 */
export async function perform(world: World, person: Person, intents: readonly Intent[]): Promise<Outcome[]> {
  const outcomes = await Promise.all(intents.map((intent) => send(person, intent)));
  for (const outcome of outcomes) world.journal.note(person.name, describe(outcome));
  for (const outcome of outcomes) check(world, person, outcome);
  observe(person, outcomes);
  return outcomes;
}

async function send(person: Person, intent: Intent): Promise<Outcome> {
  const { worker, cut } = intent;
  const hangsUp = worker.state === 'stopped' && !intent.patient;
  const exchange = await worker.wire.exchange(requestOf(intent), { cut, cutAfterMs: person.random.int(0, 6), ...(hangsUp ? { patienceMs: IMPATIENCE_MS } : {}) });
  return { intent, exchange, status: exchange.answer?.status, key: exchange.answer?.body?.error_key as string | undefined };
}

function observe(person: Person, outcomes: readonly Outcome[]): void {
  const acts = new Map<TrackedSession, Act[]>();
  for (const outcome of outcomes) {
    for (const { session, act } of actsOf(outcome, person)) {
      acts.set(session, [...(acts.get(session) ?? []), act]);
      if (act.kind === 'end') session.suspect = 'its owner signed out';
      if (act.kind === 'end' && act.outcome === 'unknown' && outcome.intent.do === 'logout' && outcome.intent.scope !== 'this') person.looseEnds.push(act);
      if (act.kind === 'refresh' && act.outcome === 'unknown') session.lostRefresh = act;
    }
  }
  const now = performance.now();
  for (const [session, some] of acts) {
    const before = session.history.possibilities();
    if (session.history.observe(some, now)) continue;
    throw new Violation(ruleOf(some), `no order of events explains these answers about ${session.id}:\n${some.map(show).join('\n')}\nas far as is known it stood:\n${before.map(show).join('\n')}`);
  }
}

/** What a contradiction most likely is. */
function ruleOf(acts: readonly Act[]): string {
  if (acts.some((act) => act.kind === 'use' && act.outcome === 'accepted')) return 'I1/B-01';
  return acts.some((act) => act.kind === 'refresh') ? 'B-09…B-13' : 'B-01';
}

const show = (value: unknown) => `  ${JSON.stringify(value)}`;

function check(world: World, person: Person, outcome: Outcome): void {
  const { intent, exchange, status, key } = outcome;
  const what = `${person.name}: ${describe(outcome)}`;
  checkExchange(world.faults, intent.worker, exchange, intent.cut !== undefined, what);
  world.journal.count(`${intent.do}${intent.do === 'logout' ? ` ${intent.scope}` : ''} ${status ?? (exchange.late ? 'late' : exchange.reached ? 'lost' : 'not sent')}${key ? ` ${key}` : ''}`);
  if (intent.do === 'use') checkUse(world, person, outcome, what);
  else if (intent.do === 'refresh') checkRefresh(world, outcome, what);
  else if (status !== undefined && status !== 200 && status !== 401 && status < 500 && !(intent.do === 'delete' && status === 404)) throw new Violation('B-02', `${what}: no answer the contract knows`);
}

/** 200 is for who may, 403 for whom we know but who may not, 401 for whom we do not know: never another answer, never on what a stale token says (B-17). */
function checkUse(world: World, person: Person, outcome: Outcome, what: string): void {
  const { intent, exchange, status } = outcome;
  if (status === undefined || status >= 500 || status === 401) return;
  const granted = [person.member, person.groupActive, person.groupGrants].map((fact) => fact.holds(exchange.sent)).reduce(both);
  if (status === 200 && granted === 'no') throw new Violation('B-17', `${what}: the permission had been taken`);
  if (status === 403 && granted === 'yes') throw new Violation('B-17', `${what}: the permission is granted`);
  if (status !== 200 && status !== 403) throw new Violation('I5', `${what}: no answer the contract knows`);
  const renewed = exchange.answer!.headers['x-session-token'];
  if (renewed !== undefined) learnRenewed(world, outcome, readToken(renewed), granted, what);
  // While the record is out of reach, none can be made: the decision is as good without.
  else if (intent.held.codenames && !world.faults.excuse(intent.worker, exchange.sent, exchange.ended, 'record') && granted !== 'either' && intent.held.codenames.includes(GUARDING_PERMISSION) !== (granted === 'yes')) {
    throw new Violation('B-17', `${what}: the token says the opposite of what is true, and its answer brought no new one`);
  }
}

/** A renewed session token is the same session, generation and end: it makes nothing last longer. */
function learnRenewed({ journal }: World, { intent: { held, session }, exchange }: Outcome, renewed: Held, granted: Certainty, what: string): void {
  const same = renewed.type === 'session' && renewed.sessionId === held.sessionId && renewed.generation === held.generation;
  if (!same || (held.type === 'session' && renewed.expiresAt !== held.expiresAt)) throw new Violation('B-17', `${what}: the new session token is of another session, generation or end`);
  if (granted !== 'either' && renewed.codenames?.includes(GUARDING_PERMISSION) !== (granted === 'yes')) throw new Violation('B-17', `${what}: the new session token is stale too`);
  journal.count('session token renewed');
  session.renew(renewed, exchange.heard);
}

function checkRefresh(world: World, { intent, exchange, status, key }: Outcome, what: string): void {
  if (status === undefined || status >= 500) return;
  if (exchange.answer!.headers['cache-control'] !== 'no-store') throw new Violation('B-19', `${what} may be stored: ${exchange.answer!.headers['cache-control']}`);
  if (status === 200) {
    classify(world, intent, exchange.sent);
    return intent.session.learn(readTokens(exchange.answer!.body.data), intent.held, exchange.heard);
  }
  if (status !== 401 || (key !== 'AUTH_REFRESH_REUSED' && key !== 'AUTH_INVALID_REFRESH_TOKEN')) throw new Violation('B-09', `${what}: no answer the contract knows`);
}

/** For the summary: how often the interesting ways were gone. */
function classify({ journal, rules }: World, { session, held }: Intent, sent: number): void {
  const known = session.history.possibilities();
  if (!known.every(({ generation }) => generation === held.generation + 1)) return;
  journal.count(known.every(({ rotated }) => sent - rotated[1] > rules.raceMs) ? 'successor again, after the race window' : 'successor again, within the race window');
}
