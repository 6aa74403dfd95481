import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { startMessages, type MessagesServer } from '../../../test/messages.js';
import { until } from '../../../test/until.js';
import { SendError } from '../../infra/send-error.js';
import type { Senders } from '../../infra/senders.js';
import type { MessageRef } from './delivery.repo.js';

let server: MessagesServer;
/** What the provider does with each message that reaches it. */
let provider: (to: string) => Promise<void>;
let asked: string[];

const senders: Senders = {
  sms: {
    async send({ to }) {
      asked.push(to);
      await provider(to);
    },
    async close() {},
  },
};
const code = (change = {}) => ({ channel: 'sms' as const, to: '+96550000001', code: '042137', language: 'en' as const, expiresAt: new Date(Date.now() + 600_000), minutes: 10, ...change });
const fresh = (): MessageRef => ({ id: randomUUID(), kind: 'one_time_code', channel: 'sms' });
const send = () => senders.sms!.send({ id: 'x', to: '+96550000001', text: 'hello' });
const fails = (outcome: 'refused' | 'not_taken' | 'unknown', reason: string) => () => Promise.reject(new SendError(outcome, reason));
const tries = { most: 3, isLastRun: false };
const errors = (of = server) => of.logger.lines.filter(({ level }) => level === 'error');
const never = () => new Promise<void>(() => undefined);

beforeEach(async () => {
  asked = [];
  provider = async () => undefined;
  server = await startMessages({ senders });
});
afterEach(() => server.close());

const settled = async (...states: string[]) => until(async () => JSON.stringify((await server.rows()).map(({ state }) => state).sort()) === JSON.stringify(states.sort()), 40_000);

describe('F13: what becomes of a message', () => {
  it('taken: it is sent, once', async () => {
    await server.messages.sendOneTimeCode(server.db, code());
    await settled('sent');
    expect(await server.rows()).toEqual([{ kind: 'one_time_code', channel: 'sms', state: 'sent', attempts: 1, reason: null }]);
    expect(asked).toHaveLength(1);
    expect([await server.reports(), errors()]).toEqual([[], []]);
  });

  it('refused: it is reported, and not tried again', async () => {
    provider = fails('refused', 'TWILIO_21211');
    await server.messages.sendOneTimeCode(server.db, code());
    await settled('failed');
    await until(async () => (await server.db.query({ text: 'SELECT 1 FROM graphile_worker._private_jobs' })).rows.length === 0, 30_000);
    expect(asked).toHaveLength(1);
    expect(await server.reports()).toEqual([{ message_id: expect.any(String), kind: 'one_time_code', channel: 'sms', reason: 'TWILIO_21211' }]);
    expect(errors()).toMatchObject([{ message: 'A message was not delivered', fields: { channel: 'sms', reason: 'TWILIO_21211' } }]);
  });

  it.each([
    ['left without an answer', fails('unknown', 'ANSWER_TIMEOUT'), 'ANSWER_TIMEOUT'],
    ['failed in a way nobody foresaw', () => Promise.reject(new TypeError('what?')), 'UNEXPECTED'],
  ])('%s: it is reported, and never sent again', async (_name, behaviour, reason) => {
    provider = behaviour;
    await server.messages.sendOneTimeCode(server.db, code());
    await settled('unknown');
    await until(async () => (await server.db.query({ text: 'SELECT 1 FROM graphile_worker._private_jobs' })).rows.length === 0, 30_000);
    expect(asked).toHaveLength(1);
    expect(await server.reports()).toMatchObject([{ reason }]);
    expect(errors()).toMatchObject([{ message: 'Nobody can tell whether a message was delivered' }]);
  });

  it('not taken: it is tried again, and sent', async () => {
    provider = async () => {
      if (asked.length === 1) throw new SendError('not_taken', 'HTTP_429');
    };
    await server.messages.sendOneTimeCode(server.db, code());
    await settled('sent');
    expect(await server.rows()).toMatchObject([{ attempts: 2, reason: null }]);
    expect(asked).toHaveLength(2);
  });

  it('not taken three times: it is reported, and not tried a fourth time', async () => {
    provider = fails('not_taken', 'ECONNREFUSED');
    await server.messages.sendOneTimeCode(server.db, code());
    await settled('failed');
    await until(async () => (await server.db.query({ text: 'SELECT 1 FROM graphile_worker._private_jobs' })).rows.length === 0, 30_000);
    expect(asked).toHaveLength(3);
    expect(await server.rows()).toMatchObject([{ attempts: 3, reason: 'ECONNREFUSED' }]);
    expect(await server.reports()).toHaveLength(1);
  });

  it('its time passes: it is not sent, and that is reported', async () => {
    await server.messages.sendOneTimeCode(server.db, code({ expiresAt: new Date(Date.now() - 1) }));
    await settled('failed');
    expect(asked).toEqual([]);
    expect(await server.reports()).toMatchObject([{ reason: 'EXPIRED' }]);
  });

  it('nothing that is recorded or logged says to whom or what', async () => {
    provider = fails('refused', 'HTTP_400');
    await server.messages.sendOneTimeCode(server.db, code());
    await settled('failed');
    const { rows } = await server.db.query({ text: 'SELECT d::text, (SELECT string_agg(a::text, $1) FROM activity_log a) AS log FROM message_delivery d', values: ['\n'] });
    // Without the fractions of seconds, six random digits.
    expect(JSON.stringify([rows, server.logger.lines]).replace(/\.\d+/g, '')).not.toMatch(/96550000001|042137/);
  });
});

