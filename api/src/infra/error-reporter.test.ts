import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from '@jest/globals';
import { runInChild } from '../../test/child-process.js';
import { until } from '../../test/until.js';
import { createErrorReporter, type ErrorReporter, type ErrorReporterOptions } from './error-reporter.js';

/** A flush ends as soon as all has been handed over. */
const PATIENCE_MS = 30_000;

interface Ingest {
  dsn: string;
  paths: string[];
  bodies: string[];
  /** The events received, in order. */
  events(type?: string): Record<string, unknown>[];
}

const cleanups: (() => Promise<unknown> | void)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

/** A stand-in for the error tracker's door: POST /api/42/envelope/. */
async function ingest(answer: (response: http.ServerResponse) => void = (response) => response.end('{}')): Promise<Ingest> {
  const paths: string[] = [];
  const bodies: string[] = [];
  const server = http.createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks);
      paths.push(`${request.method} ${request.url?.split('?')[0]}`);
      bodies.push((request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body).toString());
      answer(response);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanups.push(() => {
    server.closeAllConnections();
    server.close();
  });
  const events = (type = 'event') =>
    bodies.flatMap((body) => {
      const lines = body.trimEnd().split('\n').map((line) => JSON.parse(line) as Record<string, unknown>);
      return lines.filter((_line, index) => index > 0 && lines[index - 1]?.['type'] === type);
    });
  return { dsn: `http://pub@127.0.0.1:${(server.address() as AddressInfo).port}/42`, paths, bodies, events };
}

async function reporterFor(dsn: string | undefined, options: Partial<ErrorReporterOptions> = {}): Promise<{ reporter: ErrorReporter; warnings: unknown[][] }> {
  const warnings: unknown[][] = [];
  const reporter = await createErrorReporter({ dsn, environment: 'test', tracesSampleRate: 0, release: 'tessera@1.2.3', ...options }, { warn: (...line) => void warnings.push(line) });
  cleanups.push(() => reporter.close());
  return { reporter, warnings };
}

