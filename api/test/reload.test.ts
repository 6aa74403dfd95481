import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { ROOT_DIR } from '../src/config.js';
import { freePort } from './free-port.js';

/** A reload takes two seconds; a busy machine may take many more. */
const PATIENCE_MS = 240_000;

/** A server that says its version: what `npm run build` puts into api/dist. */
const server = (version: string) => `
  import { createServer } from 'node:http';
  const server = createServer((req, res) => res.end('${version}'));
  server.listen(Number(process.env.API_INTERNAL_PORT), '127.0.0.1', () => process.send?.('ready'));
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => server.close(() => process.exit(0)));
`;
const BROKEN = "throw new Error('this version cannot start');";

/** Stands for the docker command: keeps a list of containers in a file, and writes down what it was asked. */
const DOCKER = `#!/bin/sh
echo "$*" >>"$FAKE_LOG"
case "$*" in
  *"ps -q api" | *"ps -aq api") cat "$FAKE_CONTAINERS" ;;
  *"--scale api=2 api") echo new >>"$FAKE_CONTAINERS"; [ "$FAKE_READY" = yes ] ;;
  "rm -f new" | "rm old") grep -vx "\${*##* }" "$FAKE_CONTAINERS" >"$FAKE_CONTAINERS.next" || true; mv "$FAKE_CONTAINERS.next" "$FAKE_CONTAINERS" ;;
esac
`;

/** Stands for npm, which is slow to start: the two scripts that are asked of it. */
const NPM = `#!/bin/sh
case "$*" in
  "run build") mkdir -p api/dist && cp next.js api/dist/server.js ;;
  "run migrate:deploy") grep -q pass migrations ;;
  *) exit 1 ;;
esac
`;

let checkout: string;
let environment: NodeJS.ProcessEnv;

beforeAll(() => {
  checkout = mkdtempSync(join(tmpdir(), 'tessera-reload-'));
  for (const folder of ['bin', 'api', 'node_modules/.bin']) mkdirSync(join(checkout, folder), { recursive: true });
  for (const file of ['reload.sh', 'ecosystem.config.js']) copyFileSync(resolve(ROOT_DIR, file), join(checkout, file));
  writeFileSync(join(checkout, 'package.json'), '{"name":"stand-in","type":"module"}');
  writeFileSync(join(checkout, 'bin/docker'), DOCKER);
  writeFileSync(join(checkout, 'bin/npm'), NPM);
  writeFileSync(join(checkout, 'node_modules/.bin/pm2'), `#!/bin/sh\nexec "${process.execPath}" "${resolve(ROOT_DIR, 'node_modules/pm2/bin/pm2')}" "$@"\n`);
  for (const file of ['bin/docker', 'bin/npm', 'node_modules/.bin/pm2']) chmodSync(join(checkout, file), 0o755);
  environment = {
    PATH: [join(checkout, 'bin'), process.env['PATH']].join(delimiter),
    HOME: checkout,
    PM2_HOME: join(checkout, '.pm2'),
    FAKE_LOG: join(checkout, 'docker.log'),
    FAKE_CONTAINERS: join(checkout, 'containers'),
    RELOAD_TIMEOUT_SECONDS: String(PATIENCE_MS / 2_000),
  };
});

afterAll(() => {
  // Asked of a daemon that does not run, it would start one.
  if (existsSync(join(checkout, '.pm2/pm2.pid'))) spawnSync(join(checkout, 'node_modules/.bin/pm2'), ['kill'], { env: environment });
  rmSync(checkout, { recursive: true, force: true });
});

async function reload(args: string[], variables: Record<string, string> = {}): Promise<{ status: number | null; said: string }> {
  const child = spawn('sh', [join(checkout, 'reload.sh'), ...args], { env: { ...environment, ...variables } });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const [status] = (await once(child, 'close')) as [number | null];
  return { status, said };
}

