import { randomBytes } from 'node:crypto';
import { createTranslator } from '../src/i18n/translator.js';
import { createJobs, type Jobs, type JobsOptions } from '../src/infra/jobs.js';
import { createPostgres, type Database } from '../src/infra/postgres.js';
import type { Senders } from '../src/infra/senders.js';
import { createActivityRepo } from '../src/modules/activity/activity.repo.js';
import { createActivityService } from '../src/modules/activity/activity.service.js';
import { createCircuitRepo } from '../src/modules/delivery/circuit.repo.js';
import { createCircuit, type Circuit } from '../src/modules/delivery/circuit.js';
import { createDeliveryRepo, type DeliveryRepo } from '../src/modules/delivery/delivery.repo.js';
import { createDelivery, type Delivery } from '../src/modules/delivery/delivery.service.js';
import { createMessages, type Messages, type MessagesParts } from '../src/modules/messages/messages.js';
import { createOutbox } from '../src/modules/messages/outbox.js';
import type { MayText } from '../src/modules/otp/may-text.js';
import { createUserAgentReader } from '../src/shared/user-agent.js';
import { createDatabase } from './harness.js';
import { createRecordingLogger, type RecordingLogger } from './recording-logger.js';

export type DeliveryRow = { kind: string; channel: string; state: string; attempts: number; reason: string | null };

export type MessagesServer = {
  url: string;
  db: Database;
  jobs: Jobs;
  delivery: Delivery;
  circuit: Circuit;
  messages: Messages;
  logger: RecordingLogger;
  /** What is recorded of every message, in the order in which they were begun. */
  rows(): Promise<DeliveryRow[]>;
  /** The metadata of every report. */
  reports(): Promise<unknown[]>;
  close(): Promise<void>;
};

export type MessagesOptions = {
  senders: Senders;
  /** Another worker on the same database. */
  beside?: { url: string };
  jobs?: Partial<JobsOptions>;
  repo?: (repo: DeliveryRepo) => DeliveryRepo;
  started?: boolean;
  mayText?: MayText;
  isInvited?: MessagesParts['isInvited'];
};

const encryptionKey = randomBytes(32);

/** Messages, their jobs and their delivery on a database of its own: a worker without its API. A job is tried again at once. */
export async function startMessages({ senders, beside, jobs: jobsOptions, repo = (same) => same, started = true, mayText = async () => true, isInvited = async () => true }: MessagesOptions): Promise<MessagesServer> {
  const database = beside ? { url: beside.url, drop: () => Promise.resolve() } : await createDatabase();
  const logger = createRecordingLogger();
  const db = createPostgres({ url: database.url, ssl: undefined, applicationName: 'tessera-test', poolMax: 10, poolMin: 0, idleTimeoutMs: 10_000, connectionTimeoutMs: 15_000, statementTimeoutMs: 15_000 }, logger);
  const jobs = createJobs({ pool: db.pool, concurrency: 3, encryptionKey, retrySeconds: () => 0, ...jobsOptions }, logger);
  const circuit = createCircuit({ repo: createCircuitRepo(), logger });
  const activity = createActivityService({ repo: createActivityRepo(), readUserAgent: createUserAgentReader() });
  const delivery = createDelivery({ db, repo: repo(createDeliveryRepo()), circuit, activity, logger });
  const messages = createMessages({ outbox: createOutbox({ jobs, delivery, senders }), translator: createTranslator(), appName: 'Tessera', supportEmail: 'help@example.org', mayText, isInvited });
  await jobs.prepare();
  if (started) await jobs.start();

  return {
    url: database.url,
    db,
    jobs,
    delivery,
    circuit,
    messages,
    logger,
    rows: async () => (await db.query<DeliveryRow>({ text: 'SELECT kind, channel, state, attempts, reason FROM message_delivery ORDER BY created_at, message_id' })).rows,
    reports: async () => (await db.query<{ metadata: unknown }>({ text: `SELECT metadata FROM activity_log WHERE action = 'message_undelivered' ORDER BY created_at` })).rows.map(({ metadata }) => metadata),
    async close() {
      await jobs.close();
      await db.close();
      await database.drop();
    },
  };
}
