import { isIP } from 'node:net';
import { z } from 'zod';
import { readIdentity } from './shared/identity.js';

/**
 * The shape of the environment: every variable the server reads, with its default.
 * `example.env` lists the same names; a test compares the two.
 */

/** 256 bits, the least that HS256 may be keyed with (RFC 7518 §3.2). */
const MIN_SECRET_BYTES = 32;
/** Values printed in examples and tutorials: known to everybody, so no secret. */
const EXAMPLE_SECRET = /change[-_ ]?(me|this)|example|your[-_ ]|secret[-_ ]?key|placeholder/i;

const boolean = z
  .enum(['true', 'false', 'on', 'off', '1', '0', 'yes', 'no'], { error: 'write true or false' })
  .transform((word) => word === 'true' || word === 'on' || word === '1' || word === 'yes');

const wholeNumber = (least: number, most: number) =>
  z
    .string()
    .regex(/^\d+$/, { error: `write a whole number from ${least} to ${most}` })
    .transform(Number)
    .refine((number) => number >= least && number <= most, { error: `write a whole number from ${least} to ${most}` });

const url = (...protocols: string[]) =>
  z.string().refine((text) => URL.canParse(text) && protocols.includes(new URL(text).protocol), {
    error: `write an address that begins with ${protocols.map((protocol) => `${protocol}//`).join(' or ')}`,
  });

const list = z.string().transform((text) => text.split(',').map((part) => part.trim()).filter(Boolean));

const origins = list.refine((all) => all.every((origin) => URL.canParse(origin) && new URL(origin).origin === origin), {
  error: 'write origins such as https://app.example.com, separated by commas, without a path',
});

const keys = list.refine((all) => all.length > 0, { error: 'write at least one key' });

/** What Express understands as a trusted proxy: anything else would stop it with a stack trace, or trust too many. */
const proxies = list.refine((all) => all.every(isProxy), {
  error: 'write addresses or networks such as 10.0.0.5 or 10.0.0.0/8, or loopback, linklocal, uniquelocal, separated by commas',
});

function isProxy(text: string): boolean {
  if (text === 'loopback' || text === 'linklocal' || text === 'uniquelocal') return true;
  const [address = '', bits, ...rest] = text.split('/');
  const version = isIP(address);
  if (version === 0 || rest.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) > 0 && Number(bits) <= (version === 4 ? 32 : 128));
}

const digits = (least: number, most: number) => z.string().regex(new RegExp(`^[0-9]{${least},${most}}$`), { error: `write ${least} to ${most} digits` });

/** `whatsapp:` stands before the number in Twilio's console, and is copied with it. */
const phone = z.string().transform((text) => text.replace(/^whatsapp:/, '')).refine((text) => /^\+[1-9][0-9]{4,14}$/.test(text), { error: 'write a phone number such as +15551234567' });

const channels = list.refine((all) => all.every((channel) => channel === 'email' || channel === 'sms' || channel === 'whatsapp'), { error: 'write email, sms or whatsapp, separated by commas' });

/** `identity=code`, separated by semicolons. */
const testOtps = z.string().transform((text) => text.split(';').map((part) => part.trim()).filter(Boolean))
  .refine((all) => all.every((part) => /^[^=\s]+=[0-9]{6}$/.test(part)), { error: 'write identities and their six digits, such as +15550100=111111;reviewer@example.com=222222' })
  .transform((all) => all.map((part) => ({ identity: part.slice(0, part.lastIndexOf('=')), code: part.slice(-6) })))
  .transform((all, context) =>
    all.map(({ identity, code }) => {
      const known = readIdentity(identity);
      if (!known) context.addIssue({ code: 'custom', message: `${identity} is neither an e-mail address nor a phone number in international form` });
      return { identity: known?.key ?? identity, code };
    }),
  );

const email = z.email({ error: 'write an e-mail address' }).transform((text) => text.trim());

const timezone = z.string().refine((name) => {
  try {
    return Boolean(new Intl.DateTimeFormat('en', { timeZone: name }));
  } catch {
    return false;
  }
}, { error: 'write an IANA time zone such as Europe/Berlin' });

