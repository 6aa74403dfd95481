import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { codesOf, OPTIONS, somebodysPhone, watched, type SentCode } from '../../../test/codes.js';
import { someone, startTwo, type Api } from '../../../test/harness.js';
import { createBudgetsRepo } from '../budgets/budgets.repo.js';
import { createMayText } from './may-text.js';
import type { OtpServiceParts } from './otp.service.js';
import { createSendBudgets } from './send-budgets.js';

let api: Api;
let other: Api;
beforeAll(async () => {
  // A thousand requests wait for twenty connections: on a busy machine longer than anybody should.
  [api, other] = await startTwo({ env: { DB_POOL_CONNECTION_TIMEOUT: '60000', DB_STATEMENT_TIMEOUT: '60000' } });
});
afterAll(() => api.close());
beforeEach(() => api.sql('TRUNCATE throttle'));

type Options = Partial<OtpServiceParts['options']>;
const onBoth = (options: Options) => [codesOf(api, { options }), codesOf(other, { options })] as const;
type Outcome = { sent: true } | { sent: false; key: string; seconds: number; header: string };
const outcomeOf = (sending: Promise<void>): Promise<Outcome> =>
  sending.then(
    () => ({ sent: true as const }),
    ({ definition, details, headers }) => ({ sent: false as const, key: definition?.key, seconds: details?.retry_after, header: headers?.['Retry-After'] }),
  );
/** Sends over both workers at once. */
const burst = (options: Options, requests: readonly { to: string; channel?: SentCode['channel']; address?: string }[]) => {
  const workers = onBoth(options);
  return Promise.all(requests.map(({ to, ...request }, index) => outcomeOf(workers[index % 2]!.send(to, request))));
};
const many = <T>(count: number, make: (index: number) => T): T[] => Array.from({ length: count }, (_, index) => make(index));
const sentOf = (outcomes: readonly Outcome[]) => outcomes.filter(({ sent }) => sent).length;
const refusals = (outcomes: readonly Outcome[]) => outcomes.filter((outcome): outcome is Outcome & { sent: false } => !outcome.sent);
const hits = async () => Object.fromEntries((await api.sql<{ bucket: string; hits: number }>('SELECT bucket, sum(hits)::int AS hits FROM throttle GROUP BY bucket')).map(({ bucket, hits }) => [bucket, hits]));

