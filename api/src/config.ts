import { existsSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseEnv } from 'node:util';
import { environmentSchema, type Environment } from './config.schema.js';

/** The checkout's top folder: `.env` and a relative `DATA_DIR` are found from here, whatever the working directory. */
export const ROOT_DIR = resolve(dirname(fileURLToPath(import.meta.url)), '../..');

const DAY_MS = 86_400_000;

export type Config = Readonly<ReturnType<typeof buildConfig>>;

/** Every problem of the environment at once, one sentence each, so that a start is mended in one go. */
export class ConfigError extends Error {
  constructor(readonly problems: readonly string[]) {
    super(`The configuration cannot be used:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
    this.name = 'ConfigError';
  }
}

/** The process environment over the checkout's `.env` file (a variable that is set wins over the file). */
export function readEnvironment(file = resolve(ROOT_DIR, '.env')): NodeJS.ProcessEnv {
  return { ...(existsSync(file) ? parseEnv(readFileSync(file, 'utf8')) : {}), ...process.env };
}

/**
 * Turns an environment into the one frozen object the server is built from.
 * @throws ConfigError naming every variable that cannot be used
 */
export function loadConfig(environment: NodeJS.ProcessEnv = readEnvironment()): Config {
  // An empty line in a .env file means "not set", as in every shell's `${X:-default}`.
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== undefined && value.trim() !== ''));
  const parsed = environmentSchema.safeParse(given);
  if (!parsed.success) {
    throw new ConfigError(parsed.error.issues.map((issue) => `${issue.path.join('.') || 'environment'}: ${issue.message}`));
  }
  return deepFreeze(buildConfig(parsed.data));
}

function buildConfig(env: Environment) {
  const production = env.API_MODE === 'production';
  return {
    apiMode: env.API_MODE,
    production,
    prefix: `/${env.MODE}`,
    host: env.API_HOST,
    port: env.API_INTERNAL_PORT,
    workers: env.PM2_INSTANCES === 'max' ? availableParallelism() : env.PM2_INSTANCES,
    dataDir: resolve(ROOT_DIR, env.DATA_DIR),
    shutdownSeconds: env.SHUTDOWN_TIMEOUT_SECONDS,
    bodyLimitBytes: env.BODY_LIMIT * 1024 * 1024,
    corsOrigins: env.CORS_ORIGINS ?? (production ? [] : ['http://localhost:3000', 'http://127.0.0.1:3000', 'http://localhost:8000', 'http://127.0.0.1:8000']),
    trustedProxies: env.TRUSTED_PROXIES,
    timezone: env.TIMEZONE,
    docs: env.API_DOCS ?? !production,
    metricsToken: env.METRICS_TOKEN,
    supportEmail: env.SUPPORT_EMAIL,
    log: { level: env.LOG_LEVEL, pretty: env.API_MODE === 'development' },
    database: {
      url: env.DATABASE_URL ?? databaseUrlFromParts(env),
      ssl: env.DATABASE_SSL ? { rejectUnauthorized: env.DATABASE_SSL_REJECT_UNAUTHORIZED } : undefined,
      poolMax: env.DB_POOL_MAX,
      poolMin: env.DB_POOL_MIN,
      idleTimeoutMs: env.DB_POOL_IDLE_TIMEOUT,
      connectionTimeoutMs: env.DB_POOL_CONNECTION_TIMEOUT,
      statementTimeoutMs: env.DB_STATEMENT_TIMEOUT,
    },
    redisUrl: env.REDIS_URL ?? redisUrlFromParts(env),
    jwtSecrets: env.JWT_SECRET ?? env.JWT_SECRET_KEY,
    tokens: {
      accessSeconds: env.ACCESS_TOKEN_EXPIRY_MINUTES * 60,
      sessionSeconds: env.SESSION_TOKEN_EXPIRY_MINUTES * 60,
      refreshSeconds: env.REFRESH_TOKEN_EXPIRY_MINUTES * 60,
      refreshRaceSeconds: env.REFRESH_RACE_SECONDS,
      originBinding: env.TOKEN_ORIGIN_BINDING,
      algorithm: env.JWT_ALGORITHM,
      privateKeyFiles: env.JWT_PRIVATE_KEY_FILES.map((file) => resolve(ROOT_DIR, file)),
    },
    sessions: {
      /** Zero: a session may rest until it ends. */
      idleSeconds: env.SESSION_IDLE_TIMEOUT_MINUTES * 60,
      /** Zero: as many as a user likes. */
      maxActive: env.MAX_ACTIVE_SESSIONS,
      notifyTheft: env.NOTIFY_SESSION_THEFT,
      notifyNewDevice: env.NOTIFY_NEW_DEVICE,
    },
    countryHeader: env.COUNTRY_HEADER,
    /** Where people reach this server, without a slash at the end: links in messages begin with it, never with what a request says (G-11). */
    publicUrl: env.API_URL ?? (production ? undefined : `http://${env.API_HOST === '0.0.0.0' ? 'localhost' : env.API_HOST}:${env.API_INTERNAL_PORT}`),
    admin: { email: env.ADMIN_EMAIL, password: env.ADMIN_PASSWORD },
    limits: {
      generalPerMinute: env.RATE_LIMIT_MAX,
      authPerMinute: env.AUTH_RATE_LIMIT_MAX,
      signUpPerHour: env.SIGNUP_RATE_LIMIT_MAX,
      availabilityPerMinute: env.AVAILABILITY_RATE_LIMIT_MAX,
    },
    otp: {
      sendCooldownSeconds: env.OTP_SEND_COOLDOWN_SECONDS,
      sendMaxPerHour: env.OTP_SEND_MAX_PER_HOUR,
      sendMaxPerHourPerAddress: env.OTP_SEND_MAX_PER_HOUR_PER_IP,
      /** Codes by sms and whatsapp, which cost money. */
      phoneMaxPerDayPerCountry: env.OTP_PHONE_MAX_PER_DAY_PER_COUNTRY,
      phoneMaxPerDay: env.OTP_PHONE_MAX_PER_DAY,
      requirePurpose: env.OTP_REQUIRE_PURPOSE,
      masterCode: env.MASTER_OTP ?? env.MASTER_ADMIN_OTP,
      /** Fixed codes of listed identities, to the end of that day (UTC). */
      testCodes: env.TEST_OTPS ?? [],
      testCodesUntil: env.TEST_OTPS_UNTIL === undefined ? undefined : Date.parse(env.TEST_OTPS_UNTIL) + DAY_MS,
    },
    passwords: {
      minLength: env.PASSWORD_MIN_LENGTH,
      requireUppercase: env.PASSWORD_REQUIRE_UPPERCASE,
      requireLowercase: env.PASSWORD_REQUIRE_LOWERCASE,
      requireNumbers: env.PASSWORD_REQUIRE_NUMBERS,
      requireSymbols: env.PASSWORD_REQUIRE_SYMBOLS,
      preventCommon: env.PASSWORD_PREVENT_COMMON,
      preventUserInfo: env.PASSWORD_PREVENT_USER_INFO,
      historyCount: env.PASSWORD_HISTORY_COUNT,
      /** Zero: for ever. */
      maxAgeDays: env.PASSWORD_MAX_AGE_DAYS,
    },
    lockout: {
      maxFailures: env.LOCKOUT_MAX_FAILURES,
      windowSeconds: env.LOCKOUT_WINDOW_MINUTES * 60,
      maxSeconds: env.LOCKOUT_MAX_MINUTES * 60,
    },
    /** Zero: a sign-in is fresh for ever. */
    reauthSeconds: env.REAUTH_MAX_AGE_MINUTES * 60,
    deletionGraceDays: env.ACCOUNT_DELETION_GRACE_DAYS,
    invitations: {
      expiryDays: env.INVITATION_EXPIRY_DAYS,
      maxPerDay: env.INVITATIONS_MAX_PER_DAY,
      /** Where the app signs people up; without it messages have no link. */
      url: env.INVITATION_URL,
    },
    bcryptRounds: env.BCRYPT_SALT_ROUNDS,
    email: env.EMAIL_HOST
      ? {
          host: env.EMAIL_HOST,
          port: env.EMAIL_PORT,
          user: env.EMAIL_HOST_USER,
          password: env.EMAIL_HOST_PASSWORD,
          tls: env.EMAIL_USE_TLS,
          from: env.EMAIL_FROM ?? env.EMAIL_HOST_USER ?? `no-reply@${env.EMAIL_HOST}`,
        }
      : undefined,
    /** What the mailbox page of a development server takes where no provider is configured. */
    mailboxChannels: new Set(env.MAILBOX_CHANNELS as ('email' | 'sms' | 'whatsapp')[]),
    twilio: env.TWILIO_ACCOUNT_SID
      ? {
          accountSid: env.TWILIO_ACCOUNT_SID,
          authToken: env.TWILIO_AUTH_TOKEN!,
          smsFrom: env.TWILIO_PHONE_NUMBER,
          messagingServiceSid: env.TWILIO_MESSAGING_SERVICE_ID,
          whatsappFrom: env.TWILIO_WHATSAPP_NUMBER,
          contentSid: env.TWILIO_CONTENT_ID,
          apiUrl: env.TWILIO_API_URL,
        }
      : undefined,
    smsGateway: env.SMS_API_ENDPOINT
      ? { endpoint: env.SMS_API_ENDPOINT, username: env.SMS_SENDER_USERNAME, password: env.SMS_SENDER_PASSWORD, sender: env.SMS_SENDER, mode: env.SMS_SENDER_MODE }
      : undefined,
    storage: { bucket: env.GOOGLE_STORAGE_BUCKET_NAME, credentialsFile: env.GOOGLE_APPLICATION_CREDENTIALS },
    sentry: { dsn: env.SENTRY_DSN, environment: env.SENTRY_ENVIRONMENT ?? env.API_MODE, tracesSampleRate: env.SENTRY_TRACES_SAMPLE_RATE },
  };
}

function databaseUrlFromParts(env: Environment): string | undefined {
  if (!env.DATABASE_HOST) return undefined;
  const user = encodeURIComponent(env.DATABASE_USER);
  const password = env.DATABASE_PASSWORD ? `:${encodeURIComponent(env.DATABASE_PASSWORD)}` : '';
  return `postgresql://${user}${password}@${env.DATABASE_HOST}:${env.DATABASE_PORT}/${encodeURIComponent(env.DATABASE_NAME)}`;
}

function redisUrlFromParts(env: Environment): string | undefined {
  if (!env.REDIS_HOST) return undefined;
  const password = env.REDIS_PASSWORD ? `:${encodeURIComponent(env.REDIS_PASSWORD)}@` : '';
  return `redis://${password}${env.REDIS_HOST}:${env.REDIS_PORT}`;
}

function deepFreeze<T extends object>(value: T): T {
  for (const part of Object.values(value)) if (typeof part === 'object' && part !== null) deepFreeze(part as object);
  return Object.freeze(value);
}
