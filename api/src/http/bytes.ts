import type { Response } from 'express';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { z, type ZodType } from 'zod';

export type BytesParts = {
  /** Opened already, so that what is not there is answered as a failure. The kernel reads or ends it. */
  stream: Readable;
  /** Bytes. */
  length: number;
  type: string;
  /** Its `ETag` is compared with what the caller has. They win over the headers of every other answer. */
  headers: Readonly<Record<string, string>>;
};

/** An answer that is no JSON: returned by the handler of an endpoint whose `response` is `bytesOf(type)`. */
export class Bytes {
  constructor(readonly parts: BytesParts) {}
}

export function bytes(parts: BytesParts): Bytes {
  return new Bytes(parts);
}

/** The shape of such an answer, for the documentation. */
export function bytesOf(mediaType: string): ZodType<Bytes> {
  return z.instanceof(Bytes).meta({ media_type: mediaType });
}

/** What `bytesOf` was given; undefined where the answer is JSON. */
export function mediaTypeOf(response: ZodType): string | undefined {
  const mediaType = response.meta()?.['media_type'];
  return typeof mediaType === 'string' ? mediaType : undefined;
}

/** Sends the bytes as fast as the client reads them; what the client has already is not sent again (RFC 9110 §13.1.2). */
export async function sendBytes(res: Response, { parts: { stream, length, type, headers } }: Bytes): Promise<void> {
  const { req } = res;
  // Caches on the way may keep this answer for others: nothing of the caller's is in it.
  req.context.head.remove('X-Session-Token');
  for (const [name, value] of Object.entries(headers)) res.setHeader(name, value);
  const isKnown = req.fresh;
  if (isKnown || req.method === 'HEAD' || res.destroyed) {
    stream.destroy();
    res.writeHead(isKnown ? 304 : 200, isKnown ? [] : contentHeaders(type, length));
    return void res.end();
  }
  req.context.bytes = length;
  res.writeHead(200, contentHeaders(type, length));
  try {
    await pipeline(stream, res);
  } catch (error) {
    // A client that goes away is no failure of ours.
    if ((error as NodeJS.ErrnoException).code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
  }
}

function contentHeaders(type: string, length: number): string[] {
  return ['Content-Type', type, 'Content-Length', String(length)];
}
