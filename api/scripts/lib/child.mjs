import { spawn } from 'node:child_process';
import { noteChild } from './lock.mjs';
import { API } from './paths.mjs';
import { Interrupted, STOP_SIGNALS } from './refusal.mjs';

const PATIENCE_MS = 5_000;

/**
 * Runs a program to its end without showing what it prints.
 * @returns its exit code and everything it printed, in order; `code` is null when it could not be started
 * @throws Interrupted after ending the child, when we are told to stop
 */
export const runQuietly = (command, args, options) => run(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });

/** Runs a program to its end on our own terminal. @returns as `runQuietly`, with nothing in `output` */
export const runOpenly = (command, args, options) => run(command, args, { ...options, stdio: 'inherit' });

/** Runs Node.js on our own terminal, in the folder of the API. @returns the exit code to end with: 1 where it ended by a signal, or did not begin */
export async function runNode(args, options) {
  const { code } = await runOpenly(process.execPath, args, { cwd: API, ...options });
  return typeof code === 'number' ? code : 1;
}

async function run(command, args, options) {
  const child = spawn(command, args, options);
  if (child.pid) noteChild(child.pid);
  let signalled;
  const stop = (signal) => {
    signalled ??= signal;
    child.kill(signal);
    setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS).unref();
  };
  for (const signal of STOP_SIGNALS) process.on(signal, stop);
  const chunks = [];
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => chunks.push(chunk));
  try {
    const code = await new Promise((resolve) => {
      child.once('error', () => resolve(null));
      child.once('close', (exitCode, signal) => resolve(exitCode ?? signal));
    });
    if (signalled) throw new Interrupted(signalled);
    return { code, output: Buffer.concat(chunks).toString() };
  } finally {
    for (const signal of STOP_SIGNALS) process.off(signal, stop);
  }
}
