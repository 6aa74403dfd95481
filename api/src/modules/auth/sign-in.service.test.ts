import { quietChanges } from '../../../test/quiet-changes.js';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { signUp } from '../../../test/accounts.js';
import { startApi, type Api } from '../../../test/harness.js';
import type { Database } from '../../infra/postgres.js';
import type { RequestOrigin } from '../../shared/principal.js';
import { createActivityRepo } from '../activity/activity.repo.js';
import { createActivityService } from '../activity/activity.service.js';
import { createDeviceTokens } from '../devices/device-tokens.js';
import { createLockout } from '../lockout/lockout.js';
import { createLockoutRepo } from '../lockout/lockout.repo.js';
import { createWithCode } from '../otp/with-code.js';
import { PasswordQueueFullError, type Passwords } from '../passwords/passwords.js';
import { createSessionEndsRepo } from '../sessions/session-ends.repo.js';
import { createUsersRepo } from '../users/users.repo.js';
import { createByCode } from './by-code.js';
import { createComingBack } from './coming-back.js';
import { createOpening } from './opening.js';
import { createSignIn, type SignIn } from './sign-in.service.js';

let api: Api;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

const origin: RequestOrigin = { requestId: 'request-1', ip: '127.0.0.1', address: 'ip:127.0.0.1', userAgent: undefined, origin: undefined, method: 'POST', endpoint: '/', sessionId: undefined, elapsedMs: () => 0 };

/** Passwords are their own hashes here; `old:x` is a weak hash of x. Something happens while the first is being compared. */
function serviceDuring(meanwhile: () => Promise<unknown>, hashed = () => undefined as unknown, others: { db?: Database; assertRoom?: () => void } = {}): SignIn {
  let compared = 0;
  const passwords: Passwords = {
    async hash(password) {
      hashed();
      return `new:${password}`;
    },
    async verify(password, stored) {
      if ((compared += 1) === 1) await meanwhile();
      return { ok: stored === `new:${password}` || stored === `old:${password}`, outdated: stored.startsWith('old:') };
    },
    verifyNothing: async () => undefined,
    assertRoom: others.assertRoom ?? (() => undefined),
    unusable: () => '!',
    isUnusable: (stored) => stored === '!',
  };
  const { services } = api.context;
  const { db = api.context.db } = others;
  const activity = createActivityService({ repo: createActivityRepo(), readUserAgent: () => ({ device: null, browser: null, os: null }) });
  const users = createUsersRepo();
  const devices = createDeviceTokens({ keys: [Buffer.alloc(32)] });
  const opening = createOpening({ sessions: services.sessions, activity, devices, changes: quietChanges });
  return createSignIn({
    db,
    byCode: createByCode({ withCode: createWithCode({ db, otp: services.otp }), users, opening }),
    users,
    passwords,
    lockout: createLockout({ repo: createLockoutRepo({ maxFailures: 5, windowSeconds: 900, maxSeconds: 1_800 }), devices }),
    comeBack: createComingBack({ users, sessionEnds: createSessionEndsRepo(), activity, notices: services.accountNotices }),
    opening,
    maxAgeDays: 0,
  });
}