describe('createErrorReporter', () => {
  it('sends an error with its stack, its cause and the request it happened in', async () => {
    const { dsn, paths, events } = await ingest();
    const { reporter } = await reporterFor(dsn);
    const id = reporter.capture(new TypeError('could not save', { cause: new RangeError('too long') }), { request_id: 'a1b2c3d4', user_id: '44ec0b1a', method: 'POST', path: '/api/v1/groups' });
    expect(await reporter.flush(PATIENCE_MS)).toBe(true);
    expect(paths).toEqual(['POST /api/42/envelope/']);
    expect(events()).toEqual([
      expect.objectContaining({
        event_id: id,
        environment: 'test',
        release: 'tessera@1.2.3',
        level: 'error',
        tags: { request_id: 'a1b2c3d4' },
        user: { id: '44ec0b1a' },
        contexts: expect.objectContaining({ request: { method: 'POST', path: '/api/v1/groups' } }),
      }),
    ]);
    const [{ exception }] = events() as [{ exception: { values: { type: string; value: string; stacktrace: { frames: { filename: string }[] } }[] } }];
    expect(exception.values.map(({ type, value }) => [type, value])).toEqual([['RangeError', 'too long'], ['TypeError', 'could not save']]);
    expect(exception.values[1]?.stacktrace.frames.at(-1)?.filename).toContain('error-reporter.test');
  });

  it('sends a message with its level', async () => {
    const { dsn, events } = await ingest();
    const { reporter } = await reporterFor(dsn);
    const id = reporter.captureMessage('Disk nearly full', 'warning');
    await reporter.flush(PATIENCE_MS);
    expect(events()).toEqual([expect.objectContaining({ event_id: id, level: 'warning', message: 'Disk nearly full' })]);
  });

  it('keeps one request out of the report of another', async () => {
    const { dsn, events } = await ingest();
    const { reporter } = await reporterFor(dsn);
    reporter.capture(new Error('one'), { request_id: 'first', user_id: 'u1' });
    reporter.capture(new Error('two'), {});
    await reporter.flush(PATIENCE_MS);
    // They travel side by side: either may be there first.
    const second = events().find((event) => JSON.stringify(event).includes('"two"'));
    expect(second).toBeDefined();
    expect(second).not.toMatchObject({ tags: expect.anything() });
    expect(JSON.stringify(second)).not.toContain('first');
  });

  it('never sends secrets, personal data or machine state (H-03, C-06, C-21)', async () => {
    const { dsn, bodies } = await ingest();
    const { reporter } = await reporterFor(dsn);
    const hash = `$2b$12$${'h'.repeat(53)}`;
    const secretLocal = 'hunter2-local';
    reporter.capture(new Error(`postgresql://app:hunter2@db/x said password="hunter2" for john@example.com (${hash}) ${secretLocal.length}`, { cause: Object.assign(new Error('Bearer hunter2abc'), { config: { token: 'hunter2' } }) }), {
      path: '/auth/verify?otp=482913',
      token: 'hunter2',
      note: 'see https://u:hunter2@example.com/a?b=hunter2',
    });
    reporter.capture({ password: 'hunter2', nested: { otp: '482913' } }, {});
    reporter.captureMessage('john@example.com sent otp=482913', 'error');
    await reporter.flush(PATIENCE_MS);
    const sent = bodies.join('\n');
    expect(sent.split('"type":"event"')).toHaveLength(4);
    expect(sent).not.toMatch(/hunter2|482913|john@|hhhh|secretLocal/);
    expect(sent).not.toMatch(/"(vars|context_line|pre_context|modules|breadcrumbs|headers|cookies)"/);
  });

  it('packs a big report, which still arrives', async () => {
    const { dsn, events } = await ingest();
    const { reporter } = await reporterFor(dsn);
    const facts = Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`fact_${index}`, 'some words '.repeat(100)]));
    reporter.capture(new Error('big'), facts);
    await reporter.flush(PATIENCE_MS);
    expect(events()).toHaveLength(1);
  });

  it('adds no handler for uncaught errors: the server has its own (F18)', async () => {
    const count = () => ['uncaughtException', 'unhandledRejection', 'uncaughtExceptionMonitor', 'SIGTERM'].map((event) => process.listenerCount(event));
    const before = count();
    const { dsn } = await ingest();
    const { reporter } = await reporterFor(dsn);
    reporter.capture(new Error('x'));
    expect(count()).toEqual(before);
  });

  it('does nothing without a DSN', async () => {
    const { reporter } = await reporterFor(undefined);
    expect([reporter.enabled, reporter.capture(new Error('x')), reporter.captureMessage('x', 'error'), await reporter.flush(10), await reporter.close()]).toEqual([false, undefined, undefined, true, undefined]);
  });

  it('is off, and says so, when the DSN is only an address', async () => {
    const { reporter, warnings } = await reporterFor('http://127.0.0.1:1/');
    expect(reporter.enabled).toBe(false);
    expect(warnings).toEqual([['Error reporting is off: SENTRY_DSN is not a DSN']]);
  });

  it('neither hangs nor fails when nobody listens at the DSN, and says it once', async () => {
    const { reporter, warnings } = await reporterFor('http://pub@127.0.0.1:1/42');
    for (let count = 0; count < 5; count += 1) expect(reporter.capture(new Error(`lost ${count}`))).toEqual(expect.any(String));
    await reporter.flush(PATIENCE_MS);
    expect(warnings).toEqual([['Error reports cannot be delivered', { error: expect.objectContaining({ code: 'ECONNREFUSED' }) }]]);
  });

  it('gives up a flush in time when the tracker accepts and never answers', async () => {
    const { dsn, paths } = await ingest(() => undefined);
    const { reporter } = await reporterFor(dsn);
    reporter.capture(new Error('waiting'));
    expect(await reporter.flush(200)).toBe(false);
    await until(() => paths.length > 0);
    expect(paths).toHaveLength(1);
  });

  it('says so when the tracker refuses reports', async () => {
    const { dsn } = await ingest((response) => response.writeHead(403).end());
    const { reporter, warnings } = await reporterFor(dsn);
    reporter.capture(new Error('refused'));
    await reporter.flush(PATIENCE_MS);
    expect(warnings).toEqual([['Error reports cannot be delivered', { error: expect.objectContaining({ message: 'The error tracker answered 403' }) }]]);
  });

  it('sends at most 120 reports a minute', async () => {
    const { dsn } = await ingest();
    const { reporter } = await reporterFor(dsn);
    const ids = Array.from({ length: 150 }, (_, index) => reporter.capture(new Error(`storm ${index}`)));
    expect(ids.filter(Boolean)).toHaveLength(120);
    await reporter.flush(PATIENCE_MS);
  });

  it('takes whatever is thrown', async () => {
    const { dsn, events } = await ingest();
    const { reporter } = await reporterFor(dsn);
    const unreadable = new Proxy({}, { get: () => { throw new Error('no'); } });
    const broken = Object.defineProperty(new Error(), 'message', { get: () => { throw new Error('no'); } });
    const thrown = ['text', undefined, null, 5, Symbol('s'), Object.freeze(new Error('frozen')), unreadable, { otp: '482913' }, broken, new Error('outer', { cause: broken })];
    for (const value of thrown) expect(() => reporter.capture(value)).not.toThrow();
    expect(await reporter.flush(PATIENCE_MS)).toBe(true);
    const texts = events().map((event) => (event as { exception: { values: { value: string }[] } }).exception.values[0]?.value);
    expect(texts).toEqual(expect.arrayContaining(['A value that is no error was thrown: "text"', 'A value that is no error was thrown: {"otp":"***"}', 'frozen']));
  });

  // In a process of its own: what times requests listens to every server of the process, and goes on after the test.
  it('times requests when asked, without queries, headers or addresses', async () => {
    const { dsn, events } = await ingest();
    const child = runInChild(
      `const { createServer } = await import('node:http');
       const { createErrorReporter } = await src('infra/error-reporter.js');
       const reporter = await createErrorReporter({ dsn: input.dsn, environment: 'test', tracesSampleRate: 1 }, { warn: console.log });
       const server = createServer((request, response) => response.end('ok')).listen(0, '127.0.0.1', async () => {
         await fetch('http://127.0.0.1:' + server.address().port + '/api/v1/groups?token=hunter2', { headers: { authorization: 'Bearer hunter2abc', 'x-forwarded-for': '198.51.100.9', connection: 'close' } });
         server.close(() => reporter.close());
       });`,
      { dsn },
    );
    expect({ code: await child.ended, output: child.output() }).toEqual({ code: 0, output: '' });
    expect(events('transaction')).toEqual([expect.objectContaining({ transaction: 'GET /api/v1/groups' })]);
    expect(JSON.stringify(events('transaction'))).not.toMatch(/hunter2|198\.51|authorization/i);
  });
});
