import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';

export type Child = {
  process: ChildProcess;
  /** What it has printed so far. */
  output(): string;
  /** Resolves with the exit code when it has ended; null after a signal. */
  ended: Promise<number | null>;
};

/**
 * Runs a piece of a module in a process of its own, which a test may kill or give another environment.
 * @param code imports our sources by `src('infra/postgres.js')`, and gets `input` as it was given
 */
export function runInChild(code: string, input: unknown, env: NodeJS.ProcessEnv = {}): Child {
  const hooks = `import { register } from 'node:module'; register(${JSON.stringify(new URL('typescript-hooks.mjs', import.meta.url).href)});`;
  const preamble = `const src = (path) => import(${JSON.stringify(new URL('../src/', import.meta.url).href)} + path); const input = JSON.parse(process.env.INPUT);`;
  const child = spawn(process.execPath, ['--import', `data:text/javascript,${encodeURIComponent(hooks)}`, '--input-type=module', '--eval', `${preamble}\n${code}`], {
    env: { PATH: process.env['PATH'], INPUT: JSON.stringify(input), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (chunk: string) => (output += chunk));
  return { process: child, output: () => output, ended: once(child, 'close').then(([code]) => code as number | null) };
}