describe('F13: no message leaves twice', () => {
  it('fifty workers with the same message send it once', async () => {
    const other = await startMessages({ senders, beside: server, started: false });
    const message = fresh();
    await Promise.all(Array.from({ length: 50 }, (_, index) => (index % 2 ? server : other).delivery.deliver(message, tries, send)));
    expect(asked).toHaveLength(1);
    await other.close();
  });

  it('a worker that dies with a message in its hands: another does not send it again, and reports it', async () => {
    provider = never;
    const dying = await startMessages({ senders, jobs: { drainSeconds: 0.1, leaseSeconds: 1 } });
    await dying.messages.sendOneTimeCode(dying.db, code());
    await until(() => asked.length === 1, 30_000);
    await dying.jobs.close();
    const heir = await startMessages({ senders, beside: dying, jobs: { leaseSeconds: 1 } });
    await until(async () => (await heir.rows())[0]?.state === 'unknown', 30_000);
    expect(asked).toHaveLength(1);
    expect(await heir.reports()).toMatchObject([{ reason: 'WORKER_DIED' }]);
    // The line follows the commit.
    await until(() => errors(heir).length > 0, 30_000);
    expect(errors(heir)).toHaveLength(1);
    await heir.close();
    await dying.close();
  });

  it('a worker that was only taken for dead has the last word', async () => {
    let answer = (): void => undefined;
    provider = () => new Promise((resolve) => (answer = resolve));
    const message = fresh();
    const slow = server.delivery.deliver(message, tries, send);
    await until(() => asked.length === 1, 30_000);
    await server.delivery.deliver(message, tries, send);
    expect(await server.rows()).toMatchObject([{ state: 'unknown', reason: 'WORKER_DIED' }]);
    answer();
    await slow;
    expect(await server.rows()).toMatchObject([{ state: 'sent', reason: null }]);
    expect(asked).toHaveLength(1);
  });

  it('what was sent, failed or unknown stays so', async () => {
    for (const state of ['sent', 'failed', 'unknown']) {
      const message = fresh();
      await server.db.query({ text: `INSERT INTO message_delivery (message_id, kind, channel, state) VALUES ($1, 'one_time_code', 'sms', $2)`, values: [message.id, state] });
      await server.delivery.deliver(message, tries, send);
      await server.delivery.expire(message);
      expect((await server.db.query({ text: 'SELECT state FROM message_delivery WHERE message_id = $1', values: [message.id] })).rows).toEqual([{ state }]);
    }
    expect([asked, await server.reports()]).toEqual([[], []]);
  });

  it('an outcome that the database cannot take yet is kept in hand', async () => {
    let failures = 2;
    const other = await startMessages({
      senders,
      beside: server,
      started: false,
      repo: (repo) => ({ ...repo, move: (...move) => (failures-- > 0 ? Promise.reject(new Error('the database is away')) : repo.move(...move)) }),
    });
    await other.delivery.deliver(fresh(), tries, send);
    expect(await server.rows()).toMatchObject([{ state: 'sent' }]);
    expect(asked).toHaveLength(1);
    await other.close();
  });

  it('nothing is sent that could not be written down before', async () => {
    const other = await startMessages({ senders, beside: server, started: false, repo: (repo) => ({ ...repo, begin: () => Promise.reject(new Error('the database is away')) }) });
    await expect(other.delivery.deliver(fresh(), tries, send)).rejects.toThrow('away');
    expect(asked).toEqual([]);
    await other.close();
  });
});

describe('what is left behind', () => {
  const leave = (state: string, age: string) => server.db.query({ text: `INSERT INTO message_delivery (message_id, kind, channel, state, created_at, changed_at) VALUES (gen_random_uuid(), 'one_time_code', 'sms', $1, now() - $2::interval, now() - $2::interval)`, values: [state, age] });

  it('a try without an end whose job is gone is reported by the next message', async () => {
    await leave('sending', '16 minutes');
    await leave('sending', '14 minutes');
    await server.delivery.deliver(fresh(), tries, send);
    expect((await server.rows()).map(({ state }) => state)).toEqual(['unknown', 'sending', 'sent']);
    expect(await server.reports()).toMatchObject([{ reason: 'WORKER_DIED' }]);
  });

  it('an expired message that was never answered for is unknown, not failed', async () => {
    const message = fresh();
    void server.delivery.deliver(message, tries, never);
    await until(async () => (await server.rows()).length === 1, 30_000);
    await server.delivery.expire(message);
    expect(await server.rows()).toMatchObject([{ state: 'unknown', reason: 'WORKER_DIED' }]);
  });

  it('messages older than thirty days are forgotten', async () => {
    await leave('sent', '31 days');
    await leave('failed', '29 days');
    await server.delivery.deliver(fresh(), tries, send);
    expect((await server.rows()).map(({ state }) => state)).toEqual(['failed', 'sent']);
  });
});
