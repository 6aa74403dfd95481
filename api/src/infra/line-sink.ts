import { setTimeout as sleep } from 'node:timers/promises';
import type { Writable } from 'node:stream';

/** Lines on their way to an output that may be slow, blocked, full or gone. */
export interface LineSink {
  /** Takes one line without its line feed. Never waits and never throws: what does not fit is counted and said later. */
  write(line: string): void;
  /** Hands over what has been collected now instead of at the next tick. */
  flush(): void;
  /** Flushes, waits up to `CLOSE_MS` for the output, and lets go of it (the output itself stays open). */
  close(): Promise<void>;
}

const FLUSH_MS = 50;
const FLUSH_CHARACTERS = 64 * 1024;
const RETRY_MS = 1_000;
const CLOSE_MS = 2_000;
const CLOSE_POLL_MS = 5;

interface Batch {
  lines: number;
  characters: number;
}

/**
 * Collects lines and writes them in batches: one system call for many lines instead of one each.
 * @param reportLoss makes the line that says how many lines were lost
 * @param maxCharacters bounds what waits in memory, the batch under way included
 */
export function createLineSink(output: Writable, reportLoss: (lines: number) => string, maxCharacters = 4 * 1024 * 1024): LineSink {
  let pending = '';
  let pendingLines = 0;
  let lost = 0;
  let underway: Batch | undefined;
  let torn = false;
  let failures = 0;
  let retryAt = 0;
  let closed = false;
  let timer: NodeJS.Timeout | undefined;

  // A broken output (EPIPE, a full disk) also tells the write's callback, which counts the loss; unheard, the event would end the process.
  const onOutputError = (): void => undefined;
  output.on('error', onOutputError);
  process.once('exit', flush);

  function write(line: string): void {
    if (closed || pending.length + line.length + (underway?.characters ?? 0) > maxCharacters) {
      lost += 1;
      return;
    }
    pending += `${line}\n`;
    pendingLines += 1;
    if (pending.length >= FLUSH_CHARACTERS) flush();
    timer ??= setTimeout(tick, FLUSH_MS).unref();
  }

  function tick(): void {
    timer = undefined;
    // A process manager may put its own `write` in place of stdout's, and forget the callback: nothing waits, so it is written.
    if (underway && output.writableLength === 0) settle(underway);
    flush();
    if (!closed && (pending || underway || lost > 0)) timer ??= setTimeout(tick, FLUSH_MS).unref();
  }

  function flush(): void {
    if (underway || performance.now() < retryAt || (pending === '' && lost === 0)) return;
    const batch: Batch = { lines: pendingLines + lost, characters: pending.length };
    // A write that failed may have left half a line, which must not swallow the next one.
    const text = `${torn ? '\n' : ''}${pending}${lost > 0 ? `${reportLoss(lost)}\n` : ''}`;
    pending = '';
    pendingLines = 0;
    lost = 0;
    underway = batch;
    try {
      output.write(text, 'utf8', (error) => settle(batch, error));
    } catch (error) {
      settle(batch, error);
    }
  }

  function settle(batch: Batch, error?: unknown): void {
    if (underway !== batch) return;
    underway = undefined;
    torn = Boolean(error);
    if (error) {
      lost += batch.lines;
      failures += 1;
      retryAt = performance.now() + RETRY_MS;
    } else if (pending.length >= FLUSH_CHARACTERS) flush();
  }

  async function close(): Promise<void> {
    if (closed) return;
    closed = true;
    clearTimeout(timer);
    retryAt = 0;
    const failed = failures;
    const deadline = performance.now() + CLOSE_MS;
    for (tick(); (underway || pending) && failures === failed && performance.now() < deadline; tick()) await sleep(CLOSE_POLL_MS);
    process.off('exit', flush);
    // A write still under way may fail later: then the listener has to be there.
    if (!underway) output.off('error', onOutputError);
  }

  return { write, flush, close };
}
