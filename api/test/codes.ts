import type { Database, Queryable, Statement } from '../src/infra/postgres.js';
import { createActivityRepo } from '../src/modules/activity/activity.repo.js';
import { createActivityService } from '../src/modules/activity/activity.service.js';
import { createBudgetsRepo } from '../src/modules/budgets/budgets.repo.js';
import { createOtpRepo, type Purpose } from '../src/modules/otp/otp.repo.js';
import { createOtpService, type OtpServiceParts } from '../src/modules/otp/otp.service.js';
import { readIdentity, type Identity } from '../src/shared/identity.js';
import type { RequestOrigin } from '../src/shared/principal.js';
import type { Api } from './harness.js';

export type SentCode = Parameters<OtpServiceParts['sendOneTimeCode']>[1];

export const CODE_KEY = Buffer.from('a key that only this test knows.');

export const OPTIONS: OtpServiceParts['options'] = {
  sendCooldownSeconds: 0,
  sendMaxPerHour: 1_000,
  sendMaxPerHourPerAddress: 1_000_000,
  phoneMaxPerDayPerCountry: 1_000_000,
  phoneMaxPerDay: 1_000_000,
  requirePurpose: false,
  masterCode: undefined,
  testCodes: [],
  testCodesUntil: undefined,
};

/** The codes of one worker, with messages that are kept: for what its configuration does not offer over HTTP. */
export function codesOf(api: Api, { options, ...parts }: { options?: Partial<OtpServiceParts['options']> } & Partial<Omit<OtpServiceParts, 'options'>> = {}) {
  const sent: SentCode[] = [];
  const activity = createActivityService({ repo: createActivityRepo(), readUserAgent: () => ({ device: null, browser: null, os: null }) });
  const db = parts.db ?? api.context.db;
  const otp = createOtpService({
    repo: createOtpRepo(),
    budgets: createBudgetsRepo(),
    activity,
    sendOneTimeCode: async (_tx, message) => void sent.push(message),
    channels: new Set(['email', 'sms', 'whatsapp']),
    keys: [CODE_KEY],
    ...parts,
    db,
    options: { ...OPTIONS, ...options },
  });
  return {
    otp,
    db,
    sent,
    send: (to: string, request: { channel?: SentCode['channel']; purpose?: Purpose; address?: string } = {}) =>
      otp.send({ identity: identityOf(to), channel: request.channel ?? (to.includes('@') ? 'email' : 'sms'), purpose: request.purpose ?? 'any', language: 'en', origin: originFrom(request.address) }),
  };
}

/** A database that keeps what it is asked inside transactions, and counts how often their work was run: more often than once after a deadlock. */
export function watched(db: Database): { db: Database; statements: Statement[]; runs(): number } {
  const statements: Statement[] = [];
  let runs = 0;
  const transaction = <T>(work: (tx: Queryable) => Promise<T>) =>
    db.transaction((tx) => {
      runs += 1;
      return work({ query: (statement) => (statements.push(statement), tx.query(statement)) });
    });
  return { statements, runs: () => runs, db: Object.assign(Object.create(db) as Database, { transaction }) };
}

export function identityOf(text: string): Identity {
  return readIdentity(text)!;
}

export function originFrom(address = 'ip:203.0.113.9'): RequestOrigin {
  return { requestId: 'request-1', ip: '203.0.113.9', address, userAgent: undefined, origin: undefined, method: 'POST', endpoint: '/', sessionId: undefined, elapsedMs: () => 0 };
}

let numbers = 0;
/** A number nobody else in the test uses. */
export function somebodysPhone(country = '49'): string {
  numbers += 1;
  return `+${country}${country === '49' ? '151' : '20255'}${String(10_000_000 + numbers).slice(country === '49' ? 0 : 3)}`;
}
