import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CODE_KEY, codesOf, identityOf, originFrom, somebodysPhone, watched } from '../../../test/codes.js';
import { wrongCode } from '../../../test/accounts.js';
import { someone, startApi, type Api } from '../../../test/harness.js';
import type { Channel } from '../../shared/code-body.js';
import { hashIdentity } from '../../shared/identity.js';
import { hashCode } from './code-hash.js';
import type { Purpose } from './otp.repo.js';
import type { OtpServiceParts } from './otp.service.js';

let api: Api;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

const PURPOSES: Purpose[] = ['login', 'signup', 'reset', 'verify'];
const origin = originFrom();
const attempts = async (to: string, purpose: Purpose = 'any') => (await api.sql<{ attempts: number }>('SELECT attempts FROM one_time_code WHERE identity_hash = $1 AND purpose = $2', [hashIdentity(identityOf(to)), purpose]))[0]!.attempts;

async function codeOf(to: string, { purpose = 'any', channel, options }: { purpose?: Purpose; channel?: Channel; options?: Partial<OtpServiceParts['options']> } = {}) {
  const codes = codesOf(api, options ? { options } : {});
  await codes.send(to, { purpose, ...(channel && { channel }) });
  const tried = (purpose: Purpose, code = codes.sent[0]!.code) => ({ identity: identityOf(to), channel: codes.sent[0]!.channel, purpose, code, origin });
  return { ...codes, code: codes.sent[0]!.code, tried, consume: (purpose: Purpose, code?: string) => codes.otp.consume(codes.db, tried(purpose, code)) };
}

describe('C-02: a code is bound to what it was asked for', () => {
  it.each(PURPOSES.flatMap((asked) => PURPOSES.map((used) => ({ asked, used }))))('asked for $asked, used for $used', async ({ asked, used }) => {
    const { consume, otp, db, tried } = await codeOf(someone(), { purpose: asked });
    const fits = asked === used;
    expect(Boolean(await otp.prove(db, tried(used)))).toBe(fits);
    expect(await consume(used)).toBe(fits ? 'code' : undefined);
    // Tried in the wrong place, it is neither counted nor used up: the right place still takes it.
    expect(await consume(asked)).toBe(fits ? undefined : 'code');
  });

  it.each(PURPOSES)('without a purpose it works for %s, unless configuration ends that', async (used) => {
    expect(await (await codeOf(someone())).consume(used)).toBe('code');
    expect(await (await codeOf(someone(), { options: { requirePurpose: true } })).consume(used)).toBeUndefined();
  });

  it('and to its identity and channel: by sms is not by WhatsApp, and mine is not yours', async () => {
    const phone = somebodysPhone();
    const { otp, db, tried } = await codeOf(phone, { purpose: 'login' });
    expect(await otp.consume(db, { ...tried('login'), channel: 'whatsapp' })).toBeUndefined();
    expect(await otp.consume(db, { ...tried('login'), identity: identityOf(somebodysPhone()) })).toBeUndefined();
    expect(await otp.consume(db, { ...tried('login'), channel: undefined })).toBe('code');
  });
});

describe('checking a code', () => {
  it('compares with every live code of the identity, or with that of the purpose that is named', async () => {
    const email = someone();
    const codes = codesOf(api);
    for (const purpose of ['login', 'reset', 'any'] as const) await codes.send(email, { purpose });
    const check = (code: string, purpose?: Purpose) => codes.otp.check({ written: email, identity: identityOf(email), channel: 'email', purpose, code, origin }).then(() => true, () => false);
    const [login, reset, any] = codes.sent.map(({ code }) => code) as [string, string, string];
    expect([await check(login), await check(reset), await check(any)]).toEqual([true, true, true]);
    expect([await check(login, 'reset'), await check(login, 'login')]).toEqual([login === reset, true]);
  });

  it('C-03: counts every try, a right one too; after five the code is dead everywhere', async () => {
    const email = someone();
    const { otp, tried, consume, code } = await codeOf(email);
    const check = (given = code) => otp.check({ ...tried('any', given), purpose: undefined, written: 'x' }).then(() => true, () => false);
    expect([await check(), await check(wrongCode(code)), await check(), await check()]).toEqual([true, false, true, true]);
    expect(await attempts(email)).toBe(4);
    expect([await check(), await check(), await consume('login')]).toEqual([true, false, undefined]);
    expect(await attempts(email)).toBe(5);
  });

  it('a proof is not counted; what was proved is used once, and not after a newer code', async () => {
    const mine = someone();
    const { otp, db, tried, send } = await codeOf(mine, { purpose: 'reset' });
    const proven = (await otp.prove(db, tried('reset')))!;
    expect(await attempts(mine, 'reset')).toBe(0);
    expect([await otp.consumeProven(db, proven), await otp.consumeProven(db, proven)]).toEqual([true, false]);
    const email = someone();
    const other = await codeOf(email, { purpose: 'reset' });
    const older = (await other.otp.prove(db, other.tried('reset')))!;
    await send(email, { purpose: 'reset' });
    expect(await other.otp.consumeProven(db, older)).toBe(false);
  });
});