describe('reload.sh docker', () => {
  const asked = () => readFileSync(join(checkout, 'docker.log'), 'utf8').trim().split('\n');
  const containers = (...names: string[]) => writeFileSync(join(checkout, 'containers'), names.map((name) => `${name}\n`).join(''));
  const running = () => readFileSync(join(checkout, 'containers'), 'utf8').trim();

  beforeEach(() => {
    rmSync(join(checkout, 'docker.log'), { force: true });
    containers('old');
  });

  it('stops the old container only after the new one is ready and nginx knows of it (F20)', async () => {
    expect(await reload([], { FAKE_READY: 'yes' })).toMatchObject({ status: 0, said: expect.stringContaining('Done: the new version serves.') });
    const steps = [/build api$/, /--no-recreate --wait .*--scale api=2 api$/, /nginx .*-s reload$/, /^stop old$/, /^rm old$/, /-s reload$/, /health\/ready$/];
    let at = -1;
    for (const step of steps) {
      const next = asked().findIndex((line, index) => index > at && step.test(line));
      expect({ step: String(step), after: at, found: next > at }).toEqual({ step: String(step), after: at, found: true });
      at = next;
    }
    expect(running()).toBe('new');
  });

  it('leaves the old container alone when the new one does not get ready', async () => {
    expect(await reload(['docker'], { FAKE_READY: 'no' })).toMatchObject({ status: 1, said: expect.stringContaining('The old version runs on.') });
    expect(asked().filter((line) => /^(stop|rm old)|-s reload/.test(line))).toEqual([]);
    expect(running()).toBe('old');
  });

  it('starts everything when nothing runs yet', async () => {
    containers();
    expect(await reload(['docker'])).toMatchObject({ status: 0 });
    expect(asked().at(-1)).toMatch(/^compose up -d --wait/);
  });
});

describe('reload.sh pm2', () => {
  // There is no nginx here: node's cluster itself loses about one connection in ten thousand when a worker leaves.
  jest.retryTimes(1, { logErrorsBeforeRetry: true });

  let port: number;
  let current = 'one';
  // A connection that is handed to a worker in its last moment may hang: that is a failure, not a wait for ever.
  const version = async () => (await fetch(`http://127.0.0.1:${port}/`, { headers: { Connection: 'close' }, signal: AbortSignal.timeout(60_000) })).text();
  const installed = () => readFileSync(join(checkout, 'api/dist/server.js'), 'utf8');

  /** The next version of the checkout, and how its migrations end. */
  function prepare(source: string, migrations = 'pass'): void {
    writeFileSync(join(checkout, 'next.js'), source);
    writeFileSync(join(checkout, 'migrations'), migrations);
  }

  beforeAll(async () => {
    port = await freePort();
    environment = { ...environment, API_INTERNAL_PORT: String(port) };
    writeFileSync(join(checkout, 'containers'), '');
  });

  it('asks what is meant when nothing runs, and starts nothing', async () => {
    expect(await reload([])).toMatchObject({ status: 1, said: expect.stringContaining('Nothing is running yet') });
    expect(existsSync(join(checkout, '.pm2'))).toBe(false);
  });

  it('starts the app the first time', async () => {
    prepare(server('one'));
    expect(await reload(['pm2'])).toMatchObject({ status: 0 });
    expect(await version()).toBe('one');
  }, PATIENCE_MS);

  it('brings the new version into service without dropping a request (F15)', async () => {
    const before = await version();
    current = before === 'one' ? 'two' : `${before} and again`;
    prepare(server(current));
    const answers: string[] = [];
    let done = false;
    const client = (async () => {
      while (!done) {
        answers.push(await version().catch((error: unknown) => String(error)));
        await delay(20);
      }
    })();
    const outcome = await reload([]);
    done = true;
    await client;
    expect(outcome).toMatchObject({ status: 0 });
    expect(await version()).toBe(current);
    expect([...new Set(answers)].filter((answer) => answer !== current)).toEqual([before]);
  }, PATIENCE_MS);

  it('leaves the old version in service when the new one cannot start', async () => {
    prepare(BROKEN);
    expect(await reload([])).toMatchObject({ status: 1, said: expect.stringMatching(/this version cannot start[^]*The old version runs on\./) });
    expect(await version()).toBe(current);
    expect(installed()).toBe(server(current));
  }, PATIENCE_MS);

  it('leaves the old version in service when the migrations fail', async () => {
    prepare(server('three'), 'fail');
    expect(await reload([])).toMatchObject({ status: 1, said: expect.stringContaining('The old version runs on.') });
    expect(await version()).toBe(current);
    expect(installed()).toBe(server(current));
  }, PATIENCE_MS);
});
