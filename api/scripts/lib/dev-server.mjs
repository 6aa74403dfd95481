import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { watch } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { COMPILER_ARGS, buildKey, complete, isCompiled } from './build.mjs';
import { ensureGenerated } from './generate.mjs';
import { API, DIST, GENERATED, ROOT, SOURCE } from './paths.mjs';
import { ensureReady } from './ready.mjs';
import { Interrupted, Refusal, STOP_SIGNALS } from './refusal.mjs';

/** Editors write a file in several steps. */
const QUIET_MS = 100;

/**
 * Runs the server, and the compiler in its watch mode beside it: whenever the sources have changed and compile, the
 * server is started anew; while they do not, the last one stays up.
 * @throws Interrupted when a signal ends it, after the server has ended
 */
export async function runDevServer() {
  await ensureReady();
  const server = createServerProcess();
  let compiling = true;
  /** The sources that dist holds, and those that the running server was started from. */
  let compiled = buildKey();
  let served = compiled;
  await server.restart();

  const publish = async () => {
    // Changed again since the compiler began: it will tell us once more.
    if (compiling || compiled !== buildKey() || compiled === served) return;
    complete(DIST, compiled);
    served = compiled;
    await server.restart();
  };
  const compiler = spawn(process.execPath, [...COMPILER_ARGS, '--watch', '--preserveWatchOutput'], { cwd: API, stdio: ['ignore', 'pipe', 'inherit'] });
  createInterface({ input: compiler.stdout }).on('line', (line) => {
    if (/Starting (incremental )?compilation/.test(line)) {
      compiling = true;
      compiled = buildKey();
    } else if (/Found 0 errors/.test(line)) {
      compiling = false;
      void inTurn(publish);
    } else if (/Found \d+ errors?/.test(line)) {
      console.error('The sources do not compile; the last version that did stays up.');
    } else if (line.trim()) {
      console.error(line);
    }
  });
  watch(SOURCE, { recursive: true }, whenQuiet((name) => {
    const path = join(SOURCE, name ?? '');
    if (isCompiled(path) || path.startsWith(GENERATED) || compiling) return;
    compiled = buildKey();
    void inTurn(publish);
  }));
  watch(join(API, 'prisma'), whenQuiet(() => void inTurn(generate)));

  const signal = await Promise.race(STOP_SIGNALS.map((name) => once(process, name).then(() => name)));
  compiler.kill();
  await server.stop();
  throw new Interrupted(signal);
}

async function generate() {
  try {
    await ensureGenerated();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    console.error(error.message);
  }
}

let turn = Promise.resolve();
/** One thing after the other, whatever comes while a server is still stopping. */
const inTurn = (work) => (turn = turn.then(work));

function whenQuiet(work) {
  let timer;
  return (_event, name) => {
    clearTimeout(timer);
    timer = setTimeout(work, QUIET_MS, name);
  };
}

function createServerProcess() {
  let child;
  const stop = async () => {
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    await ended;
  };
  const restart = async () => {
    await stop();
    child = spawn(process.execPath, ['--enable-source-maps', join(DIST, 'server.js')], { cwd: ROOT, stdio: 'inherit' });
  };
  return { restart, stop };
}
