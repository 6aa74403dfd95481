import { randomInt } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { quietChanges } from '../../../test/quiet-changes.js';
import { someone, startTwo, type Api } from '../../../test/harness.js';
import { readIdentity } from '../../shared/identity.js';
import type { RequestOrigin } from '../../shared/principal.js';
import { createActivityRepo } from '../activity/activity.repo.js';
import { createActivityService } from '../activity/activity.service.js';
import { createBudgetsRepo } from '../budgets/budgets.repo.js';
import { createDeviceTokens } from '../devices/device-tokens.js';
import type { Acceptance } from '../invitations/acceptance.js';
import type { Channel, CodeKind } from '../otp/otp.service.js';
import type { WithCode } from '../otp/with-code.js';
import { createPasswords } from '../passwords/passwords.js';
import { createUsersRepo } from '../users/users.repo.js';
import { createByCode } from './by-code.js';
import { createOpening } from './opening.js';
import { createSignUp } from './sign-up.service.js';

let workers: [Api, Api];
beforeAll(async () => {
  workers = await startTwo();
});
afterAll(() => workers[0].close());

const origin: RequestOrigin = { requestId: 'request-1', ip: '127.0.0.1', address: 'ip:127.0.0.1', userAgent: undefined, origin: undefined, method: 'POST', endpoint: '/', sessionId: undefined, elapsedMs: () => 0 };

/** What invitations bring about is tried beside them. */
const nobodyIsInvited: Acceptance = { isInvited: async () => false, standInLine: async () => undefined, use: async () => undefined, give: async () => undefined };

/** Any code is right here: what is tried is what comes after it. */
function signUp(written: string, { channel = 'email', used = 'code', worker = 0, address = origin.address, isNameFree }: { channel?: Channel; used?: CodeKind; worker?: 0 | 1; address?: string; isNameFree?: () => boolean } = {}) {
  const { db, services } = workers[worker].context;
  const repo = createUsersRepo();
  const users = isNameFree ? { ...repo, isUserNameTaken: async () => !isNameFree() } : repo;
  const activity = createActivityService({ repo: createActivityRepo(), readUserAgent: () => ({ device: null, browser: null, os: null }) });
  const opening = createOpening({ sessions: services.sessions, activity, devices: createDeviceTokens({ keys: [Buffer.alloc(32)] }), changes: quietChanges });
  const withCode: WithCode = (_tried, { proceed }) => db.transaction((tx) => proceed(tx, used));
  const passwords = createPasswords({ pool: { run: () => Promise.reject(new Error('nothing is hashed')), isFull: () => false, close: () => Promise.resolve() }, rounds: 4 });
  const create = createSignUp({ byCode: createByCode({ withCode, users, opening }), users, passwords, budgets: createBudgetsRepo(), opening, acceptance: nobodyIsInvited, signUpsPerHour: 1_000_000 });
  return create({ identity: readIdentity(written)!, written, channel, code: '123456', origin: { ...origin, address } });
}

const taken = { answer: { definition: { key: 'AUTH_USER_ALREADY_EXISTS' } } };
let numbers = 0;
const newNumber = () => `+4915112${String((numbers += 1)).padStart(6, '0')}`;
const sql: Api['sql'] = (text, values) => workers[0].sql(text, values);
const groupsOf = (userId: string) => sql<{ codename: string }>('SELECT codename FROM "group" JOIN user_group USING (group_id) WHERE user_id = $1', [userId]).then((rows) => rows.map(({ codename }) => codename));

describe('who signs up by phone', () => {
  it('has the number as E.164 for look-ups, and as clients know it (REFERENCE §9.5)', async () => {
    const [bySms, byWhatsApp, plain] = [newNumber(), newNumber(), newNumber()];
    const answers = [await signUp(bySms, { channel: 'sms' }), await signUp(byWhatsApp, { channel: 'whatsapp' }), await signUp(plain.slice(1), { channel: 'sms' })];
    const shown = answers.map(({ answer: { user } }) => [user.phone_number, user.user_name, user.auth_type, user.is_phone_verified, user.is_email_verified, user.email]);
    expect(shown).toEqual([
      [{ phone: bySms }, bySms.slice(1), 'phone', true, false, null],
      [{ phone: byWhatsApp.slice(1) }, byWhatsApp.slice(1), 'phone', true, false, null],
      [{ phone: plain.slice(1) }, plain.slice(1), 'phone', true, false, null],
    ]);
    expect(await sql('SELECT phone_e164 FROM "user" WHERE user_id = ANY($1) ORDER BY created_at', [answers.map(({ answer }) => answer.user.user_id)])).toEqual([bySms, byWhatsApp, plain].map((number) => ({ phone_e164: number })));
  });

  it('C-12: is the same account by sms and whatsapp, with and without the plus, with spaces around and with a trunk zero', async () => {
    const number = newNumber();
    await signUp(number, { channel: 'sms' });
    for (const [written, channel] of [[number, 'whatsapp'], [number.slice(1), 'sms'], [` ${number} `, 'sms'], [number.replace('+49', '+490'), 'sms']] as const) {
      await expect(signUp(written, { channel })).rejects.toMatchObject(taken);
    }
  });

  it('C-11: a number that ends or begins like another is another account', async () => {
    const number = newNumber();
    const longer = await signUp(`${number}1`, { channel: 'sms' });
    const shorter = await signUp(number, { channel: 'sms' });
    expect(shorter.answer.user.user_id).not.toBe(longer.answer.user.user_id);
  });
});