describe('C-07: a code is compared as a keyed hash', () => {
  it('no statement carries it; what is stored is an HMAC of what it is bound to', async () => {
    const { db, statements } = watched(api.context.db);
    const { otp, sent, send } = codesOf(api, { db });
    const email = someone();
    await send(email, { purpose: 'login' });
    const { code } = sent[0]!;
    await otp.check({ written: email, identity: identityOf(email), channel: 'email', purpose: 'login', code, origin });
    const expected = hashCode(CODE_KEY, { identity: identityOf(email), channel: 'email', purpose: 'login' }, code);
    const values = statements.flatMap(({ values = [] }) => values.flat());
    expect(values.filter((value) => Buffer.isBuffer(value) && value.equals(expected))).toHaveLength(2);
    expect(values.filter((value) => !Buffer.isBuffer(value) && String(value).includes(code))).toEqual([]);
    expect(expected).toHaveLength(32);
  });

  it('another key, identity, channel or purpose is another hash', () => {
    const bound = { identity: identityOf('a@example.com'), channel: 'email' as const, purpose: 'login' as const };
    const hashes = [
      hashCode(CODE_KEY, bound, '123456'),
      hashCode(Buffer.from('another'), bound, '123456'),
      hashCode(CODE_KEY, { ...bound, identity: identityOf('b@example.com') }, '123456'),
      hashCode(CODE_KEY, { ...bound, channel: 'sms' }, '123456'),
      hashCode(CODE_KEY, { ...bound, purpose: 'reset' }, '123456'),
      hashCode(CODE_KEY, bound, '123457'),
    ];
    expect(new Set(hashes.map((hash) => hash.toString('hex'))).size).toBe(6);
  });

  it('a code of a key that has been replaced still works while that key is configured', async () => {
    const old = await codeOf(someone(), { purpose: 'login' });
    const rotated = codesOf(api, { keys: [Buffer.from('a newer key'), CODE_KEY] });
    expect(await rotated.otp.consume(old.db, old.tried('login'))).toBe('code');
  });
});

describe('fixed codes of test identities', () => {
  const day = 86_400_000;
  const options = (until: number) => ({ testCodes: [{ identity: '+15550100', code: '111111' }, { identity: 'reviewer@example.com', code: '222222' }], testCodesUntil: Date.now() + until });

  it('a listed identity gets its own and no message; it is counted and used up like any other', async () => {
    const { otp, db, sent, send } = codesOf(api, { options: options(day) });
    for (const [to, code] of [['+15550100', '111111'], ['15550100', '111111'], ['Reviewer@Example.com', '222222']] as const) {
      const channel = to.includes('@') ? 'email' : 'whatsapp';
      await send(to, { channel, purpose: 'login' });
      const tried = { identity: identityOf(to), channel, purpose: 'login', origin } as const;
      expect(await otp.consume(db, { ...tried, purpose: 'reset', code })).toBeUndefined();
      for (let tries = 0; tries < 4; tries += 1) expect(await otp.consume(db, { ...tried, code: '999999' })).toBeUndefined();
      expect([await otp.consume(db, { ...tried, code }), await otp.consume(db, { ...tried, code })]).toEqual(['code', undefined]);
    }
    expect(sent).toEqual([]);
  });

  it('nobody else gets one, and after the last day nobody does', async () => {
    const before = codesOf(api, { options: options(day) });
    await before.send(someone());
    expect(before.sent).toHaveLength(1);
    const after = codesOf(api, { options: options(-1) });
    await after.send('reviewer@example.com');
    expect(after.sent).toHaveLength(1);
    expect(await after.otp.consume(after.db, { identity: identityOf('reviewer@example.com'), channel: 'email', purpose: 'login', code: '222222', origin })).toBe(after.sent[0]!.code === '222222' ? 'code' : undefined);
  });

  it('its budget is that of everybody', async () => {
    const { send } = codesOf(api, { options: { ...options(day), sendCooldownSeconds: 60 } });
    await send('+15550100', { address: 'ip:192.0.2.1', purpose: 'verify' }).catch(() => undefined);
    await expect(send('+15550100', { address: 'ip:192.0.2.1', purpose: 'verify' })).rejects.toMatchObject({ definition: { key: 'AUTH_OTP_THROTTLED' } });
  });
});

