import { Violation } from '../lib/violation.js';
import type { Exchange, WireAnswer } from '../lib/wire.js';
import type { Worker } from '../lib/worker.js';
import type { Faults } from './faults.js';

/** No caller waits longer than this for a worker that runs. */
const DEADLINE_MS = 60_000;

/**
 * What holds for every answer, whatever was asked (I5): failures are 503 or 504
 * in the envelope and only while something is broken; nothing hangs, and no line
 * is cut but by us.
 */
export function checkExchange(faults: Faults, worker: Worker, exchange: Exchange, wasCut: boolean, what: string): void {
  const { answer, sent, ended } = exchange;
  const excused = faults.excuse(worker, sent, ended);
  if (exchange.late && !faults.excuse(worker, sent, ended, 'hang') && ended - sent >= DEADLINE_MS - 1) throw new Violation('I5', `${what} was not answered within ${DEADLINE_MS} ms`);
  if (!answer && !wasCut && !exchange.late && !excused) throw new Violation('I5', `${what} lost its connection though nothing was broken`);
  if (!answer) return;
  if (answer.status >= 500) {
    if (answer.status !== 503 && answer.status !== 504) throw new Violation('I5', `${what} was answered ${answer.status}: ${JSON.stringify(answer.body)}`);
    checkFailure(answer, what);
    if (!excused) throw new Violation('I7', `${what} was answered ${answer.status} though nothing was broken: ${JSON.stringify(answer.body)}`);
  } else if (answer.status >= 400) checkFailure(answer, what);
}

function checkFailure({ status, headers, body }: WireAnswer, what: string): void {
  const sane = body?.success === false && typeof body.error_key === 'string' && typeof body.message === 'string' && Number.isInteger(body.error?.code) && body.error?.id === headers['x-request-id'];
  if (!sane) throw new Violation('I5', `${what} was answered ${status} outside of the envelope: ${JSON.stringify(body)}`);
  if (status === 503 && !/^\d+$/.test(headers['retry-after'] ?? '')) throw new Violation('I5', `${what} was answered 503 without Retry-After`);
  if (status === 401 && headers['www-authenticate'] === undefined) throw new Violation('A-21', `${what} was answered 401 without WWW-Authenticate`);
  if (status === 401 && headers['x-session-token'] !== undefined) throw new Violation('B-17', `${what} was refused and given a token`);
}