describe('what happens while a password is being compared', () => {
  const withPassword = async (stored: string) => {
    const person = await signUp(api);
    await api.sql('UPDATE "user" SET password = $1 WHERE user_id = $2', [stored, person.userId]);
    const storedNow = async () => (await api.sql<{ password: string }>('SELECT password FROM "user" WHERE user_id = $1', [person.userId]))[0]!.password;
    const sessions = async () => (await api.sql('SELECT 1 FROM session WHERE user_id = $1', [person.userId])).length;
    return { ...person, storedNow, sessions };
  };

  it('C-19: a weaker hash is replaced when nothing does', async () => {
    const person = await withPassword('old:secret');
    await serviceDuring(async () => undefined).withPassword({ username: person.email, password: 'secret', origin });
    expect(await person.storedNow()).toBe('new:secret');
  });

  it('B-06: the password is changed: the old one does not sign in, and is not stored again', async () => {
    const person = await withPassword('old:secret');
    const service = serviceDuring(() => api.sql('UPDATE "user" SET password = $1 WHERE user_id = $2', ['new:another', person.userId]));
    await expect(service.withPassword({ username: person.email, password: 'secret', origin })).rejects.toMatchObject({ definition: { key: 'AUTH_INVALID_CREDENTIALS' } });
    expect([await person.storedNow(), await person.sessions()]).toEqual(['new:another', 1]);
  });

  it('another sign-in stores the stronger hash: both succeed', async () => {
    const person = await withPassword('old:secret');
    const service = serviceDuring(() => api.sql('UPDATE "user" SET password = $1 WHERE user_id = $2', ['new:secret', person.userId]));
    await service.withPassword({ username: person.email, password: 'secret', origin });
    expect(await person.sessions()).toBe(2);
  });

  it.each(['new:secret', 'old:secret'])('C-20: others fail too often meanwhile (%s): a right password behind them looks as theirs, and costs no further hash', async (stored) => {
    const person = await withPassword(stored);
    const attempt = (password: string) => ({ username: person.email, password, origin });
    const guesses = async () => {
      const beside = serviceDuring(async () => undefined);
      for (let failures = 0; failures < 5; failures += 1) await expect(beside.withPassword(attempt('wrong'))).rejects.toMatchObject({ definition: { status: 401 } });
    };
    let hashes = 0;
    const service = serviceDuring(guesses, () => (hashes += 1));
    await expect(service.withPassword(attempt('secret'))).rejects.toMatchObject({ definition: { key: 'AUTH_TOO_MANY_ATTEMPTS' } });
    expect([hashes, await person.storedNow(), await person.sessions()]).toEqual([0, stored, 1]);
    const entries = await api.sql<{ status_code: number }>(`SELECT status_code FROM activity_log WHERE action = 'sign_in_failed' AND target_user_id = $1 ORDER BY status_code`, [person.userId]);
    expect(entries.map(({ status_code }) => status_code)).toEqual([401, 401, 401, 401, 401, 429]);
  });

  it.each(['new:secret', 'old:secret'])('C-20: others fail too often by another name of the account (%s): a right password behind them is answered like a wrong one', async (stored) => {
    const person = await withPassword(stored);
    const [{ user_name: otherName }] = (await api.sql('SELECT user_name FROM "user" WHERE user_id = $1', [person.userId])) as [{ user_name: string }];
    const guesses = async () => {
      const beside = serviceDuring(async () => undefined);
      for (let failures = 0; failures < 5; failures += 1) await expect(beside.withPassword({ username: otherName, password: 'wrong', origin })).rejects.toMatchObject({ definition: { status: 401 } });
    };
    let hashes = 0;
    const service = serviceDuring(guesses, () => (hashes += 1));
    await expect(service.withPassword({ username: person.email, password: 'secret', origin })).rejects.toMatchObject({ definition: { key: 'AUTH_INVALID_CREDENTIALS' } });
    expect([hashes, await person.storedNow(), await person.sessions()]).toEqual([0, stored, 1]);
  });

  it('B-07: the account is suspended: no session is opened', async () => {
    const person = await withPassword('new:secret');
    const service = serviceDuring(() => api.sql(`UPDATE "user" SET status = 'SUSPENDED' WHERE user_id = $1`, [person.userId]));
    await expect(service.withPassword({ username: person.email, password: 'secret', origin })).rejects.toMatchObject({ definition: { status: 401 } });
    expect(await person.sessions()).toBe(1);
  });
});

it('C-19: beyond the hashing queue a sign-in is refused before the database is asked who is meant', async () => {
  const unasked = new Proxy({} as Database, {
    get() {
      throw new Error('the database was asked');
    },
  });
  const assertRoom = () => {
    throw new PasswordQueueFullError();
  };
  const attempt = { username: 'somebody@example.com', password: 'secret', origin };
  await expect(serviceDuring(async () => undefined, undefined, { db: unasked, assertRoom }).withPassword(attempt)).rejects.toThrow(PasswordQueueFullError);
  await expect(serviceDuring(async () => undefined, undefined, { db: unasked }).withPassword(attempt)).rejects.toThrow('the database was asked');
});