describe('C-12: who signs up by e-mail', () => {
  it('is the same account in any capitals and with spaces around; what was typed is kept', async () => {
    const email = `Ada.${someone()}`;
    const { answer } = await signUp(email);
    expect(answer.user.email).toBe(email);
    for (const written of [email.toUpperCase(), email.toLowerCase(), ` ${email} `]) await expect(signUp(written)).rejects.toMatchObject(taken);
  });

  it.each(['ａda@example.com', 'аda@example.com', 'ada@exämple.com', 'ada@example。com', 'ada\u200b@example.com', '"ada"@example.com'])('%s is no address: letters that look like others make no second account', (written) => expect(readIdentity(written)).toBeUndefined());
});

describe('a user name', () => {
  it('that somebody has gets a number, also where it differs in capitals alone', async () => {
    const local = `ada${randomInt(1e9)}`;
    const names: (string | null)[] = [];
    for (const written of [`${local}@a.example`, `${local.toUpperCase()}@b.example`, `${local}@c.example`]) names.push((await signUp(written)).answer.user.user_name);
    expect(names).toEqual([local, expect.stringMatching(new RegExp(`^${local.toUpperCase()}-\\d+$`)), expect.stringMatching(new RegExp(`^${local}-\\d+$`))]);
  });

  it('G-13: is given once, to fifty who want it at once over two workers, in whatever capitals', async () => {
    const local = `eve${randomInt(1e9)}`;
    const variants = Array.from({ length: 50 }, (_, index) => [...local].map((letter, at) => ((index >> at) & 1 ? letter.toUpperCase() : letter)).join(''));
    // Each from an address of its own: one address's sign-ups stand in line as it is.
    const answers = await Promise.all(variants.map((name, index) => signUp(`${name}@${index}.example`, { worker: index % 2 ? 1 : 0, address: `ip:192.0.2.${index}` })));
    const names = answers.map(({ answer }) => answer.user.user_name!.toLowerCase());
    expect(new Set(names).size).toBe(50);
    expect(names.filter((name) => name === local)).toHaveLength(1);
  });
});

describe('where every name is taken', () => {
  it('a few are tried, and no account is made', async () => {
    const [free, none] = [someone(), someone()];
    let tries = 0;
    await signUp(free, { isNameFree: () => (tries += 1) === 8 });
    expect(tries).toBe(8);
    tries = 0;
    await expect(signUp(none, { isNameFree: () => (tries += 1) > 8 })).rejects.toMatchObject({ answer: { definition: { key: 'AUTH_SIGNUP_FAILED', code: 1203, status: 400 } } });
    expect(tries).toBe(8);
    expect(await sql('SELECT email FROM "user" WHERE email = ANY ($1)', [[free, none]])).toEqual([{ email: free }]);
  });
});

describe('the group of a new account', () => {
  it('is user, and with the master code super_admin (API.md §5)', async () => {
    expect(await groupsOf((await signUp(someone())).answer.user.user_id)).toEqual(['user']);
    expect(await groupsOf((await signUp(someone(), { used: 'master' })).answer.user.user_id)).toEqual(['super_admin']);
  });
});

describe('C-13: the password of a new account', () => {
  it('is none: what is stored is no hash, and no two are alike', async () => {
    const people = [(await signUp(someone())).answer.user.user_id, (await signUp(newNumber(), { channel: 'sms' })).answer.user.user_id];
    const stored = (await sql<{ password: string }>('SELECT password FROM "user" WHERE user_id = ANY($1)', [people])).map(({ password }) => password);
    expect(stored.every((password) => password.startsWith('!'))).toBe(true);
    expect(new Set(stored).size).toBe(2);
  });
});
