import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { startMessages, type MessagesServer } from '../../../test/messages.js';
import { until } from '../../../test/until.js';
import { SendError, type SendOutcome } from '../../infra/send-error.js';
import { FAILURES_TO_OPEN } from './circuit.repo.js';

let server: MessagesServer;
let asked: number;
let failure: SendError | undefined;

const send = async (): Promise<void> => {
  asked += 1;
  if (failure) throw failure;
};
beforeEach(async () => {
  [asked, failure] = [0, undefined];
  server = await startMessages({ senders: { sms: { send, close: async () => undefined } } });
});
afterEach(() => server.close());

const deliver = (channel: 'sms' | 'email' = 'sms') => server.delivery.deliver({ id: randomUUID(), kind: 'one_time_code', channel }, { most: 1, isLastRun: false }, send);
const failTimes = async (count: number, outcome: SendOutcome = 'not_taken') => {
  failure = new SendError(outcome, 'ECONNREFUSED');
  for (let time = 0; time < count; time += 1) await deliver();
};
const downSeconds = () => server.circuit.isDown(server.db, 'sms');
/** The rest is over. */
const pass = () => server.db.query({ text: `UPDATE delivery_channel SET down_until = now() - interval '1 millisecond'` });
const open = () => failTimes(FAILURES_TO_OPEN);

describe('a channel', () => {
  it('works until it has failed five times in a row, and then rests for half a minute', async () => {
    expect(await downSeconds()).toBe(0);
    await failTimes(FAILURES_TO_OPEN - 1);
    expect(await downSeconds()).toBe(0);
    await failTimes(1);
    expect(await downSeconds()).toBeGreaterThan(0);
    expect(await downSeconds()).toBeLessThanOrEqual(30);
    // By the clock of the database alone, whatever has gone by since.
    expect(server.logger.lines).toContainEqual({ level: 'warn', message: 'A message channel is down and rests', fields: { channel: 'sms', seconds: 30, reason: 'ECONNREFUSED' } });
    expect(await server.circuit.isDown(server.db, 'email')).toBe(0);
  });

  it('starts anew with each message that is taken', async () => {
    await failTimes(FAILURES_TO_OPEN - 1);
    failure = undefined;
    await deliver();
    await failTimes(FAILURES_TO_OPEN - 1);
    expect(await downSeconds()).toBe(0);
  });

  it('is down too when messages leave and no answer comes', async () => {
    await failTimes(FAILURES_TO_OPEN, 'unknown');
    expect(await downSeconds()).toBeGreaterThan(0);
  });

  it('is not down because messages are refused: a stranger could bring that about', async () => {
    await failTimes(FAILURES_TO_OPEN * 2, 'refused');
    failure = new SendError('not_taken', 'SMTP_450', { sparesChannel: true });
    for (let time = 0; time < FAILURES_TO_OPEN * 2; time += 1) await deliver();
    expect(await downSeconds()).toBe(0);
  });

  it('is not tried while it rests', async () => {
    await open();
    asked = 0;
    await expect(deliver()).rejects.toMatchObject({ name: 'ChannelDownError', postponeSeconds: expect.any(Number) });
    expect(asked).toBe(0);
  });

  it('is tried by the next message after its rest, and works again when that is taken', async () => {
    await open();
    await pass();
    expect(await downSeconds()).toBe(0);
    failure = undefined;
    await deliver();
    expect((await server.db.query({ text: 'SELECT failures, down_until FROM delivery_channel' })).rows).toEqual([{ failures: 0, down_until: null }]);
    expect(server.logger.lines.some(({ message }) => message === 'A message channel works again')).toBe(true);
  });

  it('rests twice as long each time, and never longer than five minutes', async () => {
    await open();
    const rests: number[] = [];
    for (let time = 0; time < 12; time += 1) {
      await pass();
      await failTimes(1);
      rests.push(await downSeconds());
    }
    expect(rests.slice(0, 5).map((seconds) => Math.ceil(seconds / 30) * 30)).toEqual([60, 120, 240, 300, 300]);
    expect(rests.at(-1)).toBeLessThanOrEqual(300);
  });

  it('rests no longer because fifty messages that were under way fail too', async () => {
    await Promise.all(Array.from({ length: 50 }, () => server.circuit.failed(server.db, 'sms', 'ECONNREFUSED')));
    expect(await downSeconds()).toBeLessThanOrEqual(30);
    expect((await server.db.query({ text: 'SELECT failures FROM delivery_channel' })).rows).toEqual([{ failures: FAILURES_TO_OPEN }]);
  });
});

it('a message waits for its channel without using up a try, and leaves when it works again', async () => {
  await open();
  // A longer rest than its own half minute, so that it is not over before the message has been looked at.
  await server.db.query({ text: `UPDATE delivery_channel SET down_until = now() + interval '5 minutes'` });
  asked = 0;
  const code = { channel: 'sms' as const, to: '+96550000001', code: '042137', language: 'en' as const, expiresAt: new Date(Date.now() + 600_000), minutes: 10 };
  await server.messages.sendOneTimeCode(server.db, code);
  const job = async () => (await server.db.query<{ attempts: number; wait: number; free: boolean }>({ text: 'SELECT attempts, extract(epoch FROM run_at - now())::int AS wait, locked_at IS NULL AS free FROM graphile_worker._private_jobs' })).rows[0];
  await until(async () => (await job())?.free === true && (await job())!.wait > 5, 30_000);
  expect(await job()).toMatchObject({ attempts: 0 });
  expect((await job())!.wait).toBeGreaterThan(200);
  expect((await job())!.wait).toBeLessThanOrEqual(301);
  expect(asked).toBe(0);
  [failure] = [undefined];
  await pass();
  await server.db.query({ text: 'UPDATE graphile_worker._private_jobs SET run_at = now()' });
  await until(async () => (await server.rows()).some(({ state, attempts }) => state === 'sent' && attempts === 1), 30_000);
  expect(asked).toBe(1);
});
