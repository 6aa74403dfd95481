import { Writable } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { runInChild } from '../../test/child-process.js';
import { createLogger, type LoggerOptions, type RequestLine } from './logger.js';

const ESCAPE = String.fromCharCode(27);
const HOSTILE = `x\r\n{"level":"info"}\u0085\u2028\u009b31m${ESCAPE}[2J\u202e\u0000\${jndi:ldap://x}`;

function collect(options: Partial<LoggerOptions> = {}) {
  let text = '';
  const output = new Writable({
    decodeStrings: false,
    write(chunk: string, _encoding, done) {
      text += chunk;
      done();
    },
  });
  const logger = createLogger({ level: 'debug', pretty: false, output, ...options });
  return {
    logger,
    text: async () => {
      await logger.close();
      return text;
    },
    lines: async () => {
      await logger.close();
      return text.trimEnd().split('\n').map((line) => JSON.parse(line) as Record<string, unknown>);
    },
  };
}

const REQUEST: RequestLine = { request_id: 'a1b2c3d4', method: 'GET', path: '/api/v1/settings/profile', status: 200, duration_ms: 1.23456, ip: '203.0.113.7' };

describe('createLogger', () => {
  it('writes one JSON object a line: level, time, message, fields', async () => {
    const { logger, lines } = collect({ service: 'tessera' });
    logger.info('Started', { port: 3000, nested: { a: 1 } });
    logger.warn('Slow');
    expect(await lines()).toEqual([
      { level: 'info', time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/), message: 'Started', service: 'tessera', port: 3000, nested: { a: 1 } },
      { level: 'warn', time: expect.any(String), message: 'Slow', service: 'tessera' },
    ]);
  });

  it('leaves out what is below its level', async () => {
    const { logger, lines } = collect({ level: 'warn' });
    logger.debug('no');
    logger.info('no');
    logger.request(REQUEST);
    logger.request({ ...REQUEST, status: 503 });
    logger.error('yes');
    expect((await lines()).map(({ level, message }) => [level, message])).toEqual([['warn', 'request'], ['error', 'yes']]);
  });

  it('keeps the order of lines that take different ways', async () => {
    const { logger, lines } = collect();
    await new Promise((resolve) => setImmediate(resolve));
    for (let round = 0; round < 50; round += 1) {
      logger.info('event', { round });
      logger.request({ ...REQUEST, bytes: round });
    }
    expect((await lines()).map((line) => line['round'] ?? line['bytes'])).toEqual(Array.from({ length: 100 }, (_, index) => Math.floor(index / 2)));
  });

  it('lets no field pose as the level, time or message', async () => {
    const { logger, lines } = collect();
    logger.info('Real', { level: 'error', time: 0, message: 'Forged', service: 'other' });
    expect(await lines()).toMatchObject([{ level: 'info', message: 'Real', field_level: 'error', field_message: 'Forged', field_time: 0, field_service: 'other' }]);
  });

  it('masks secrets in fields, messages and errors (H-03, C-06, C-21)', async () => {
    const { logger, text } = collect();
    const secrets = { password: 'hunter2', headers: { authorization: 'Bearer hunter2', 'x-session-token': 'hunter2' }, otp: '482913', url: 'redis://:hunter2@h:1', hash: `$2b$12$${'h'.repeat(53)}` };
    logger.info('Signed in with password=hunter2', secrets);
    logger.error('Failed', { error: new Error('postgresql://app:hunter2@db/x', { cause: Object.assign(new Error('x'), { config: secrets }) }) });
    logger.request({ ...REQUEST, path: '/x?otp=482913', user_agent: 'curl redis://:hunter2@h', request_id: `eyJhbGciOiJIUzI1NiJ9.${'h'.repeat(20)}.${'h'.repeat(20)}` });
    const written = await text();
    expect(written).not.toMatch(/hunter2|482913|hhhh|eyJ/);
    expect(written.trimEnd().split('\n')).toHaveLength(3);
  });

  it.each([false, true])('keeps hostile text on one line and harmless, pretty: %s (E-20)', async (pretty) => {
    const { logger, text } = collect({ pretty, colour: false });
    logger.info(HOSTILE, { [HOSTILE]: HOSTILE, error: new Error(HOSTILE) });
    logger.request({ ...REQUEST, path: HOSTILE, user_agent: HOSTILE, request_id: HOSTILE, method: HOSTILE, ip: HOSTILE, user_id: HOSTILE, session_id: HOSTILE, error_key: HOSTILE });
    const written = await text();
    expect(written.split('\n')).toHaveLength(3);
    // eslint-disable-next-line no-control-regex -- control characters are what must not be there
    expect(written).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e]/);
  });

  it('writes a request in full, with the duration in hundredths', async () => {
    const { logger, lines } = collect();
    const line = { ...REQUEST, user_id: 'u-1', session_id: 's-1', user_agent: 'Mozilla/5.0 (X11; Linux x86_64)', bytes: 812, error_key: 'INVALID_REQUEST' };
    logger.request(line);
    logger.request({ ...REQUEST, ip: undefined, bytes: NaN });
    const [full, sparse] = await lines();
    expect(full).toEqual({ level: 'info', time: expect.any(String), message: 'request', ...line, duration_ms: 1.23 });
    expect(sparse).toEqual({ level: 'info', time: expect.any(String), message: 'request', request_id: 'a1b2c3d4', method: 'GET', path: REQUEST.path, status: 200, duration_ms: 1.23, bytes: null });
  });

  it('tells the time to the millisecond, also over the change of a second', async () => {
    const { logger, lines } = collect();
    const before = Date.now();
    const end = before + 1_050;
    while (Date.now() < end) {
      logger.request(REQUEST);
      await new Promise((resolve) => setTimeout(resolve, 7));
    }
    const after = Date.now();
    const times = (await lines()).map((line) => Date.parse(line['time'] as string));
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect(times[0]).toBeGreaterThanOrEqual(before);
    expect(times.at(-1)).toBeLessThanOrEqual(after);
  });

  it.each([false, true])('writes no line longer than 8 KB, whatever it is given, pretty: %s', async (pretty) => {
    const { logger, text } = collect({ pretty, colour: true });
    const huge = ['x', '\u0000', '"', '€', '😀', ' '].map((character) => character.repeat(100_000));
    for (const value of huge) {
      logger.info(value, { value, list: Array.from({ length: 200 }, () => value), [value]: value, error: new Error(value, { cause: new Error(value, { cause: new Error(value) }) }) });
      logger.request({ ...REQUEST, request_id: value, method: value, path: value, ip: value, user_id: value, session_id: value, user_agent: value, error_key: value });
    }
    const written = (await text()).trimEnd().split('\n');
    expect(written).toHaveLength(huge.length * 2);
    for (const line of written) {
      expect(Buffer.byteLength(line) + 1).toBeLessThanOrEqual(8 * 1024);
      if (!pretty) expect(JSON.parse(line)).toHaveProperty('message');
    }
  });

  it('abridges fields before it gives up their shape', async () => {
    const { logger, lines } = collect();
    logger.error('Failed', { request_id: 'a1b2c3d4', error: new Error('x'.repeat(3_000), { cause: new Error('y'.repeat(3_000), { cause: new Error('z'.repeat(3_000)) }) }) });
    expect(await lines()).toMatchObject([{ request_id: 'a1b2c3d4', error: { name: 'Error', cause: { cause: { name: 'Error' } } } }]);
  });

  it('takes fields of any kind without failing', async () => {
    const { logger, lines } = collect();
    logger.info('Odd', new Error('as fields'));
    logger.info('Odd', ['a']);
    logger.info('Odd', new Map([['a', 1]]));
    logger.info('Odd', new Date(0));
    logger.info('Odd', null as unknown as object);
    expect(await lines()).toMatchObject([{ value: { message: 'as fields' } }, { value: ['a'] }, { a: 1 }, { value: '1970-01-01T00:00:00.000Z' }, { message: 'Odd' }]);
  });

  it('prints for people when asked: one line, coloured on a terminal only', async () => {
    const plain = collect({ pretty: true });
    plain.logger.info('Listening', { port: 3000 });
    plain.logger.request(REQUEST);
    expect(await plain.text()).toMatch(/^\d\d:\d\d:\d\d\.\d{3} info {2}Listening \{"port":3000\}\n\d\d:\d\d:\d\d\.\d{3} info {2}GET \/api\/v1\/settings\/profile 200 1\.23 ms \{"request_id":"a1b2c3d4","ip":"203\.0\.113\.7"\}\n$/);
    const coloured = collect({ pretty: true, colour: true });
    coloured.logger.error('Broken');
    expect(await coloured.text()).toContain(`${ESCAPE}[31merror${ESCAPE}[0m Broken`);
  });

  it('hands an error over at once', async () => {
    const { logger } = collect();
    const chunks: string[] = [];
    const direct = createLogger({ level: 'info', pretty: false, output: new Writable({ decodeStrings: false, write: (chunk: string, _encoding, done) => done(void chunks.push(chunk)) }) });
    await new Promise((resolve) => setImmediate(resolve));
    direct.info('Waits');
    expect(chunks).toEqual([]);
    direct.error('Goes');
    expect(chunks.join('')).toMatch(/Waits.*\n.*Goes/);
    await direct.close();
    await logger.close();
  });

  it('can be closed twice, and ignores what comes afterwards', async () => {
    const { logger, text } = collect();
    logger.info('before');
    await logger.close();
    await logger.close();
    logger.info('after');
    logger.error('after');
    logger.request(REQUEST);
    expect(await text()).toMatch(/^\{[^\n]*before[^\n]*\}\n$/);
  });
});