describe('C-23: budgets on sending, over two workers', () => {
  it('an address gets so many an hour, whatever the identities: of a burst with a thousand numbers, what the budget leaves', async () => {
    const outcomes = await burst({ sendMaxPerHourPerAddress: 30 }, many(1_000, () => ({ to: somebodysPhone() })));
    expect(sentOf(outcomes)).toBe(30);
    expect(new Set(refusals(outcomes).map(({ key }) => key))).toEqual(new Set(['AUTH_OTP_THROTTLED']));
    expect(await hits()).toEqual({ otp_send: 30, otp_send_address: 30, otp_send_country: 30, otp_send_phones: 30 });
    // Another address has its own.
    expect(sentOf(await burst({ sendMaxPerHourPerAddress: 30 }, [{ to: somebodysPhone(), address: 'ip:192.0.2.1' }]))).toBe(1);
  });

  it('a country gets so many a day by sms and WhatsApp together, whoever asks, and another country has its own', async () => {
    const german = await burst({ phoneMaxPerDayPerCountry: 7 }, many(50, (index) => ({ to: somebodysPhone('49'), address: `ip:192.0.2.${index}`, channel: index % 3 ? 'sms' : 'whatsapp' })));
    expect(sentOf(german)).toBe(7);
    expect(sentOf(await burst({ phoneMaxPerDayPerCountry: 7 }, many(10, () => ({ to: somebodysPhone('1') }))))).toBe(7);
    for (const { seconds, header } of refusals(german)) expect([seconds > 86_000 && seconds <= 86_400, header]).toEqual([true, String(seconds)]);
  });

  it('a number gets ten notices a day, out of what is there for codes', async () => {
    const mayText = [api, other].map(({ context: { db } }) => createMayText({ db, sendBudgets: createSendBudgets({ budgets: createBudgetsRepo(), options: { ...OPTIONS, phoneMaxPerDayPerCountry: 12 } }) }));
    const [one, two] = [somebodysPhone('49'), somebodysPhone('49')];
    const told = async (phone: string) => (await Promise.all(many(30, (index) => mayText[index % 2]!(phone)))).filter(Boolean).length;
    expect([await told(one), await told(two)]).toEqual([10, 2]);
    // What was refused has taken nothing.
    expect(await hits()).toEqual({ notice_send: 12, otp_send_country: 12, otp_send_phones: 12 });
    expect(sentOf(await burst({ phoneMaxPerDayPerCountry: 12 }, [{ to: somebodysPhone('49') }]))).toBe(0);
  });

  it('and all countries together so many', async () => {
    const outcomes = await burst({ phoneMaxPerDay: 9 }, many(50, (index) => ({ to: somebodysPhone(index % 2 ? '49' : '1'), address: `ip:192.0.2.${index}` })));
    expect(sentOf(outcomes)).toBe(9);
    // E-mail costs nothing by the piece.
    expect(sentOf(await burst({ phoneMaxPerDay: 9 }, many(10, () => ({ to: someone() }))))).toBe(10);
  });

  it('zero sends none', async () => {
    for (const options of [{ phoneMaxPerDay: 0 }, { phoneMaxPerDayPerCountry: 0 }]) expect(refusals(await burst(options, [{ to: somebodysPhone() }]))).toEqual([{ sent: false, key: 'AUTH_OTP_THROTTLED', seconds: 86_400, header: '86400' }]);
  });

  it('when one refuses, the others take back what they gave, and nothing is stored or sent', async () => {
    const codes = codesOf(api, { options: { phoneMaxPerDay: 1 } });
    const [first, second] = [somebodysPhone(), somebodysPhone('1')];
    await codes.send(first);
    await expect(codes.send(second)).rejects.toMatchObject({ definition: { key: 'AUTH_OTP_THROTTLED' } });
    expect(await hits()).toEqual({ otp_send: 1, otp_send_address: 1, otp_send_country: 1, otp_send_phones: 1 });
    expect(codes.sent.map(({ to }) => to)).toEqual([first]);
  });

  it('two hundred at once for the same and for different budgets never wait for each other in a circle', async () => {
    const phones = many(5, (index) => somebodysPhone(index % 2 ? '49' : '1'));
    const workers = [api, other].map((worker) => watched(worker.context.db));
    const senders = workers.map(({ db }) => codesOf(api, { db }));
    const outcomes = await Promise.all(many(200, (index) => outcomeOf(senders[index % 2]!.send(phones[index % 5]!, { address: `ip:192.0.2.${index % 3}` }))));
    expect(sentOf(outcomes)).toBe(200);
    expect(workers.map(({ runs }) => runs())).toEqual([100, 100]);
    expect(await hits()).toEqual({ otp_send: 200, otp_send_address: 200, otp_send_country: 200, otp_send_phones: 200 });
  });

  it('fifty requests for one identity at once send one within the cool-down', async () => {
    const to = somebodysPhone();
    expect(sentOf(await burst({ sendCooldownSeconds: 60 }, many(50, (index) => ({ to, address: `ip:192.0.2.${index}` }))))).toBe(1);
  });
});

describe('C-04: what has been counted stays counted', () => {
  it('over new codes, other spellings, channels and purposes, and an emptied Redis', async () => {
    const [worker, second] = onBoth({ sendMaxPerHour: 4 });
    const phone = somebodysPhone();
    await worker.send(phone, { purpose: 'login' });
    await second.send(phone.slice(1), { channel: 'whatsapp' });
    const redis = new Redis(api.context.config.redisUrl!);
    // Its own database alone: in the others are the mails of the tests that run beside this one.
    await redis.flushdb();
    redis.disconnect();
    await worker.send(` ${phone}`, { purpose: 'reset' });
    await second.send(phone);
    await expect(worker.send(phone, { purpose: 'verify' })).rejects.toMatchObject({ definition: { key: 'AUTH_OTP_THROTTLED', status: 429 } });
  });

  it('a window that is over begins anew', async () => {
    const { send } = codesOf(api, { options: { sendMaxPerHourPerAddress: 1 } });
    await send(someone());
    await expect(send(someone())).rejects.toMatchObject({ definition: { key: 'AUTH_OTP_THROTTLED' } });
    await api.sql(`UPDATE throttle SET window_started_at = window_started_at - interval '1 hour'`);
    await send(someone());
  });
});