describe('the master code', () => {
  const MASTER = '90817263';
  const uses = (identity: string) => api.sql<{ level: string; status_code: number; metadata: Record<string, unknown> }>(`SELECT level, status_code, metadata FROM activity_log WHERE action = 'master_code_used' AND metadata->>'identity' = $1`, [identity]);

  it('fits every identity and purpose, also over a channel that cannot deliver; it is neither used up nor counted, and each use is an entry', async () => {
    const { otp, db, send } = codesOf(api, { channels: new Set(['email']), options: { masterCode: MASTER } });
    const [email, phone] = [`u${someone()}`, somebodysPhone()];
    await send(email, { purpose: 'login' });
    for (const purpose of PURPOSES) {
      expect(await otp.consume(db, { identity: identityOf(email), channel: 'email', purpose, code: MASTER, origin })).toBe('master');
      expect(await otp.consume(db, { identity: identityOf(phone), channel: 'sms', purpose, code: MASTER, origin })).toBe('master');
    }
    const proven = await otp.prove(db, { identity: identityOf(email), purpose: 'reset', code: MASTER, origin });
    expect([proven, await otp.consumeProven(db, proven!), await otp.consumeProven(db, proven!)]).toEqual(['master', true, true]);
    await otp.check({ written: email, identity: identityOf(email), channel: 'email', code: MASTER, origin });
    expect(await attempts(email, 'login')).toBe(0);
    const entries = await uses(`u***@example.com`);
    expect(entries).toHaveLength(PURPOSES.length + 2);
    expect(entries[0]).toEqual({ level: 'audit', status_code: 200, metadata: { identity: 'u***@example.com', channel: 'email', purpose: 'login' } });
  });

  it('of another length or one digit off it is a wrong code; an address is not reached by sms, whatever the code', async () => {
    const { otp, db, send } = codesOf(api, { channels: new Set(['email']), options: { masterCode: MASTER } });
    const email = someone();
    await send(email, { purpose: 'login' });
    for (const code of ['9081726', '90817264', '908172630', '', MASTER.slice(1)]) expect(await otp.consume(db, { identity: identityOf(email), channel: 'email', purpose: 'login', code, origin })).toBeUndefined();
    await expect(otp.consume(db, { identity: identityOf(email), channel: 'sms', purpose: 'login', code: MASTER, origin })).rejects.toMatchObject({ definition: { key: 'AUTH_CHANNEL_UNSUPPORTED' } });
  });

  it('C-01: there is none unless it is set: neither nothing nor the word for it fits', async () => {
    const { otp, db } = codesOf(api);
    for (const code of ['1408199', '123456', '654321', '', 'undefined']) expect(await otp.consume(db, { identity: identityOf(someone()), channel: 'email', purpose: 'login', code, origin })).toBeUndefined();
  });

  it('a transaction that is undone takes the entry with it', async () => {
    const { otp, db } = codesOf(api, { options: { masterCode: MASTER } });
    const email = `x${someone()}`;
    await db.transaction(async (tx) => {
      await otp.consume(tx, { identity: identityOf(email), channel: 'email', purpose: 'login', code: MASTER, origin });
      throw new Error('undone');
    }).catch(() => undefined);
    expect(await uses('x***@example.com')).toEqual([]);
  });
});
