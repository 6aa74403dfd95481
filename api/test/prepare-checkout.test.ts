import { afterAll, describe, expect, it } from '@jest/globals';
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { startOfProcess } from '../scripts/lib/process-identity.mjs';
import { ROOT_DIR } from '../src/config.js';
import { until } from './until.js';

const folders: string[] = [];
const children: number[] = [];
afterAll(() => {
  for (const pid of children.filter(lives)) process.kill(pid, 'SIGKILL');
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** A checkout with the real scripts and the files given, by their path from its root. */
function checkout(files: Record<string, string> = {}): string {
  const root = mkdtempSync(join(tmpdir(), 'tessera-checkout-'));
  folders.push(root);
  cpSync(join(ROOT_DIR, 'api/scripts'), join(root, 'api/scripts'), { recursive: true });
  write(root, { 'package-lock.json': '{ "packages": {} }', ...files });
  return root;
}

function write(root: string, files: Record<string, string>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
}

const read = (root: string, path: string) => readFileSync(join(root, path), 'utf8');

const PRELUDE = `
import { appendFileSync } from 'node:fs';
import { main } from './api/scripts/lib/refusal.mjs';
import { withLock } from './api/scripts/lib/lock.mjs';
import { runQuietly } from './api/scripts/lib/child.mjs';
import { modulesCanRun, modulesMatchLockfile } from './api/scripts/lib/lockfile.mjs';
const note = (text) => appendFileSync('notes', text + '\\n');
`;

/** Runs a piece of script in the checkout, in a process of its own. */
const start = (root: string, code: string): ChildProcess => spawn(process.execPath, ['--input-type=module', '-e', PRELUDE + code], { cwd: root, stdio: 'ignore' });
const evaluate = (root: string, expression: string) =>
  JSON.parse(spawnSync(process.execPath, ['--input-type=module', '-e', `${PRELUDE} console.log(JSON.stringify(${expression}))`], { cwd: root, encoding: 'utf8' }).stdout) as unknown;

const ended = async (child: ChildProcess) => (await once(child, 'exit'))[0] as number | null;

/** Holds the lock with a child that works until it is ended, and whose number is the first note. */
const HOLD = `await main(() => withLock(() => runQuietly(process.execPath, ['-e', 'require("fs").writeFileSync("notes", process.pid + "\\\\n"); setInterval(() => {}, 1000)'])));`;

async function holder(root: string) {
  const process = start(root, HOLD);
  await until(() => existsSync(join(root, 'notes')) && read(root, 'notes').endsWith('\n'));
  const childPid = Number(read(root, 'notes'));
  children.push(childPid);
  return { process, childPid };
}

/** A process that is dead and not yet collected by its parent does nothing any more. */
function lives(pid: number): boolean {
  return startOfProcess(pid) !== '';
}

describe('preparing a checkout', () => {
  it('is done by one command at a time, however many are started', async () => {
    const root = checkout();
    const work = `await withLock(async () => { note('in'); await new Promise((resolve) => setTimeout(resolve, 30)); note('out'); });`;
    const codes = await Promise.all(Array.from({ length: 6 }, () => ended(start(root, work))));
    expect(codes).toEqual([0, 0, 0, 0, 0, 0]);
    expect(read(root, 'notes')).toBe('in\nout\n'.repeat(6));
    expect(existsSync(join(root, '.setup-lock'))).toBe(false);
  });

  it('goes on after a kill: the next command takes over, and what the killed one had started does not go on beside it', async () => {
    const root = checkout();
    const { process: first, childPid } = await holder(root);
    first.kill('SIGKILL');
    await ended(first);
    expect(lives(childPid)).toBe(true);
    expect(await ended(start(root, `await withLock(async () => note('next'));`))).toBe(0);
    expect(read(root, 'notes')).toMatch(/next\n$/);
    expect(lives(childPid)).toBe(false);
  });

  it('ends in order when it is told to stop', async () => {
    const root = checkout();
    const { process: first, childPid } = await holder(root);
    first.kill('SIGTERM');
    expect(await ended(first)).toBe(143);
    expect(lives(childPid)).toBe(false);
    expect(existsSync(join(root, '.setup-lock'))).toBe(false);
  });

  it('refuses an old Node.js with one sentence', () => {
    const pretend = `data:text/javascript,Object.defineProperty(process, 'versions', { value: { node: '20.11.1' } })`;
    const { status, stderr } = spawnSync(process.execPath, ['--import', pretend, join(ROOT_DIR, 'api/scripts/start.mjs')], { encoding: 'utf8' });
    expect(stderr).toMatch(/^Tessera needs Node\.js 20\.12 or newer.*\n$/);
    expect(status).toBe(1);
  });
});

describe('what npm has installed', () => {
  const wanted = {
    '': { name: 'root' },
    'node_modules/kept': { version: '1.0.0' },
    'node_modules/tool': { version: '1.0.0', dev: true },
    'node_modules/elsewhere': { version: '1.0.0', optional: true, os: ['plan9'] },
    'node_modules/here': { version: '1.0.0', optional: true, os: [process.platform] },
  };
  const whole = { 'node_modules/kept': { version: '1.0.0' }, 'node_modules/tool': { version: '1.0.0' }, 'node_modules/here': { version: '1.0.0' } };
  const judge = (installed: Record<string, { version: string }> | undefined, absent?: string) => {
    const root = checkout({ 'package-lock.json': JSON.stringify({ packages: wanted }) });
    if (installed) write(root, { 'node_modules/.package-lock.json': JSON.stringify({ packages: installed }) });
    for (const path of Object.keys(installed ?? {})) if (path !== absent) write(root, { [`${path}/package.json`]: '{}' });
    return evaluate(root, '{ whole: modulesMatchLockfile(), runs: modulesCanRun() }');
  };
  const without = (name: keyof typeof whole) => Object.fromEntries(Object.entries(whole).filter(([path]) => path !== name));

  it('is taken as it is when nothing is missing but what is made for other platforms', () => expect(judge(whole)).toEqual({ whole: true, runs: true }));
  it('is not whole without the development packages, but runs what is built', () => expect(judge(without('node_modules/tool'))).toEqual({ whole: false, runs: true }));
  it("is not whole without this platform's own package", () => expect(judge(without('node_modules/here'))).toEqual({ whole: false, runs: true }));
  it('is neither with another version than asked for', () => expect(judge({ ...whole, 'node_modules/kept': { version: '1.0.1' } })).toEqual({ whole: false, runs: false }));
  it('is neither with a package whose folder is gone', () => expect(judge(whole, 'node_modules/kept')).toEqual({ whole: false, runs: false }));
  it('is neither when npm was stopped in the middle', () => expect(judge(undefined)).toEqual({ whole: false, runs: false }));
});

describe('building', () => {
  const build = (root: string) =>
    spawnSync(process.execPath, ['--input-type=module', '-e', `import { main } from './api/scripts/lib/refusal.mjs'; import { ensureBuilt } from './api/scripts/lib/build.mjs'; await main(ensureBuilt);`], {
      cwd: root,
      encoding: 'utf8',
    });

  it('follows the sources: assets go along, what is removed goes, and what does not compile changes nothing', () => {
    const root = checkout({
      'api/package.json': '{ "type": "module" }',
      'api/tsconfig.json': read(ROOT_DIR, 'api/tsconfig.json'),
      'api/tsconfig.build.json': read(ROOT_DIR, 'api/tsconfig.build.json'),
      'api/prisma/schema.prisma': '',
      'api/src/kept.ts': 'export const kept: number = 1;',
      'api/src/part/gone.ts': 'export const gone: number = 1;',
      'api/src/part/page.html': '<p>page</p>',
      'api/src/part/page.client.js': 'var page = 1;',
      'api/src/kept.test.ts': 'this is not compiled',
    });
    symlinkSync(join(ROOT_DIR, 'node_modules'), join(root, 'node_modules'));
    expect(build(root)).toMatchObject({ status: 0 });
    expect(read(root, 'api/dist/kept.js')).toContain('export const kept = 1;');
    expect(read(root, 'api/dist/part/page.html')).toBe('<p>page</p>');
    expect(read(root, 'api/dist/part/page.client.js')).toBe('var page = 1;');
    expect(existsSync(join(root, 'api/dist/kept.test.js'))).toBe(false);

    rmSync(join(root, 'api/src/part/gone.ts'));
    expect(build(root)).toMatchObject({ status: 0 });
    expect(existsSync(join(root, 'api/dist/part/gone.js'))).toBe(false);
    expect(build(root)).toMatchObject({ status: 0, stderr: '' });

    write(root, { 'api/src/kept.ts': 'export const kept: number = "two";' });
    const { status, stderr } = build(root);
    expect(status).toBe(1);
    expect(stderr).toMatch(/kept\.ts\(1,14\): error TS2322[^]*The sources do not compile/);
    expect(read(root, 'api/dist/kept.js')).toContain('export const kept = 1;');
  });
});
