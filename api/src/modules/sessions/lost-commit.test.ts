import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { signUp } from '../../../test/accounts.js';
import { startApi, type Api } from '../../../test/harness.js';
import type { Database } from '../../infra/postgres.js';
import { createChanges } from '../../shared/changes.js';
import type { Principal, RequestOrigin } from '../../shared/principal.js';
import { createActivityRepo } from '../activity/activity.repo.js';
import { createActivityService } from '../activity/activity.service.js';
import { createSessionStates } from './session-states.js';
import { createSessionsRepo } from './sessions.repo.js';
import { createSessionsService } from './sessions.service.js';
import { createTokens } from './tokens.js';

let api: Api;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

const origin: RequestOrigin = { requestId: 'request-1', ip: '127.0.0.1', address: 'ip:127.0.0.1', userAgent: undefined, origin: undefined, method: 'POST', endpoint: '/', sessionId: undefined, elapsedMs: () => 0 };
const readUserAgent = () => ({ device: null, browser: null, os: null });

/** Sessions as the one writer of a database remembers them; the answer to each COMMIT is lost on its way. */
function createWorld() {
  const { db, config } = api.context;
  const changes = createChanges();
  const repo = createSessionsRepo();
  const tokens = createTokens({ secrets: config.jwtSecrets! }, config.tokens);
  const deaf: Database = Object.create(db, {
    transaction: {
      async value(work: Parameters<Database['transaction']>[0]) {
        await db.transaction(work);
        throw new Error('Connection terminated unexpectedly');
      },
    },
  });
  const parts = { repo, tokens, changes, readUserAgent, activity: createActivityService({ repo: createActivityRepo(), readUserAgent }), options: { refreshSeconds: 3_600, refreshRaceSeconds: 0 } };
  return { states: createSessionStates({ db, repo, changes, exclusive: true }), deaf: createSessionsService({ ...parts, db: deaf }), hearing: createSessionsService({ ...parts, db }) };
}

describe('B-01: when nobody can tell whether a revocation was committed, what is remembered is not trusted', () => {
  it('a sign-out that failed, and the one after it that finds nothing to end', async () => {
    const { states, deaf, hearing } = createWorld();
    const person = await signUp(api);
    const principal = { userId: person.userId, sessionId: person.sessionId } as Principal;
    expect((await states.of(person.userId, person.sessionId))?.revoked).toBe(false);
    await expect(deaf.endAll(principal, origin)).rejects.toThrow('Connection terminated');
    expect((await states.of(person.userId, person.sessionId))?.revoked).toBe(true);
    await hearing.endAll(principal, origin);
    expect((await states.of(person.userId, person.sessionId))?.revoked).toBe(true);
  });

  it('a theft that was noticed', async () => {
    const { states, deaf } = createWorld();
    const person = await signUp(api);
    await api.sql('UPDATE session SET generation = 3, confirmed_generation = 3 WHERE session_id = $1', [person.sessionId]);
    expect((await states.of(person.userId, person.sessionId))?.revoked).toBe(false);
    await expect(deaf.refresh(person.refreshToken, origin)).rejects.toThrow('Connection terminated');
    expect((await states.of(person.userId, person.sessionId))?.revoked).toBe(true);
  });
});
