import { DeadlineError, withDeadline } from './deadline.js';
import { StoreUnavailableError } from './store.js';

/** Long enough for a busy machine, short enough that a frozen store is not felt as a hang (F3). */
const COMMAND_DEADLINE_MS = 150;
const FAILURES_TO_OPEN = 3;
const PROBE_EVERY_MS = 250;

export type BreakerOptions = {
  /** A command like those that callers send: the store is back when it is answered. */
  probe: () => Promise<unknown>;
  onOpen: (reason: string) => void;
  onClose: () => void;
  /** Told of every failed probe, with their number in a row. */
  onProbeFailed: (inARow: number) => void;
};

export type Breaker = {
  available(): boolean;
  /** Does the work within the deadline, or rejects with StoreUnavailableError; at once while open. */
  run<T>(work: () => Promise<T>): Promise<T>;
  /** Opens without waiting for failures: the connection is known to be gone. */
  open(reason: string): void;
  /** Tries at once instead of at the next turn. */
  probe(): Promise<void>;
  close(): void;
};

/**
 * A circuit breaker: after three failures in a row callers are refused at once
 * and the store is only probed, until a probe is answered. It begins open.
 */
export function createBreaker({ probe, onOpen, onClose, onProbeFailed }: BreakerOptions): Breaker {
  // 'starting' refuses callers like 'open', but its end is not news.
  let state: 'starting' | 'closed' | 'open' | 'ended' = 'starting';
  let lastReason = 'CONNECTING';
  let failures = 0;
  let failedProbes = 0;
  let probing: Promise<void> | undefined;
  const prober = setInterval(() => void tryProbe(), PROBE_EVERY_MS);
  prober.unref();

  function tryProbe(): Promise<void> {
    if (state === 'closed' || state === 'ended') return Promise.resolve();
    probing ??= withDeadline(probe(), COMMAND_DEADLINE_MS)
      .then(closeCircuit, (error: unknown) => {
        const reason = reasonOf(error);
        // That there is no connection says less than why the last one ended.
        if (reason !== 'DISCONNECTED') lastReason = reason;
        onProbeFailed((failedProbes += 1));
      })
      .finally(() => (probing = undefined));
    return probing;
  }

  function closeCircuit(): void {
    if (state === 'ended') return;
    const wasOpen = state === 'open';
    state = 'closed';
    failures = failedProbes = 0;
    if (wasOpen) onClose();
  }

  function openCircuit(reason: string): void {
    lastReason = reason;
    if (state === 'open' || state === 'ended') return;
    state = 'open';
    onOpen(reason);
  }

  return {
    available: () => state === 'closed',
    async run(work) {
      if (state !== 'closed') throw new StoreUnavailableError(lastReason);
      try {
        const result = await withDeadline(work(), COMMAND_DEADLINE_MS);
        failures = 0;
        return result;
      } catch (error) {
        const reason = reasonOf(error);
        failures += 1;
        if (failures >= FAILURES_TO_OPEN) openCircuit(reason);
        // The original stays here: it carries the command with its arguments.
        throw new StoreUnavailableError(reason);
      }
    },
    open: openCircuit,
    probe: tryProbe,
    close() {
      state = 'ended';
      lastReason = 'CLOSED';
      clearInterval(prober);
    },
  };
}

/** A short code for logs: the system's (`ECONNREFUSED`), Redis' own (`WRONGPASS`), or what kind of failure it was. Never a message, which may quote what was sent. */
export function reasonOf(error: unknown): string {
  if (error instanceof DeadlineError) return 'TIMEOUT';
  const { code, message } = Object(error) as { code?: unknown; message?: unknown };
  if (typeof code === 'string') return code;
  const text = String(message);
  const [redisCode] = /^[A-Z]{3,}\b/.exec(text) ?? [];
  return redisCode ?? (/timed out/i.test(text) ? 'TIMEOUT' : 'DISCONNECTED');
}
