import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Config } from './config.js';
import { createTranslator } from './i18n/translator.js';
import { deriveKey, loadSecrets } from './infra/app-keys.js';
import { startEmbeddedPostgres } from './infra/embedded-postgres.js';
import { createChanges } from './infra/changes.js';
import { createErrorReporter } from './infra/error-reporter.js';
import { createFileStore } from './infra/file-store.js';
import { createImages } from './infra/images.js';
import { createJobs } from './infra/jobs.js';
import type { Logger } from './infra/logger.js';
import { createMemoryStore } from './infra/memory-store.js';
import { applyMigrations } from './infra/migrator.js';
import { createPostgres } from './infra/postgres.js';
import { createRedisStore } from './infra/redis.js';
import { createSenders } from './infra/senders.js';
import { loadSigningKeys } from './infra/signing-keys.js';
import { createWorkerPool } from './infra/worker-pool.js';
import { createServices } from './services.js';
import { createMailboxRouter } from './modules/mailbox/mailbox.router.js';
import { seed } from './modules/seed/seed.js';
import type { Lifecycle } from './modules/health/health.service.js';
import { VERSION } from './version.js';

export type { Services } from './services.js';

export const MIGRATIONS_DIR = join(dirname(fileURLToPath(import.meta.url)), '../prisma/migrations');

const JOB_CONCURRENCY = 3;

export type ContextOptions = {
  config: Config;
  logger: Logger;
  lifecycle: Lifecycle;
  onProgress?: (sentence: string) => void;
};
export type Context = Awaited<ReturnType<typeof createContext>>;

/**
 * The composition root: everything is made here, in order of need, and closed
 * in the opposite order. If one part cannot be made, those before it are
 * closed and the reason is thrown.
 */
export async function createContext({ config, logger, lifecycle, onProgress = () => undefined }: ContextOptions) {
  const closers: (() => Promise<unknown>)[] = [];
  const keep = <T extends { close(): Promise<unknown> }>(part: T): T => {
    closers.push(() => part.close());
    return part;
  };
  const close = async (): Promise<void> => {
    for (const closePart of closers.splice(0).reverse()) await closePart();
  };

  try {
    const translator = createTranslator();
    const errorReporter = keep(await createErrorReporter({ ...config.sentry, release: VERSION }, logger));
    const secrets = await loadSecrets(config.jwtSecrets, config.dataDir);
    const signingKeys = await loadSigningKeys(config.tokens, config.dataDir);
    const embedded = config.database.url ? undefined : keep(await startEmbeddedPostgres({ dataDir: config.dataDir, onProgress }));
    const url = config.database.url ?? embedded!.url;
    await applyMigrations({ url, ssl: config.database.ssl, migrationsDir: MIGRATIONS_DIR, onProgress });
    const db = keep(createPostgres({ ...config.database, url, applicationName: 'tessera' }, logger));
    const store = keep(config.redisUrl ? await createRedisStore({ url: config.redisUrl }, logger) : createMemoryStore());
    const files = keep(await createFileStore({ ...config.storage, dataDir: config.dataDir }, logger));
    const workerPool = keep(createWorkerPool(config.workers > 1 ? { threads: 1 } : {}));
    // Before the jobs, so that it is closed after them: a job that is finishing may still send.
    const senders = keep(await createSenders(config, store, logger));
    const { mailbox } = senders;
    const jobs = keep(createJobs({ pool: db.pool, url, concurrency: JOB_CONCURRENCY, encryptionKey: secrets.map((secret) => deriveKey(secret, 'jobs')) }, logger));
    await jobs.prepare();
    const changes = keep(await createChanges({ address: { url, ssl: config.database.ssl }, db, logger }));
    const services = createServices({ config, logger, lifecycle, translator, errorReporter, secrets, signingKeys, db, store, files, images: createImages(), workerPool, jobs, senders, changes });
    closers.push(services.close);
    await jobs.start();
    await services.start();
    const admin = await seed(db, { admin: services.firstAdmin, onProgress });
    return {
      config,
      logger,
      translator,
      errorReporter,
      signingKeys,
      store,
      db,
      changes,
      services,
      /** The account made at this start, if one was, with the password to print once. */
      admin: admin.adminCreated ? services.firstAdmin : undefined,
      mailbox,
      mailboxRouter: mailbox && ((languageOf: Parameters<typeof createMailboxRouter>[0]['languageOf']) => createMailboxRouter({ mailbox, translator, languageOf })),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