export const environmentSchema = z
  .object({
    API_MODE: z.enum(['development', 'test', 'production'], { error: 'write development, test or production' }).default('development'),
    MODE: z
      .string()
      .transform((text) => text.replace(/^\/+|\/+$/g, ''))
      .refine((text) => /^[\w-]+(\/[\w-]+)*$/.test(text), { error: 'write a path such as api/v1' })
      .default('api/v1'),
    API_HOST: z.string().default('127.0.0.1'),
    API_INTERNAL_PORT: wholeNumber(0, 65_535).default(3000),
    PM2_INSTANCES: z.union([z.literal('max'), wholeNumber(1, 512)], { error: 'write a whole number from 1 to 512, or max' }).default(1),
    DATA_DIR: z.string().default('.data'),
    SHUTDOWN_TIMEOUT_SECONDS: wholeNumber(1, 300).default(15),
    BODY_LIMIT: wholeNumber(1, 100).default(15),
    CORS_ORIGINS: origins.optional(),
    TRUSTED_PROXIES: proxies.default([]),
    TIMEZONE: timezone.default('UTC'),
    API_DOCS: boolean.optional(),
    METRICS_TOKEN: z.string().min(16, { error: 'write at least 16 characters' }).optional(),
    SUPPORT_EMAIL: email.optional(),
    LOG_LEVEL: z.enum(['error', 'warn', 'info', 'debug'], { error: 'write error, warn, info or debug' }).default('info'),

    DATABASE_URL: url('postgres:', 'postgresql:').optional(),
    DATABASE_HOST: z.string().optional(),
    DATABASE_PORT: wholeNumber(1, 65_535).default(5432),
    DATABASE_NAME: z.string().default('postgres'),
    DATABASE_USER: z.string().default('postgres'),
    DATABASE_PASSWORD: z.string().optional(),
    DATABASE_SSL: boolean.default(false),
    DATABASE_SSL_REJECT_UNAUTHORIZED: boolean.default(true),
    DB_POOL_MAX: wholeNumber(2, 500).default(10),
    DB_POOL_MIN: wholeNumber(0, 500).default(0),
    DB_POOL_IDLE_TIMEOUT: wholeNumber(0, 3_600_000).default(30_000),
    DB_POOL_CONNECTION_TIMEOUT: wholeNumber(100, 60_000).default(1_000),
    DB_STATEMENT_TIMEOUT: wholeNumber(100, 600_000).default(2_000),
    REDIS_URL: url('redis:', 'rediss:').optional(),
    REDIS_HOST: z.string().optional(),
    REDIS_PORT: wholeNumber(1, 65_535).default(6379),
    REDIS_PASSWORD: z.string().optional(),

    JWT_SECRET: keys.optional(),
    JWT_SECRET_KEY: keys.optional(),
    ACCESS_TOKEN_EXPIRY_MINUTES: wholeNumber(1, 1_440).default(60),
    SESSION_TOKEN_EXPIRY_MINUTES: wholeNumber(1, 43_200).default(10_080),
    REFRESH_TOKEN_EXPIRY_MINUTES: wholeNumber(1, 525_600).default(43_200),
    REFRESH_RACE_SECONDS: wholeNumber(0, 60).default(10),
    TOKEN_ORIGIN_BINDING: boolean.default(true),
    JWT_ALGORITHM: z.enum(['HS256', 'RS256', 'ES256'], { error: 'write HS256, RS256 or ES256' }).default('HS256'),
    JWT_PRIVATE_KEY_FILES: list.default([]),
    SESSION_IDLE_TIMEOUT_MINUTES: wholeNumber(0, 525_600).default(0),
    MAX_ACTIVE_SESSIONS: wholeNumber(0, 10_000).default(0),
    NOTIFY_SESSION_THEFT: boolean.default(true),
    NOTIFY_NEW_DEVICE: boolean.default(true),
    COUNTRY_HEADER: z.string().regex(/^[A-Za-z0-9-]{1,60}$/, { error: 'write the name of a header, such as CF-IPCountry' }).transform((name) => name.toLowerCase()).optional(),

    API_URL: url('http:', 'https:').transform((text) => text.replace(/\/+$/, '')).optional(),

    MASTER_OTP: digits(6, 12).optional(),
    MASTER_ADMIN_OTP: digits(6, 12).optional(),
    TEST_OTPS: testOtps.optional(),
    TEST_OTPS_UNTIL: z.iso.date({ error: 'write a date such as 2027-01-31' }).optional(),

    PASSWORD_MIN_LENGTH: wholeNumber(6, 128).default(8),
    PASSWORD_REQUIRE_UPPERCASE: boolean.default(true),
    PASSWORD_REQUIRE_LOWERCASE: boolean.default(true),
    PASSWORD_REQUIRE_NUMBERS: boolean.default(true),
    PASSWORD_REQUIRE_SYMBOLS: boolean.default(true),
    PASSWORD_PREVENT_COMMON: boolean.default(true),
    PASSWORD_PREVENT_USER_INFO: boolean.default(true),
    PASSWORD_HISTORY_COUNT: wholeNumber(0, 24).default(5),
    PASSWORD_MAX_AGE_DAYS: wholeNumber(0, 3_650).default(0),
    LOCKOUT_MAX_FAILURES: wholeNumber(1, 1_000_000).default(5),
    LOCKOUT_WINDOW_MINUTES: wholeNumber(1, 1_440).default(15),
    LOCKOUT_MAX_MINUTES: wholeNumber(1, 1_440).default(30),
    REAUTH_MAX_AGE_MINUTES: wholeNumber(0, 43_200).default(60),
    ACCOUNT_DELETION_GRACE_DAYS: wholeNumber(0, 365).default(30),
    INVITATION_EXPIRY_DAYS: wholeNumber(1, 90).default(14),
    INVITATIONS_MAX_PER_DAY: wholeNumber(0, 1_000_000).default(200),
    INVITATION_URL: url('http:', 'https:').optional(),

    ADMIN_EMAIL: email.optional(),
    ADMIN_PASSWORD: z.string().min(8, { error: 'write at least 8 characters' }).optional(),
    RATE_LIMIT_MAX: wholeNumber(1, 1_000_000_000).default(200),
    AUTH_RATE_LIMIT_MAX: wholeNumber(1, 1_000_000_000).default(20),
    SIGNUP_RATE_LIMIT_MAX: wholeNumber(1, 1_000_000_000).default(3),
    OTP_SEND_COOLDOWN_SECONDS: wholeNumber(0, 3_600).default(60),
    OTP_SEND_MAX_PER_HOUR: wholeNumber(1, 1_000).default(5),
    OTP_SEND_MAX_PER_HOUR_PER_IP: wholeNumber(1, 1_000_000_000).default(30),
    OTP_PHONE_MAX_PER_DAY_PER_COUNTRY: wholeNumber(0, 1_000_000_000).default(500),
    OTP_PHONE_MAX_PER_DAY: wholeNumber(0, 1_000_000_000).default(2_000),
    OTP_REQUIRE_PURPOSE: boolean.default(false),
    AVAILABILITY_RATE_LIMIT_MAX: wholeNumber(1, 1_000_000_000).default(10),
    BCRYPT_SALT_ROUNDS: wholeNumber(4, 16).default(12),

    EMAIL_HOST: z.string().optional(),
    EMAIL_PORT: wholeNumber(1, 65_535).default(587),
    EMAIL_HOST_USER: z.string().optional(),
    EMAIL_HOST_PASSWORD: z.string().optional(),
    EMAIL_USE_TLS: boolean.default(true),
    EMAIL_FROM: z.string().optional(),
    MAILBOX_CHANNELS: channels.default(['email']),

    TWILIO_ACCOUNT_SID: z.string().regex(/^AC[0-9a-fA-F]{32}$/, { error: 'write the account SID: AC and 32 hexadecimal digits' }).optional(),
    TWILIO_AUTH_TOKEN: z.string().optional(),
    TWILIO_PHONE_NUMBER: phone.optional(),
    TWILIO_MESSAGING_SERVICE_ID: z.string().regex(/^MG[0-9a-fA-F]{32}$/, { error: 'write the messaging service SID: MG and 32 hexadecimal digits' }).optional(),
    TWILIO_WHATSAPP_NUMBER: phone.optional(),
    TWILIO_CONTENT_ID: z.string().regex(/^HX[0-9a-fA-F]{32}$/, { error: 'write the content SID: HX and 32 hexadecimal digits' }).optional(),
    TWILIO_API_URL: url('http:', 'https:').optional(),
    SMS_API_ENDPOINT: url('http:', 'https:').optional(),
    SMS_SENDER_USERNAME: z.string().optional(),
    SMS_SENDER_PASSWORD: z.string().optional(),
    SMS_SENDER: z.string().optional(),
    SMS_SENDER_MODE: z.string().default('1'),

    GOOGLE_STORAGE_BUCKET_NAME: z.string().optional(),
    GOOGLE_APPLICATION_CREDENTIALS: z.string().optional(),

    SENTRY_DSN: url('http:', 'https:').optional(),
    SENTRY_ENVIRONMENT: z.string().optional(),
    SENTRY_TRACES_SAMPLE_RATE: z
      .string()
      .transform(Number)
      .refine((rate) => rate >= 0 && rate <= 1, { error: 'write a number from 0 to 1' })
      .default(0),
  })
  .superRefine((env, context) => {
    const refuse = (path: string, message: string) => context.addIssue({ code: 'custom', path: [path], message });
    const secrets = env.JWT_SECRET ?? env.JWT_SECRET_KEY;
    const variable = env.JWT_SECRET ? 'JWT_SECRET' : 'JWT_SECRET_KEY';
    if (env.API_MODE === 'production') {
      // Checked in production only: a clone must start without any setting (A-19, RFC 8725 §3.5).
      if (!secrets?.length) refuse('JWT_SECRET', 'set it in production: at least 32 random bytes, for example from `openssl rand -base64 48`');
      if (secrets?.some((secret) => Buffer.byteLength(secret) < MIN_SECRET_BYTES)) refuse(variable, `every key needs at least ${MIN_SECRET_BYTES} bytes`);
      if (secrets?.some((secret) => EXAMPLE_SECRET.test(secret) || /^(.)\1*$/.test(secret))) refuse(variable, 'this is an example value that everybody knows; make one with `openssl rand -base64 48`');
      if ((env.JWT_ALGORITHM === 'RS256' || env.JWT_ALGORITHM === 'ES256') && !env.JWT_PRIVATE_KEY_FILES?.length) {
        refuse('JWT_PRIVATE_KEY_FILES', `set it in production with JWT_ALGORITHM=${env.JWT_ALGORITHM}: the file of a private key in PEM`);
      }
      // A code that opens every account must not exist where real people have theirs (C-01).
      if (env.MASTER_OTP) refuse('MASTER_OTP', 'remove it in production: it would open every account');
      if (env.MASTER_ADMIN_OTP) refuse('MASTER_ADMIN_OTP', 'remove it in production: it would open every account');
      if (env.BCRYPT_SALT_ROUNDS < 10) refuse('BCRYPT_SALT_ROUNDS', 'write at least 10 in production');
    }
    // Whoever can read or change what goes over the wire would sign up in the place of the person who was invited.
    if (env.API_MODE !== 'development' && env.INVITATION_URL && new URL(env.INVITATION_URL).protocol !== 'https:') refuse('INVITATION_URL', 'write an address that begins with https:// outside development');
    if (env.DB_POOL_MIN > env.DB_POOL_MAX) refuse('DB_POOL_MIN', 'write no more than DB_POOL_MAX');
    if (env.TEST_OTPS && !env.TEST_OTPS_UNTIL) refuse('TEST_OTPS_UNTIL', 'set it together with TEST_OTPS: the last day on which its codes work');
    // Whoever tests an app must not be let into the account that may do everything.
    if (env.ADMIN_EMAIL && env.TEST_OTPS?.some(({ identity }) => identity === env.ADMIN_EMAIL!.toLowerCase())) refuse('TEST_OTPS', 'take the address of ADMIN_EMAIL out: a fixed code would open the first super administrator');
    if (env.TWILIO_ACCOUNT_SID && !env.TWILIO_AUTH_TOKEN) refuse('TWILIO_AUTH_TOKEN', 'set it together with TWILIO_ACCOUNT_SID');
    if (env.TWILIO_ACCOUNT_SID && !env.TWILIO_PHONE_NUMBER && !env.TWILIO_MESSAGING_SERVICE_ID && !env.TWILIO_WHATSAPP_NUMBER) {
      refuse('TWILIO_PHONE_NUMBER', 'set it, TWILIO_MESSAGING_SERVICE_ID or TWILIO_WHATSAPP_NUMBER together with TWILIO_ACCOUNT_SID: messages need a sender');
    }
    if (env.ADMIN_EMAIL && !env.ADMIN_PASSWORD) refuse('ADMIN_PASSWORD', 'set it together with ADMIN_EMAIL');
    const workers = env.PM2_INSTANCES === 'max' ? 2 : env.PM2_INSTANCES;
    if (workers > 1 && !env.REDIS_URL && !env.REDIS_HOST) {
      refuse('PM2_INSTANCES', 'several workers need REDIS_URL: without Redis, counters live in one process, and every limit would be as many times higher');
    }
    if (workers > 1 && !env.DATABASE_URL && !env.DATABASE_HOST) {
      refuse('PM2_INSTANCES', 'several workers need DATABASE_URL: the embedded database belongs to one process');
    }
    // Also when a variable by itself is wrong (it then keeps its raw text here): every problem is told at once.
  }, { when: () => true });

export type Environment = z.infer<typeof environmentSchema>;
