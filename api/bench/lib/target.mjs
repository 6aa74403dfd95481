import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** Starts a server of bench/servers in a process of its own. It says where it listens and, when asked, what it has used. */
export async function startTarget(file) {
  const child = fork(fileURLToPath(new URL(`../servers/${file}`, import.meta.url)), { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const ended = once(child, 'exit');
  const first = await Promise.race([once(child, 'message').then(([message]) => message), ended.then(([code]) => ({ failed: `${file} ended with ${code}` }))]);
  if (first.failed) throw new Error(first.failed);
  return {
    ...first,
    async usage() {
      child.send('usage');
      const [message] = await once(child, 'message');
      return message;
    },
    async stop() {
      if (child.exitCode !== null) return;
      child.send('stop');
      await ended;
    },
  };
}

/** The other side: called by a server once it listens. */
export function serveBench({ url, headers = {}, counters, stop }) {
  process.on('message', async (message) => {
    if (message === 'usage') {
      const { user, system } = process.cpuUsage();
      process.send({ cpuMicros: user + system, counters: counters?.() });
    }
    if (message === 'stop') {
      await stop();
      process.exit(0);
    }
  });
  process.once('disconnect', () => process.exit(1));
  process.send({ url, headers });
}
