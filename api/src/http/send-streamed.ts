import { pipeline } from 'node:stream/promises';
import type { Response } from 'express';
import { successFrame, writeJsonHead } from './envelope.js';
import type { Streamed } from './streamed.js';

/** A client that takes nothing for so long has gone or means to stay for ever (G-08). Milliseconds. */
const STALLED_MS = 60_000;

export type StreamedAnswer = { status: number; message: string; meta: string | undefined; data: Streamed };

/**
 * Sends the success envelope around data that is still being made. The next piece is made when the client has taken the one
 * before, so that a slow reader fills no memory. A failure in the middle cuts the connection, so that nobody takes half for
 * the whole, and is thrown; a client that goes away ends it quietly.
 */
export async function sendStreamed(res: Response, { status, message, meta, data }: StreamedAnswer, stalledMs = STALLED_MS): Promise<void> {
  if (res.req.method === 'HEAD') {
    writeJsonHead(res, status);
    return void res.end();
  }
  const { context } = res.req;
  const frame = successFrame(context.id, message, meta);
  const pieces = data.read();
  // Asked for before the head is written: what fails at once can still be answered.
  const first = await pieces.next();
  if (res.destroyed) return void (await pieces.return());
  writeJsonHead(res, status);
  context.bytes = 0;
  const stalled = setTimeout(() => res.destroy(), stalledMs);
  try {
    await pipeline(envelope, res);
  } catch (error) {
    if (!isClientGone(error)) throw error;
  } finally {
    clearTimeout(stalled);
  }

  async function* envelope(): AsyncGenerator<string, void> {
    try {
      yield noted(frame.start + (first.value ?? ''));
      for await (const piece of pieces) yield noted(piece);
      yield noted(frame.end());
    } finally {
      await pieces.return();
    }
  }

  function noted(piece: string): string {
    context.bytes = context.bytes! + Buffer.byteLength(piece);
    stalled.refresh();
    return piece;
  }
}

function isClientGone(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ERR_STREAM_PREMATURE_CLOSE';
}
