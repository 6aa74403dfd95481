import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { until } from '../../test/until.js';
import { createLineSink } from './line-sink.js';

const reportLoss = (lines: number) => `lost ${lines}`;

/** An output that keeps what it is given; `answers` says how each write ends. */
function outputThat(answers: (write: number) => Error | undefined = () => undefined) {
  const writes: string[] = [];
  const output = Object.assign(
    new Writable({
      decodeStrings: false,
      write(chunk: string, _encoding, done) {
        const error = answers(writes.length);
        writes.push(error ? '' : chunk);
        done(error);
      },
    }),
    { writes },
  );
  // What node does with standard output: it stays usable after an error.
  output._destroy = function destroy(this: Writable & { _undestroy(): void }, error, done) {
    done(error);
    this._undestroy();
  };
  return output;
}

const children: ChildProcess[] = [];
const run = (command: string, ...args: string[]) => {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  children.push(child);
  return child;
};

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

describe('createLineSink', () => {
  it('collects lines and writes them together, soon', async () => {
    const output = outputThat();
    const sink = createLineSink(output, reportLoss);
    for (let line = 0; line < 100; line += 1) sink.write(`line ${line}`);
    expect(output.writes).toEqual([]);
    await until(() => output.writes.length > 0);
    expect(output.writes).toEqual([Array.from({ length: 100 }, (_, line) => `line ${line}\n`).join('')]);
    await sink.close();
  });

  it('writes at once when there is much, and when it is told to', async () => {
    const output = outputThat();
    const sink = createLineSink(output, reportLoss);
    sink.write('x'.repeat(64 * 1024));
    expect(output.writes).toHaveLength(1);
    await sleep(0);
    sink.write('urgent');
    sink.flush();
    expect(output.writes[1]).toBe('urgent\n');
    await sink.close();
  });

  it('writes the rest when it is closed, and leaves the output open', async () => {
    const output = outputThat();
    const sink = createLineSink(output, reportLoss);
    sink.write('last words');
    await sink.close();
    expect(output.writes.join('')).toBe('last words\n');
    expect(output.writableEnded).toBe(false);
    expect(output.listenerCount('error')).toBe(0);
  });

  it('drops and counts lines while the reader is stuck, keeps memory bounded, and loses none without saying so (F10)', async () => {
    const reader = run('cat');
    let received = '';
    reader.stdout.on('data', (chunk: Buffer) => (received += chunk.toString()));
    reader.kill('SIGSTOP');
    const limit = 512 * 1024;
    const sink = createLineSink(reader.stdin, reportLoss, limit);
    const line = 'x'.repeat(99);
    const written = 40_000;
    for (let count = 0; count < written; count += 1) {
      sink.write(line);
      if (count % 1_000 === 0) await sleep(1);
    }
    expect(reader.stdin.writableLength).toBeLessThanOrEqual(limit);
    reader.kill('SIGCONT');
    await until(() => /lost \d+\n$/.test(received));
    sink.write('afterwards');
    await sink.close();
    await until(() => received.endsWith('afterwards\n'));
    const lines = received.split('\n').filter((text) => text === line).length;
    const lost = [...received.matchAll(/^lost (\d+)$/gm)].reduce((sum, match) => sum + Number(match[1]), 0);
    expect(lost).toBeGreaterThan(0);
    expect(lines + lost).toBe(written);
  });

  it('survives a reader that went away (EPIPE)', async () => {
    const reader = run('sh', '-c', 'exec <&-; echo closed; exec sleep 60');
    const output = reader.stdin;
    await once(reader.stdout, 'data');
    const sink = createLineSink(output, reportLoss);
    sink.write('into the void');
    sink.flush();
    await until(() => output.errored !== null);
    sink.write('again');
    await sink.close();
    expect(output.errored).toMatchObject({ code: 'EPIPE' });
  });

  it('survives a full disk (F10)', async () => {
    const output = createWriteStream('/dev/full');
    const failed = new Promise<void>((resolve) => output.once('close', resolve));
    const sink = createLineSink(output, reportLoss);
    sink.write('no room');
    sink.flush();
    await failed;
    sink.write('still no room');
    await sink.close();
    expect(output.bytesWritten).toBe(0);
  });

  it('says after a failed write how many lines it took along, and starts on a fresh line', async () => {
    const output = outputThat((write) => (write === 0 ? new Error('ENOSPC') : undefined));
    const sink = createLineSink(output, reportLoss);
    sink.write('one');
    sink.write('two');
    sink.flush();
    await sleep(5);
    sink.write('three');
    await sink.close();
    expect(output.writes).toEqual(['', '\nthree\nlost 2\n']);
  });

  it('goes on when a replaced write function never calls back', async () => {
    const output = outputThat();
    const chunks: string[] = [];
    output.write = ((chunk: string) => Boolean(chunks.push(chunk))) as typeof output.write;
    const sink = createLineSink(output, reportLoss);
    sink.write('one');
    sink.flush();
    sink.write('two');
    await until(() => chunks.length === 2);
    await sink.close();
    expect(chunks).toEqual(['one\n', 'two\n']);
  });

  it('does not wait for ever for a stuck output when it is closed', async () => {
    const output = new Writable({ write: () => undefined });
    const sink = createLineSink(output, reportLoss);
    sink.write('never');
    await sink.close();
    expect(output.writableLength).toBeGreaterThan(0);
  });
});
