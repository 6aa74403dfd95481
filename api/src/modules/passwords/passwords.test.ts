import { performance } from 'node:perf_hooks';
import { afterAll, describe, expect, it } from '@jest/globals';
import bcrypt from 'bcryptjs';
import { createWorkerPool, type WorkerPool } from '../../infra/worker-pool.js';
import { createPasswords, PasswordQueueFullError } from './passwords.js';

const ROUNDS = 5;
const pool = createWorkerPool({ threads: 1, maxQueue: 500 });
const passwords = createPasswords({ pool, rounds: ROUNDS });
afterAll(() => pool.close());

/** A hash as another program made it. */
const imported = (password: string, prefix = '2a', rounds = ROUNDS) => bcrypt.hashSync(password, rounds).replace(/^\$2b\$/, `$${prefix}$`);

describe('hash and verify', () => {
  it('tells the right password from a wrong one', async () => {
    const stored = await passwords.hash('correct horse');
    expect(await passwords.verify('correct horse', stored)).toEqual({ ok: true, outdated: false });
    expect(await passwords.verify('correct horsf', stored)).toEqual({ ok: false, outdated: false });
    expect(await passwords.verify('', stored)).toEqual({ ok: false, outdated: false });
  });

  it('stores bcrypt of the configured cost over a SHA-384 digest, salted', async () => {
    const [first, second] = await Promise.all([passwords.hash('x'), passwords.hash('x')]);
    expect(first).toMatch(/^\$bcrypt-sha384\$\$2b\$05\$[./A-Za-z0-9]{53}$/);
    expect(first).not.toBe(second);
    // SHA-384 of 'x', as `openssl dgst -sha384 -binary | base64` prints it.
    expect(bcrypt.compareSync('11LCxR+6DimqGQVwqdQlPkQHegWNMpf6OlYw1b0BJiL5fCisrtMTtcg7uZDKp9qF', first.slice('$bcrypt-sha384$'.length))).toBe(true);
  });

  it.each([
    ['a difference at byte 73', 'x'.repeat(72), `${'x'.repeat(72)}y`],
    ['a difference at character 1,024', `${'x'.repeat(1_023)}a`, `${'x'.repeat(1_023)}b`],
    ['what follows a NUL', 'pass\u0000word', 'pass\u0000wird'],
    ['a NUL itself', 'password\u0000', 'password'],
    ['a trailing space', 'password ', 'password'],
    ['a leading space', ' password', 'password'],
    ['a line feed', 'password\n', 'password'],
    ['emoji', 'pass🔑word', 'pass🔒word'],
    ['composed and decomposed letters', '\u00e9', 'e\u0301'],
    ['upper and lower case', 'Password', 'password'],
  ])('sees %s (C-17)', async (_what, password, other) => {
    const stored = await passwords.hash(password);
    expect(await passwords.verify(password, stored)).toEqual({ ok: true, outdated: false });
    expect(await passwords.verify(other, stored)).toEqual({ ok: false, outdated: false });
  });

  it('takes 1,024 characters of any kind, and refuses more before doing any work (C-17)', async () => {
    const idle: WorkerPool = { run: () => Promise.reject(new Error('work was done')), isFull: () => false, close: async () => undefined };
    const refusing = createPasswords({ pool: idle, rounds: ROUNDS });
    const stored = await passwords.hash('🔑'.repeat(1_024));
    expect(await passwords.verify('🔑'.repeat(1_024), stored)).toMatchObject({ ok: true });
    for (const password of ['x'.repeat(1_025), '🔑'.repeat(1_025), 'x'.repeat(1_000_000)]) {
      await expect(refusing.hash(password)).rejects.toThrow(RangeError);
      await expect(refusing.verify(password, stored)).rejects.toThrow(RangeError);
      await expect(refusing.verifyNothing(password)).rejects.toThrow(RangeError);
    }
  });

  it('refuses half of a surrogate pair in a new password, and matches none with it', async () => {
    await expect(passwords.hash('x\ud800')).rejects.toThrow(RangeError);
    const stored = await passwords.hash('x\ufffd');
    expect(await passwords.verify('x\ud800', stored)).toEqual({ ok: false, outdated: false });
  });
});

describe('imported hashes', () => {
  it.each(['2a', '2b', '2y'])('of the kind $%s$ are understood, and outdated', async (prefix) => {
    const stored = imported('old password ', prefix);
    expect(await passwords.verify('old password ', stored)).toEqual({ ok: true, outdated: true });
    expect(await passwords.verify('old password', stored)).toEqual({ ok: false, outdated: false });
  });

  it('match beyond 72 bytes as they did where they come from', async () => {
    const stored = imported('é'.repeat(40));
    expect(await passwords.verify('é'.repeat(40), stored)).toEqual({ ok: true, outdated: true });
    expect(await passwords.verify('é'.repeat(36), stored)).toEqual({ ok: true, outdated: true });
    expect(await passwords.verify('é'.repeat(35), stored)).toEqual({ ok: false, outdated: false });
  });

  it('are not matched by the digest of a password', async () => {
    const digest = '11LCxR+6DimqGQVwqdQlPkQHegWNMpf6OlYw1b0BJiL5fCisrtMTtcg7uZDKp9qF';
    expect(await passwords.verify(digest, await passwords.hash('x'))).toEqual({ ok: false, outdated: false });
    expect(await passwords.verify('x', imported(digest))).toEqual({ ok: false, outdated: false });
  });
});

describe('outdated', () => {
  it('is a hash of a lower cost than configured, but not of a higher one (C-19)', async () => {
    const weaker = createPasswords({ pool, rounds: ROUNDS - 1 });
    const stored = await weaker.hash('x');
    expect(await passwords.verify('x', stored)).toEqual({ ok: true, outdated: true });
    expect(await weaker.verify('x', await passwords.hash('x'))).toEqual({ ok: true, outdated: false });
  });
});

