import { setTimeout as delay } from 'node:timers/promises';
import { PREFIX } from '../lib/fleet.js';
import { PASSWORD } from '../lib/people.js';
import { readTokens } from '../lib/token.js';
import { Violation } from '../lib/violation.js';
import { checkExchange } from './answers.js';
import { LOOSE_MS } from './history.js';
import type { Client, Person } from './person.js';
import { trackSession } from './tracked-session.js';
import { anyWorker, type World } from './world.js';

const RETRIES = 1_000;
const RETRY_MS = [20, 150] as const;
const MOST_TABS = 6;
const REMEMBERED_SESSIONS = 12;

/** Opens a session on another device: a browser with tabs, or an app. A suspended account is refused (B-14), anybody else is not (B-04). */
export async function signIn(world: World, person: Person): Promise<Client | undefined> {
  const { random } = person;
  for (let tries = 0; tries < RETRIES; tries += 1) {
    const worker = anyWorker(world, random);
    const body = { username: person.name, password: PASSWORD };
    const exchange = await world.atTheDoor(() => worker.wire.exchange({ method: 'POST', path: `${PREFIX}/auth/login-with-password`, body }, worker.state === 'stopped' ? { patienceMs: 500 } : {}));
    const { answer } = exchange;
    const what = `${person.name}: w${worker.index} signs in → ${answer?.status ?? 'lost'} ${answer?.body?.error_key ?? ''} ${answer?.body?.data?.session_id ?? ''}`;
    world.journal.note(person.name, what);
    checkExchange(world.faults, worker, exchange, false, what);
    if (answer && answer.status < 500) {
      world.journal.count(`sign-in ${answer.status}`);
      if (answer.status !== (person.usable.value ? 200 : 401)) throw new Violation(person.usable.value ? 'B-04' : 'B-14', `${what}: ${JSON.stringify(answer.body)}`);
      return answer.status === 200 ? opened(world, person, answer.body.data, exchange) : undefined;
    }
    await delay(random.int(...RETRY_MS));
  }
  throw new Violation('I7', `${person.name} was not answered in ${RETRIES} tries to sign in`);
}

function opened(world: World, person: Person, data: Parameters<typeof readTokens>[0], { sent, ended }: { sent: number; ended: number }): Client {
  const tokens = readTokens(data);
  if (person.sessions.some(({ id }) => id === tokens.refresh.sessionId)) throw new Violation('B-16', `${person.name} was given the session ${tokens.refresh.sessionId} again`);
  // A sign-out of all devices that got no answer may still be on its way, and then it ends this one too.
  person.looseEnds = person.looseEnds.filter((act) => ended - act.sent < LOOSE_MS);
  const session = trackSession(tokens, { sent, answered: ended, loose: person.looseEnds }, world.rules);
  if (person.looseEnds.length > 0) session.suspect = 'an earlier sign-out of all devices came late';
  person.sessions = [...person.sessions, session].slice(-REMEMBERED_SESSIONS);
  const client: Client = { session, tokens, tabs: person.random.chance(0.5) ? person.random.int(2, MOST_TABS) : 1 };
  person.clients.push(client);
  return client;
}
