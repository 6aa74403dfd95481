import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseEnv } from 'node:util';
import { afterAll, describe, expect, it } from '@jest/globals';
import { ConfigError, loadConfig, readEnvironment, ROOT_DIR } from './config.js';
import { environmentSchema } from './config.schema.js';

const SECRET = 'k3Zr8vQm1Xc7Tn5Lw9Ya2Hd6Pf4Gs0Bj';
const EXAMPLE = readFileSync(resolve(ROOT_DIR, 'example.env'), 'utf8');
/** `NAME=value` and `# NAME=value`: a variable that is written and one that is commented out. */
const EXAMPLE_LINE = /^(# )?([A-Z][A-Z0-9_]*)=(.*)$/;

const scratch = mkdtempSync(join(tmpdir(), 'tessera-config-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** The problems a start with this environment would report. */
function problemsOf(environment: NodeJS.ProcessEnv): readonly string[] {
  try {
    loadConfig(environment);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

/** The variables that the reported problems name. */
const refused = (environment: NodeJS.ProcessEnv) => problemsOf(environment).map((problem) => problem.split(':')[0]);

describe('example.env', () => {
  const rows = EXAMPLE.split('\n');
  const lines = rows.flatMap((row) => {
    const [, comment, name, value = ''] = EXAMPLE_LINE.exec(row) ?? [];
    return name === undefined ? [] : [{ name, value, commented: comment !== undefined }];
  });

  it('lists every variable the server reads, once, and no other', () => {
    expect(lines.map((line) => line.name).sort()).toEqual(Object.keys(environmentSchema.shape).sort());
  });

  it('explains every variable in the line above it', () => {
    const bare = rows.filter((row, index) => EXAMPLE_LINE.test(row) && !/^# .+\.$/.test(rows[index - 1] ?? ''));
    expect(bare).toEqual([]);
  });

  it('carries no secret that works: a copy sets nothing, and production refuses it (A-19)', () => {
    const copy = parseEnv(EXAMPLE);
    expect(Object.values(copy).filter(Boolean)).toEqual([]);
    expect(refused({ ...copy, API_MODE: 'production' })).toContain('JWT_SECRET');
    expect(problemsOf(copy)).toEqual([]);
  });

  it('shows the true defaults', () => {
    const defaults = environmentSchema.parse({}) as Record<string, unknown>;
    for (const { name, value, commented } of lines) {
      if (!commented || defaults[name] === undefined) continue;
      const shown = environmentSchema.shape[name as keyof typeof environmentSchema.shape].parse(value === '' ? undefined : value);
      expect({ name, value: shown }).toEqual({ name, value: defaults[name] });
    }
  });
});

describe('a start', () => {
  it('needs no setting at all: development on the embedded defaults', () => {
    const config = loadConfig({});
    expect(config).toMatchObject({ apiMode: 'development', prefix: '/api/v1', host: '127.0.0.1', port: 3000, workers: 1, docs: true, trustedProxies: [] });
    expect(config.database.url).toBeUndefined();
    expect(config.redisUrl).toBeUndefined();
    expect(config.email).toBeUndefined();
    expect(config.dataDir).toBe(resolve(ROOT_DIR, '.data'));
    expect(config.tokens).toMatchObject({ accessSeconds: 3_600, sessionSeconds: 604_800, refreshSeconds: 2_592_000 });
  });

  it('counts an empty value as not set', () => {
    expect(loadConfig({ API_INTERNAL_PORT: '', MODE: '  ', DATABASE_URL: '', JWT_SECRET: '' })).toEqual(loadConfig({}));
  });

  it('hands out an object that nobody can change', () => {
    const config = loadConfig({});
    expect(Object.isFrozen(config)).toBe(true);
    expect(Object.isFrozen(config.database)).toBe(true);
    expect(() => Object.assign(config.limits, { generalPerMinute: 1 })).toThrow(TypeError);
  });

  it('hides the documentation and allows no origin in production unless told', () => {
    expect(loadConfig({ API_MODE: 'production', JWT_SECRET: SECRET })).toMatchObject({ docs: false, corsOrigins: [] });
    expect(loadConfig({ API_MODE: 'production', JWT_SECRET: SECRET, API_DOCS: 'on' }).docs).toBe(true);
  });
});

describe('a wrong setting', () => {
  it('is reported together with all the others, one sentence each', () => {
    const environment = { API_MODE: 'production', LOG_LEVEL: 'loud', API_INTERNAL_PORT: '70000', DATABASE_URL: 'mysql://x', PM2_INSTANCES: '4', MODE: 'a b' };
    expect(new Set(refused(environment))).toEqual(new Set(['LOG_LEVEL', 'API_INTERNAL_PORT', 'DATABASE_URL', 'MODE', 'JWT_SECRET', 'PM2_INSTANCES']));
    for (const problem of problemsOf(environment)) expect(problem).toMatch(/^[A-Z0-9_]+: .{10,}/);
  });

  it.each([
    ['API_MODE', 'prod'],
    ['API_INTERNAL_PORT', '3000x'],
    ['PM2_INSTANCES', '0'],
    ['CORS_ORIGINS', '*'],
    ['CORS_ORIGINS', 'https://app.example.com/'],
    ['TRUSTED_PROXIES', 'true'],
    ['TRUSTED_PROXIES', '10.0.0.0/33'],
    ['TRUSTED_PROXIES', '0.0.0.0/0'],
    ['TRUSTED_PROXIES', 'nginx'],
    ['TIMEZONE', 'Mars/Base'],
    ['API_DOCS', 'maybe'],
    ['METRICS_TOKEN', 'short'],
    ['REDIS_URL', 'http://localhost:6379'],
    ['JWT_SECRET', ','],
    ['ADMIN_EMAIL', 'nobody'],
    ['DB_POOL_MIN', '11'],
    ['SENTRY_TRACES_SAMPLE_RATE', 'often'],
  ])('%s=%s is refused by name', (name, value) => {
    expect(refused({ [name]: value })).toContain(name);
  });

  it('trusts only proxies that are named exactly', () => {
    expect(loadConfig({ TRUSTED_PROXIES: 'loopback, 10.0.0.5,172.31.77.0/24,fd00::/8' }).trustedProxies).toEqual(['loopback', '10.0.0.5', '172.31.77.0/24', 'fd00::/8']);
  });
});

describe('the signing keys in production (A-19, RFC 8725 §3.5)', () => {
  const production = (secret?: string) => refused({ API_MODE: 'production', JWT_SECRET: secret });

  it('must be there', () => expect(production()).toEqual(['JWT_SECRET']));
  it('must have 256 bits each', () => expect(production(`${SECRET},${SECRET.slice(1)}`)).toEqual(['JWT_SECRET']));
  it('may be several, for a change of keys', () => expect(loadConfig({ API_MODE: 'production', JWT_SECRET: `${SECRET}, b${SECRET}` }).jwtSecrets).toEqual([SECRET, `b${SECRET}`]));
  it('may stand under the older name', () => expect(loadConfig({ API_MODE: 'production', JWT_SECRET_KEY: SECRET }).jwtSecrets).toEqual([SECRET]));

  it.each(['change-me-change-me-change-me-change-me', 'your-secret-key-your-secret-key-your', 'x'.repeat(48), `example${SECRET}`])('must not be known to everybody: %s', (secret) => {
    expect(production(secret)).toEqual(['JWT_SECRET']);
  });

  it.each(['RS256', 'ES256'])('must be in a file for %s, which is told with all else that is wrong', (algorithm) => {
    const environment = { API_MODE: 'production', JWT_ALGORITHM: algorithm };
    expect(refused(environment)).toEqual(['JWT_SECRET', 'JWT_PRIVATE_KEY_FILES']);
    expect(refused({ ...environment, JWT_SECRET: SECRET, JWT_PRIVATE_KEY_FILES: '/run/secrets/jwt.pem' })).toEqual([]);
    expect(refused({ JWT_ALGORITHM: algorithm })).toEqual([]);
  });

  it('lie beside the checkout unless their path is absolute', () => {
    expect(loadConfig({ JWT_PRIVATE_KEY_FILES: 'keys/new.pem, /run/secrets/old.pem' }).tokens.privateKeyFiles).toEqual([resolve(ROOT_DIR, 'keys/new.pem'), '/run/secrets/old.pem']);
  });
});

describe('several workers', () => {
  const servers = { DATABASE_URL: 'postgresql://localhost/tessera', REDIS_URL: 'redis://localhost:6379' };

  it.each(['2', 'max'])('PM2_INSTANCES=%s without Redis is refused with a sentence that says why', (instances) => {
    const problems = problemsOf({ ...servers, REDIS_URL: '', PM2_INSTANCES: instances });
    expect(problems).toEqual([expect.stringMatching(/^PM2_INSTANCES: .*REDIS_URL: without Redis/)]);
  });

  it('without a database of their own are refused too', () => expect(problemsOf({ ...servers, DATABASE_URL: '', PM2_INSTANCES: '2' })).toHaveLength(1));
  it('are welcome with both', () => expect(loadConfig({ ...servers, PM2_INSTANCES: '4' }).workers).toBe(4));
});

describe('addresses', () => {
  it('of the database may come in parts, with any password', () => {
    const { url } = loadConfig({ DATABASE_HOST: 'db', DATABASE_PORT: '6432', DATABASE_NAME: 'tessera', DATABASE_USER: 'app', DATABASE_PASSWORD: 'p@ss/w:rd?#%' }).database;
    expect(url).toBe('postgresql://app:p%40ss%2Fw%3Ard%3F%23%25@db:6432/tessera');
    expect(decodeURIComponent(new URL(url ?? '').password)).toBe('p@ss/w:rd?#%');
  });

  it('of Redis may come in parts, with any password', () => {
    expect(loadConfig({ REDIS_HOST: 'redis', REDIS_PASSWORD: 'a@b' }).redisUrl).toBe('redis://:a%40b@redis:6379');
    expect(loadConfig({ REDIS_HOST: 'redis' }).redisUrl).toBe('redis://redis:6379');
  });

  it('in one piece win over their parts', () => {
    const config = loadConfig({ DATABASE_URL: 'postgres://one/a', DATABASE_HOST: 'two', REDIS_URL: 'rediss://one', REDIS_HOST: 'two' });
    expect([config.database.url, config.redisUrl]).toEqual(['postgres://one/a', 'rediss://one']);
  });

  it('of the API take a prefix with or without slashes around it', () => expect(loadConfig({ MODE: '/prod/v1/' }).prefix).toBe('/prod/v1'));
});

describe('the environment', () => {
  it('comes from the .env file, and a variable that is set wins over the file', () => {
    const file = join(scratch, '.env');
    writeFileSync(file, 'TESSERA_FILE_ONLY="from the file"\nPATH=from-the-file\n');
    const environment = readEnvironment(file);
    expect(environment['TESSERA_FILE_ONLY']).toBe('from the file');
    expect(environment['PATH']).toBe(process.env['PATH']);
  });

  it('needs no .env file', () => expect(readEnvironment(join(scratch, 'none'))).toEqual({ ...process.env }));

  it('is read by config.ts alone', () => {
    const source = resolve(ROOT_DIR, 'api/src');
    const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((file) => /\.[cm]?[jt]s$/.test(file) && !/\.test\.ts$|^generated\b/.test(file));
    const readers = files.filter((file) => /process\s*\.\s*env|process\s*\[\s*['"]env|\benv\b[^;]*from 'node:process'/.test(readFileSync(join(source, file), 'utf8')));
    expect(readers).toEqual(['config.ts']);
  });
});

describe('codes that are known beforehand', () => {
  const until = { TEST_OTPS_UNTIL: '2999-12-31' };

  it('of test identities are read by what these are called, in production too', () => {
    const { otp } = loadConfig({ API_MODE: 'production', JWT_SECRET: SECRET, TEST_OTPS: '15550100=111111; Reviewer@Example.com=222222', ...until });
    expect(otp.testCodes).toEqual([{ identity: '+15550100', code: '111111' }, { identity: 'reviewer@example.com', code: '222222' }]);
    expect(otp.testCodesUntil).toBe(Date.parse('3000-01-01'));
  });

  it('must belong to identities, and end', () => {
    expect(problemsOf({ TEST_OTPS: 'nobody=111111', ...until })).toEqual(['TEST_OTPS: nobody is neither an e-mail address nor a phone number in international form']);
    expect(refused({ TEST_OTPS: '+15550100=1111', ...until })).toEqual(['TEST_OTPS']);
    expect(refused({ TEST_OTPS: '+15550100=111111' })).toEqual(['TEST_OTPS_UNTIL']);
    expect(refused({ TEST_OTPS: 'Boss@example.com=111111', ADMIN_EMAIL: 'boss@Example.com', ADMIN_PASSWORD: 'Nine-Lives-9', ...until })).toEqual(['TEST_OTPS']);
  });

  it('C-01: a master code stops the start in production, under both names, and there is none unless one is set', () => {
    for (const name of ['MASTER_OTP', 'MASTER_ADMIN_OTP']) expect(refused({ API_MODE: 'production', JWT_SECRET: SECRET, [name]: '90817263' })).toEqual([name]);
    expect(loadConfig({}).otp.masterCode).toBeUndefined();
    expect(loadConfig({ MASTER_ADMIN_OTP: '90817263' }).otp.masterCode).toBe('90817263');
  });
});

describe('invitations', () => {
  const production = { API_MODE: 'production', JWT_SECRET: SECRET };

  it('are good for two weeks, two hundred a day, without a link', () => {
    expect(loadConfig({}).invitations).toEqual({ expiryDays: 14, maxPerDay: 200, url: undefined });
    for (const days of ['0', '91', '1.5', '-1']) expect(refused({ INVITATION_EXPIRY_DAYS: days })).toEqual(['INVITATION_EXPIRY_DAYS']);
  });

  it('link over https alone outside development', () => {
    const page = (scheme: string) => ({ INVITATION_URL: `${scheme}://app.example.com/sign-up` });
    expect(loadConfig(page('http')).invitations.url).toBe('http://app.example.com/sign-up');
    for (const API_MODE of ['test', 'production']) {
      expect(refused({ ...production, API_MODE, ...page('http') })).toEqual(['INVITATION_URL']);
      expect(refused({ ...production, API_MODE, ...page('https') })).toEqual([]);
    }
    for (const INVITATION_URL of ['javascript:alert(1)', 'app.example.com', '/sign-up']) expect(refused({ INVITATION_URL })).toEqual(['INVITATION_URL']);
  });
});
