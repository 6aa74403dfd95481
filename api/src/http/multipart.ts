import busboy from 'busboy';
import type { Request } from 'express';
import type { FileHandle } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { FileStoreUnavailableError } from '../infra/file-store.errors.js';
import { hasBody } from './body.js';
import { ApiError, httpErrors, type ErrorDefinition } from './errors.js';
import type { InputIssue } from './issues.js';
import { appendTo, openTemporaryFile, readWhole } from './temporary-file.js';

/** The one file that an endpoint asks for. */
export type FileRule = Readonly<{
  /** The name of its part. */
  field: string;
  maxBytes: number;
  /** What a larger one is answered with (413). */
  tooLarge: ErrorDefinition;
}>;

/** A file of a multipart body. What the client says of its name and type is not kept: neither is to be believed (F-07, F-10). */
export type ReceivedFile = {
  /** Bytes. */
  readonly size: number;
  /** Reads it into memory: for as few at a time as possible. */
  bytes(): Promise<Buffer>;
};

/**
 * Reads the multipart body of a request, only when asked (E-06).
 * @param refuse makes the error for a body without the file, or with two
 * @returns the file; whoever asked closes it
 * @throws ApiError 400 malformed, 413 too large, 415 no multipart body; FileStoreUnavailableError when the disk is full
 */
export type FileReceiver = (req: Request, rule: FileRule, refuse: (issue: InputIssue) => ApiError) => Promise<ReceivedFile & { close(): Promise<void> }>;

const TYPE = 'multipart/form-data';
/** Other fields are passed over, as clients of the old server send some; not many, and none is kept (F-12, E-08). */
const MAX_FIELDS = 10;
const MAX_PARTS = 20;
/** What boundaries, part headers and those fields may take beside the file. */
const OVERHEAD_BYTES = 64 * 1024;
/** Of a field, until it is passed over. */
const FIELD_BYTES = 1024;

/** A receiver that streams each file to a temporary one in `folder`: a body costs no more memory than a few chunks (F-14). */
export function createFileReceiver({ folder, maxBytes }: { folder: string; maxBytes: number }): FileReceiver {
  return async function receiveFile(req, rule, refuse) {
    if (!hasBody(req)) throw refuse({ path: rule.field, code: 'required' });
    // A compressed body is a bomb that nobody needs (E-07).
    if (!req.is(TYPE) || (req.headers['content-encoding'] ?? 'identity') !== 'identity') throw new ApiError(httpErrors.UNSUPPORTED_MEDIA_TYPE);
    const limit = Math.min(rule.maxBytes, maxBytes);
    // At once, where the head of the request says it already.
    if (Number(req.headers['content-length'] ?? 0) > limit + OVERHEAD_BYTES) throw new ApiError(rule.tooLarge);
    const parser = openParser(req);
    const handle = await openTemporaryFile(folder);
    try {
      const size = await collect(req, parser, { handle, rule, limit, refuse });
      return { size, bytes: () => readWhole(handle, size), close: () => handle.close() };
    } catch (error) {
      await handle.close();
      throw error;
    }
  };
}

function openParser(req: Request): busboy.Busboy {
  try {
    return busboy({ headers: req.headers, limits: { files: 1, fields: MAX_FIELDS, fieldSize: FIELD_BYTES, parts: MAX_PARTS } });
  } catch (cause) {
    // No boundary, or a type that only looks like the right one.
    throw new ApiError(httpErrors.INVALID_REQUEST, { cause });
  }
}

type Collecting = { handle: FileHandle; rule: FileRule; limit: number; refuse: (issue: InputIssue) => ApiError };

/** Leads the body through the parser and the file in it to its handle. @returns the size of the file */
function collect(req: Request, parser: busboy.Busboy, { handle, rule, limit, refuse }: Collecting): Promise<number> {
  const malformed = (cause?: unknown): ApiError => new ApiError(httpErrors.INVALID_REQUEST, { cause });
  return new Promise((resolve, reject) => {
    let writing: Promise<number> | undefined;
    let received = 0;
    let failed = false;

    const fail = (error: unknown): void => {
      if (failed) return;
      failed = true;
      req.unpipe(parser);
      // What is still coming is read and dropped, so that the answer finds its way past it.
      req.resume();
      parser.destroy();
      void Promise.allSettled([writing]).then(() => reject(error as Error));
    };

    // Without a listener of its own, an error of a part would end the process (F-12).
    parser.on('file', (name, stream) => {
      stream.on('error', () => undefined);
      if (name !== rule.field) return fail(refuse({ path: rule.field, code: 'required' }));
      writing = write(stream, handle, limit, rule.tooLarge);
      writing.catch((error: unknown) => fail(error instanceof ApiError || error instanceof FileStoreUnavailableError ? error : malformed(error)));
    });
    parser.on('filesLimit', () => fail(refuse({ path: rule.field, code: 'repeated_parameter' })));
    parser.on('fieldsLimit', () => fail(malformed()));
    parser.on('partsLimit', () => fail(malformed()));
    parser.on('error', (error) => fail(malformed(error)));
    parser.on('finish', () => {
      if (writing) void writing.then(resolve, () => undefined);
      else fail(refuse({ path: rule.field, code: 'required' }));
    });
    // Also what is no file has an end: a body in chunks does not say how long it is, and a field may go on for ever (E-06).
    req.on('data', (chunk: Buffer) => {
      received += chunk.length;
      if (received > limit + OVERHEAD_BYTES) fail(new ApiError(rule.tooLarge));
    });
    // The client has gone away: the parser would wait for the rest for ever.
    req.once('close', () => (req.complete ? undefined : fail(malformed())));
    if (req.destroyed) return fail(malformed());
    req.pipe(parser);
  });
}

async function write(stream: Readable, handle: FileHandle, limit: number, tooLarge: ErrorDefinition): Promise<number> {
  let size = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > limit) throw new ApiError(tooLarge);
    await appendTo(handle, chunk);
  }
  return size;
}