describe('stored values that are no hash', () => {
  it('match nothing and break nothing', async () => {
    const salt = 'a'.repeat(53);
    const garbage = ['', 'x', 'plain password', '!', '$2b$', `$2x$05$${salt}`, `$2b$5$${salt}`, `$2b$03$${salt}`, `$2b$31$${salt}`, `$2b$99$${salt}`, `$2b$05$${salt}a`, `$2b$05$${salt.slice(1)}`, `$2b$05$${'é'.repeat(53)}`, `$bcrypt-sha384$`, `$bcrypt-sha384$$bcrypt-sha384$$2b$05$${salt}`, `$argon2id$v=19$m=1$${salt}`, `$2b$05$${salt}\n`, '\u0000'];
    for (const stored of garbage) {
      for (const password of ['', 'x', 'plain password', stored]) expect(await passwords.verify(password, stored)).toEqual({ ok: false, outdated: false });
    }
  });

  it('of accounts without a password match nothing, and are told apart', async () => {
    const stored = passwords.unusable();
    expect(passwords.unusable()).not.toBe(stored);
    expect(await passwords.verify(stored, stored)).toEqual({ ok: false, outdated: false });
    expect(await passwords.verify('', stored)).toEqual({ ok: false, outdated: false });
    expect(passwords.isUnusable(stored)).toBe(true);
    expect(passwords.isUnusable(await passwords.hash('x'))).toBe(false);
    expect(passwords.isUnusable(imported('x'))).toBe(false);
  });
});

describe('time (C-10)', () => {
  /** The bcrypt rounds that a call causes, in units of 2^cost, told by what the worker is handed. */
  async function workOf(act: (spied: ReturnType<typeof createPasswords>) => Promise<unknown>): Promise<object[]> {
    const tasks: object[] = [];
    const spy: WorkerPool = { run: (task) => pool.run((tasks.push(task as object), task)), isFull: () => false, close: async () => undefined };
    await act(createPasswords({ pool: spy, rounds: ROUNDS }));
    return tasks;
  }

  it('is the same for an unknown account, an account without a password, garbage and a wrong password', async () => {
    const stored = await passwords.hash('x');
    const shape = { kind: 'compare', text: expect.stringMatching(/^.{64}$/), stored: expect.stringMatching(/^\$2b\$05\$/), rounds: ROUNDS };
    expect(await workOf((spied) => spied.verify('wrong', stored))).toEqual([shape]);
    expect(await workOf((spied) => spied.verifyNothing('wrong'))).toEqual([shape]);
    expect(await workOf((spied) => spied.verify('wrong', spied.unusable()))).toEqual([shape]);
    expect(await workOf((spied) => spied.verify('wrong', 'garbage'))).toEqual([shape]);
  });

  it('of a refusal does not tell a weaker, imported hash from a current one', async () => {
    const strong = createPasswords({ pool, rounds: 10 });
    const weak = imported('x', '2a', 6);
    const current = await strong.hash('x');
    const cost = async (stored: string) => {
      const before = process.cpuUsage();
      for (let round = 0; round < 2; round += 1) await strong.verify('wrong', stored);
      return process.cpuUsage(before).user;
    };
    await cost(current);
    // The cheapest of each: whatever else the process does in one of them is not in all.
    const costs = [];
    for (let round = 0; round < 3; round += 1) costs.push({ weak: await cost(weak), current: await cost(current) });
    const ratio = Math.min(...costs.map((each) => each.weak)) / Math.min(...costs.map((each) => each.current));
    // Without the balance, the weak one would cost a sixteenth.
    expect(ratio).toBeGreaterThan(0.33);
    expect(ratio).toBeLessThan(3);
  });
});

describe('load (C-19)', () => {
  it('leaves the event loop free while passwords are hashed', async () => {
    let ticks = 0;
    const timer = setInterval(() => (ticks += 1), 5);
    const slow = createPasswords({ pool, rounds: 9 });
    await slow.hash('warm up');
    ticks = 0;
    const before = performance.eventLoopUtilization();
    await Promise.all(Array.from({ length: 20 }, (_, index) => slow.hash(`password ${index}`)));
    const { utilization } = performance.eventLoopUtilization(before);
    clearInterval(timer);
    expect(ticks).toBeGreaterThan(10);
    // Hashing on the loop itself would keep it busy all the time. What others take of the core counts as its own.
    expect(utilization).toBeLessThan(0.9);
  });

  it('has a bounded queue, and says so when it is full', async () => {
    const small = createWorkerPool({ threads: 1, maxQueue: 1 });
    const busy = createPasswords({ pool: small, rounds: ROUNDS });
    expect(() => busy.assertRoom()).not.toThrow();
    const taken = [busy.hash('a'), busy.verifyNothing('b')];
    expect(() => busy.assertRoom()).toThrow(PasswordQueueFullError);
    await expect(busy.hash('c')).rejects.toBeInstanceOf(PasswordQueueFullError);
    await expect(busy.verify('c', 'garbage')).rejects.toMatchObject({ name: 'PasswordQueueFullError', retryAfterSeconds: 2 });
    await Promise.all(taken);
    await small.close();
  });
});

it('puts no password into the errors of a broken worker', async () => {
  const closed = createWorkerPool({ threads: 1 });
  await closed.close();
  const failure = await createPasswords({ pool: closed, rounds: ROUNDS }).hash('hunter2').catch((error: unknown) => error);
  expect(String((failure as Error).stack)).not.toContain('hunter2');
});
