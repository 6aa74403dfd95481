import { constants } from 'node:os';
import { dirname } from 'node:path';

/** Something the person at the keyboard has to mend; `message` is the sentence that says what. */
export class Refusal extends Error {}

/** The person (or the machine) asked us to stop in the middle of the work. */
export class Interrupted extends Error {
  constructor(signal) {
    super(`stopped by ${signal}`);
    this.exitCode = 128 + constants.signals[signal];
  }
}

export const STOP_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];

const DISK_SENTENCES = {
  EACCES: 'this user may not write there; run it as the user who owns the checkout',
  EPERM: 'this user may not write there; run it as the user who owns the checkout',
  EROFS: 'the disk is read-only',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
};

/**
 * Runs a script's work. What a person can mend ends as one sentence and exit code 1, an interruption
 * as the shell's code for the signal; anything else is a fault of ours and keeps its stack trace.
 */
export async function main(work) {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Interrupted) process.exit(error.exitCode);
    const disk = error.path && DISK_SENTENCES[error.code];
    if (!(error instanceof Refusal) && !disk) throw error;
    console.error(disk ? `Cannot write in ${dirname(error.path)}: ${disk}.` : error.message);
    process.exit(1);
  }
}
