import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/**
 * Starts a server of the bench in a process of its own.
 * @param file below `bench`, for example `servers/tessera.mjs`
 * @param options.settings what the server reads with `settings()`
 * @param options.execArgv flags for Node.js
 * @returns where it listens, `ask(question)` for what it answers beside HTTP (all know `usage`), and `stop()`
 */
export async function startTarget(file, { settings = {}, execArgv = [] } = {}) {
  const child = fork(fileURLToPath(new URL(`../${file}`, import.meta.url)), [JSON.stringify(settings)], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    execArgv,
    // Ctrl-C must not take it away under our hands: it is told when to stop.
    detached: true,
    // What people run: libraries leave out what only developers need.
    env: { ...process.env, NODE_ENV: 'production' },
  });
  const ended = once(child, 'exit').then(([code, signal]) => {
    throw new Error(`${file} ended with ${code ?? signal}`);
  });
  ended.catch(() => undefined);
  let asked = 0;

  async function answerTo(id) {
    for (;;) {
      const [message] = await Promise.race([once(child, 'message'), ended]);
      if (message.id !== id) continue;
      if (message.error) throw new Error(`${file}: ${message.error}`);
      return message.answer;
    }
  }
  const about = await answerTo(0);
  return {
    ...about,
    ask(question) {
      asked += 1;
      const answer = answerTo(asked);
      child.send({ id: asked, question });
      return answer;
    },
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.send({ question: 'stop' });
      await ended.catch(() => undefined);
    },
  };
}

/** The other side: what the server was started with. */
export const settings = () => JSON.parse(process.argv[2] ?? '{}');

/**
 * The other side: called by a server once it listens.
 * @param about told to whoever started it: `url`, and `headers` for a request that is answered with 200
 * @param answers by question; each may be asynchronous
 * @param stop ends what the server has opened
 */
export function serveBench(about, { answers = {}, stop }) {
  const known = { usage, ...answers };
  process.on('message', async ({ id, question }) => {
    if (question === 'stop') return end(0);
    try {
      process.send({ id, answer: await known[question]() });
    } catch (error) {
      process.send({ id, error: `${question}: ${error.message}` });
    }
  });
  // Whoever started us was killed: nothing of ours may stay behind.
  process.once('disconnect', () => void end(1));
  if (!process.connected) return void end(1);
  process.send({ id: 0, answer: about });

  async function end(code) {
    await stop();
    process.exit(code);
  }
}

/** @returns CPU time of this process so far, in microseconds */
function usage() {
  const { user, system } = process.cpuUsage();
  return { cpuMicros: user + system };
}
