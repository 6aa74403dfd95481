import type { Config } from './config.js';
import type { Translator } from './i18n/translator.js';
import { deriveKey } from './infra/app-keys.js';
import type { ErrorReporter } from './infra/error-reporter.js';
import type { FileStore } from './infra/file-store.js';
import type { Jobs } from './infra/jobs.js';
import type { Logger } from './infra/logger.js';
import type { Database } from './infra/postgres.js';
import type { Senders } from './infra/senders.js';
import type { SigningKey } from './infra/signing-keys.js';
import type { Store } from './infra/store.js';
import type { WorkerPool } from './infra/worker-pool.js';
import { createActivityRepo } from './modules/activity/activity.repo.js';
import { createActivityService } from './modules/activity/activity.service.js';
import { createAuthService } from './modules/auth/auth.service.js';
import { createPasswords } from './modules/passwords/passwords.js';
import { createFirstAdmin } from './modules/auth/first-admin.js';
import { createBudgetsRepo } from './modules/budgets/budgets.repo.js';
import { createCircuitRepo } from './modules/delivery/circuit.repo.js';
import { createCircuit } from './modules/delivery/circuit.js';
import { createDeliveryRepo } from './modules/delivery/delivery.repo.js';
import { createDelivery } from './modules/delivery/delivery.service.js';
import { createHealthService, type Lifecycle } from './modules/health/health.service.js';
import { createSentryTest } from './modules/health/sentry-test.js';
import { createAccountNotices } from './modules/messages/account-notices.js';
import { createMessages } from './modules/messages/messages.js';
import { createOutbox } from './modules/messages/outbox.js';
import { createOtpRepo } from './modules/otp/otp.repo.js';
import { CHANNELS, createOtpService } from './modules/otp/otp.service.js';
import { createWithCode } from './modules/otp/with-code.js';
import { createProfileService } from './modules/profile/profile.service.js';
import { createAuthenticator } from './modules/sessions/authenticator.js';
import { idleLimitSeconds } from './modules/sessions/idle.js';
import { createSessionCleanUp } from './modules/sessions/session-clean-up.js';
import { createSessionEndsRepo } from './modules/sessions/session-ends.repo.js';
import { createSessionEnds } from './modules/sessions/session-ends.service.js';
import { createSessionListRepo } from './modules/sessions/session-list.repo.js';
import { createSessionList } from './modules/sessions/session-list.service.js';
import { createSessionNotices } from './modules/sessions/session-notices.js';
import { createSessionStatesRepo } from './modules/sessions/session-states.repo.js';
import { createSessionStates } from './modules/sessions/session-states.js';
import { createSessionUses } from './modules/sessions/session-uses.js';
import { createSessionsRepo } from './modules/sessions/sessions.repo.js';
import { createSessionsService } from './modules/sessions/sessions.service.js';
import { createTokenInfo } from './modules/sessions/token-info.service.js';
import { createTokens } from './modules/sessions/tokens.js';
import { createUsersRepo } from './modules/users/users.repo.js';
import type { Changes } from './shared/changes.js';
import { createUserAgentReader } from './shared/user-agent.js';

export type ServicesParts = {
  config: Config;
  logger: Logger;
  lifecycle: Lifecycle;
  translator: Translator;
  errorReporter: ErrorReporter;
  secrets: readonly string[];
  /** Empty with HS256. */
  signingKeys: readonly SigningKey[];
  db: Database;
  store: Store;
  files: FileStore;
  workerPool: WorkerPool;
  jobs: Jobs;
  /** A channel without a sender is refused. */
  senders: Senders;
  changes: Changes;
};

export type Services = ReturnType<typeof createServices>;

/** The modules, each handed what it needs: a module reaches another through here alone. */
export function createServices(parts: ServicesParts) {
  const { config, logger, db, secrets, changes } = parts;
  const readUserAgent = createUserAgentReader();
  const activity = createActivityService({ repo: createActivityRepo(), readUserAgent });
  const users = createUsersRepo();
  const budgets = createBudgetsRepo();
  const passwords = createPasswords({ pool: parts.workerPool, rounds: config.bcryptRounds });
  const circuit = createCircuit({ repo: createCircuitRepo(), logger });
  const delivery = createDelivery({ db, repo: createDeliveryRepo(), circuit, activity, logger });
  const outbox = createOutbox({ jobs: parts.jobs, delivery, senders: parts.senders });
  const messages = createMessages({ outbox, translator: parts.translator, appName: 'Tessera', supportEmail: config.supportEmail });
  const accountNotices = createAccountNotices({ send: messages.sendAccountNotice, readUserAgent });
  const otp = createOtpService({
    db,
    repo: createOtpRepo(),
    budgets,
    activity,
    sendOneTimeCode: messages.sendOneTimeCode,
    channels: new Set(CHANNELS.filter(outbox.canSend)),
    downFor: circuit.isDown,
    keys: secrets.map((secret) => deriveKey(secret, 'otp')),
    options: config.otp,
  });
  const withCode = createWithCode({ db, otp });
  const tokens = createTokens({ secrets, signingKeys: parts.signingKeys }, config.tokens);
  const sessionsRepo = createSessionsRepo();
  const statesRepo = createSessionStatesRepo();
  const states = createSessionStates({ db, repo: statesRepo, changes });
  const { idleSeconds } = config.sessions;
  const uses = createSessionUses({ db, repo: statesRepo, logger, idleSeconds });
  const idleLimit = idleLimitSeconds(idleSeconds);
  const endsRepo = createSessionEndsRepo();
  const listRepo = createSessionListRepo();
  const notices = createSessionNotices({ send: messages.sendSessionNotice, theft: config.sessions.notifyTheft, newDevice: config.sessions.notifyNewDevice });
  const cleanUp = createSessionCleanUp({ db, jobs: parts.jobs, repo: endsRepo });
  const options = { ...config.tokens, maxActive: config.sessions.maxActive, idleLimit };
  const sessions = createSessionsService({ db, repo: sessionsRepo, ends: endsRepo, tokens, activity, notices, cleanUp, changes, readUserAgent, options });

  return {
    otp,
    accountNotices,
    sessions,
    sessionEnds: createSessionEnds({ db, repo: endsRepo, activity, changes, idleLimit }),
    sessionList: createSessionList({ db, repo: listRepo, idleLimit }),
    tokenInfo: createTokenInfo({ db, repo: listRepo, tokens, lifetimes: config.tokens, idleLimit }),
    auth: createAuthService({ db, users, withCode, passwords, sessions, activity, changes, budgets, signUpsPerHour: config.limits.signUpPerHour }),
    profile: createProfileService({ db, users, changes }),
    authenticate: createAuthenticator({ db, repo: statesRepo, states, uses, tokens, logger, originBinding: config.tokens.originBinding, localOrigins: !config.production, idleSeconds }),
    health: createHealthService({ lifecycle: parts.lifecycle, database: db, store: parts.store, files: parts.files, logger, production: config.production, environment: publicEnvironment(config) }),
    sentryTest: createSentryTest({ errorReporter: parts.errorReporter, environment: config.sentry.environment }),
    /** Ends what the modules do beside their answers. */
    close: () => uses.close(),
    firstAdmin: createFirstAdmin({ passwords, admin: config.admin, development: config.apiMode === 'development' }),
  };
}

/** What health may show outside production (REFERENCE §15). */
function publicEnvironment(config: Config): Record<string, string> {
  return { API_MODE: config.apiMode, MODE: config.prefix.slice(1), TIMEZONE: config.timezone, LOG_LEVEL: config.log.level };
}