describe('standard output', () => {
  it('has every line also when the process ends at once, without close', async () => {
    const child = runInChild(
      `const { createLogger } = await src('infra/logger.js');
       const logger = createLogger({ level: 'info', pretty: false });
       logger.info('one');
       logger.request(${JSON.stringify(REQUEST)});
       process.exit(3);`,
      {},
    );
    expect(await child.ended).toBe(3);
    expect(child.output().match(/"message":"(one|request)"/g)).toHaveLength(2);
  });

  it('may go away: the process stays and ends by itself (F10)', async () => {
    const child = runInChild(
      `const { createLogger } = await src('infra/logger.js');
       const logger = createLogger({ level: 'info', pretty: false });
       let left = 50;
       const timer = setInterval(() => {
         logger.info('x'.repeat(400), { left });
         logger.error('urgent');
         if ((left -= 1) === 0) clearInterval(timer);
       }, 2);
       process.on('exit', (code) => process.stderr.write('ended with ' + code + ' after ' + (50 - left)));`,
      {},
    );
    child.process.stdout?.once('data', () => child.process.stdout?.destroy());
    expect(await child.ended).toBe(0);
    expect(child.output()).toContain('ended with 0 after 50');
  });

  it('does not keep an idle process alive', async () => {
    const child = runInChild(`const { createLogger } = await src('infra/logger.js'); createLogger({ level: 'info', pretty: true }).info('only line');`, {});
    expect(await child.ended).toBe(0);
    expect(child.output()).toMatch(/^\S+ info {2}only line\n$/);
  });
});
