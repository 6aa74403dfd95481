import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { signUp } from '../../../test/accounts.js';
import { someone, startApi, type Api } from '../../../test/harness.js';
import { newCode, PASSWORD, setPassword } from '../../../test/passwords.js';
import { readEmail } from '../../shared/identity.js';
import type { Database, Statement } from '../../infra/postgres.js';
import { createActivityRepo } from '../activity/activity.repo.js';
import { createActivityService } from '../activity/activity.service.js';
import { createBudgetsRepo } from '../budgets/budgets.repo.js';
import { createSessionEndsRepo } from '../sessions/session-ends.repo.js';
import { createUsersRepo } from '../users/users.repo.js';
import { createPasswordServices } from './password-services.js';
import type { Passwords } from './passwords.js';

let api: Api;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

const ORIGIN = { requestId: 'x', ip: '127.0.0.1', address: '127.0.0.1', userAgent: undefined, origin: undefined, method: 'POST', endpoint: '/', sessionId: undefined, elapsedMs: () => 0 };
const busy = () => Promise.reject(new Error('a password was hashed'));

/** The statements that a reset with a wrong code asks, by their names, in their order. */
async function asked(email: string): Promise<(string | undefined)[]> {
  const names: (string | undefined)[] = [];
  const noted = (db: Pick<Database, 'query'>) => ({ query: <Row>(statement: Statement) => (names.push(statement.name), db.query<Row>(statement)) });
  const { config, db, changes, services } = api.context;
  const watched: Database = { ...db, ...noted(db), transaction: (work) => db.transaction((tx) => work(noted(tx))) };
  const hashing: Passwords = { hash: busy, verify: busy, verifyNothing: busy, assertRoom: () => undefined, unusable: () => '!', isUnusable: () => false };
  const activity = createActivityService({ repo: createActivityRepo(), readUserAgent: () => ({ device: null, browser: null, os: null }) });
  const { passwordReset } = createPasswordServices({
    db: watched, users: createUsersRepo(), hashing, budgets: createBudgetsRepo(), otp: services.otp, lockout: { clear: () => busy(), guesser: () => busy() } as never, activity, notices: services.accountNotices, sessionEnds: createSessionEndsRepo(),
    freshness: services.sessionFreshness, changes, serviceName: 'Tessera', rules: config.passwords, limits: config.lockout,
  });
  const attempt = passwordReset.reset({ identity: readEmail(email)!, written: email, code: '000000', password: PASSWORD, confirmation: PASSWORD, origin: ORIGIN });
  await expect(attempt).rejects.toMatchObject({ definition: { key: 'AUTH_OTP_INVALID' } });
  return names;
}

it('C-10: an unknown account, one with a password and one without cost the same statements, and no hash', async () => {
  const [member, without, nobody] = [await signUp(api), await signUp(api), someone()];
  await setPassword(api, member);
  for (const email of [member.email, without.email, nobody]) await newCode(api, email);
  const costs = [await asked(member.email), await asked(without.email), await asked(nobody), await asked(someone())];
  for (const cost of costs) expect(cost).toEqual(costs[0]);
  expect(costs[0]!.length).toBeGreaterThan(0);
});
