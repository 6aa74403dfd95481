import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { signIn, signUp, type Account } from '../../../test/accounts.js';
import { startApi, type Api } from '../../../test/harness.js';
import { newCode, OTHER_PASSWORD, PASSWORD, setPassword } from '../../../test/passwords.js';
import { readEmail } from '../../shared/identity.js';
import type { Principal, RequestOrigin } from '../../shared/principal.js';
import { createSessionEndsRepo } from '../sessions/session-ends.repo.js';
import { createUsersRepo } from '../users/users.repo.js';
import { createPasswordReset, type PasswordResetParts } from './password-reset.service.js';
import { createPasswordsRepo } from './passwords.repo.js';
import { createPasswordsService, type PasswordsServiceParts } from './passwords.service.js';

let api: Api;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

const ORIGIN: RequestOrigin = { requestId: 'x', ip: undefined, address: 'x', userAgent: undefined, origin: undefined, method: 'POST', endpoint: '/', sessionId: undefined, elapsedMs: () => 0 };

/** Everything a new password needs, and other workers that take their time to hear of it. */
function parts() {
  let hear = (): void => undefined;
  let ask = (): void => undefined;
  const asked = new Promise<void>((resolve) => (ask = resolve));
  const nothing = async () => undefined;
  return {
    /** Resolves when the service has begun to wait. */
    asked,
    hear: () => hear(),
    parts: {
      db: api.context.db,
      users: createUsersRepo(),
      repo: createPasswordsRepo(),
      sessionEnds: createSessionEndsRepo(),
      otp: api.context.services.otp,
      passwords: { hash: async () => 'another hash', verify: async () => ({ ok: true, outdated: false }), isUnusable: () => false },
      checks: { ofPassword: () => [], ofOwner: () => [], ofHistory: async () => [] },
      attempts: { take: nothing, giveBack: nothing, forgive: nothing },
      lockout: { clear: nothing, guesser: nothing },
      freshness: api.context.services.sessionFreshness,
      recordRenewal: nothing,
      activity: { record: nothing },
      changes: {
        settled: () =>
          new Promise<void>((resolve) => {
            hear = resolve;
            ask();
          }),
      },
    } as unknown as PasswordsServiceParts & PasswordResetParts,
  };
}

const wanted = { password: OTHER_PASSWORD, confirmation: OTHER_PASSWORD };
const ways = {
  change: async (person: Account, service: ReturnType<typeof parts>['parts']) => {
    const principal = { userId: person.userId, sessionId: person.sessionId } as Principal;
    return createPasswordsService(service).change(principal, { ...wanted, oldPassword: PASSWORD }, ORIGIN);
  },
  reset: async (person: Account, service: ReturnType<typeof parts>['parts']) => {
    const code = await newCode(api, person.email);
    return createPasswordReset(service).reset({ ...wanted, identity: readEmail(person.email)!, written: person.email, code, origin: ORIGIN });
  },
};

it.each(['change', 'reset'] as const)('B-06: a %s returns when every worker has heard of it, and not before; by then it is committed', async (way) => {
  const person = await signUp(api);
  await setPassword(api, person);
  const phone = await signIn(api, person);
  const { asked, hear, parts: service } = parts();
  let hasReturned = false;
  const returned = ways[way](person, service).then(() => (hasReturned = true));
  await Promise.race([asked, returned]);
  const [row] = await api.sql<{ password: string; ended: boolean }>('SELECT u.password, s.revoked_at IS NOT NULL AS ended FROM "user" u JOIN session s USING (user_id) WHERE s.session_id = $1', [phone.sessionId]);
  expect([row, hasReturned]).toEqual([{ password: 'another hash', ended: true }, false]);
  hear();
  await returned;
});
