import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import express from 'express';
import { until } from '../../test/until.js';
import { ApiError, httpErrors } from './errors.js';
import { createFileReceiver } from './multipart.js';

const LIMIT = 100_000;
const TOO_LARGE = { ...httpErrors.REQUEST_TOO_LARGE, key: 'MEDIA_TOO_LARGE', code: 1254 } as const;

let folder: string;
let server: Server;
let outcomes: unknown[];
/** What stood in the folder while a file was there to be read. */
let names: string[];

/** A server that answers with the size of the file, or with what was wrong. */
beforeEach(async () => {
  folder = join(mkdtempSync(join(tmpdir(), 'multipart-')), 'tmp');
  outcomes = [];
  const receive = createFileReceiver({ folder, maxBytes: 1_000_000 });
  const app = express();
  app.post('/', async (req, res) => {
    try {
      const file = await receive(req, { field: 'file', maxBytes: LIMIT, tooLarge: TOO_LARGE }, ({ path, code }) => new ApiError(httpErrors.VALIDATION_ERROR, { details: { issue: `${path} ${code}` } }));
      names = readdirSync(folder);
      const bytes = await file.bytes();
      await file.close();
      outcomes.push(bytes);
      res.status(200).send(String(file.size));
    } catch (error) {
      outcomes.push(error);
      if (!res.destroyed) res.status(error instanceof ApiError ? error.definition.status : 500).send(error instanceof ApiError ? `${error.definition.key} ${(error.details?.['issue'] as string) ?? ''}`.trim() : String(error));
    }
  });
  server = createServer(app).listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  // F-12: whatever was sent, nothing is left of it.
  expect(existsSync(folder) ? readdirSync(folder) : []).toEqual([]);
  rmSync(join(folder, '..'), { recursive: true });
});

const url = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
const part = (name: string, content: string, filename?: string) => `--b\r\nContent-Disposition: form-data; name="${name}"${filename === undefined ? '' : `; filename="${filename}"`}\r\n\r\n${content}\r\n`;
const END = '--b--\r\n';

async function send(body: string | Buffer, type = 'multipart/form-data; boundary=b', headers: Record<string, string> = {}): Promise<[number, string]> {
  const answer = await fetch(url(), { method: 'POST', body: body as string, headers: { 'Content-Type': type, ...headers } });
  return [answer.status, await answer.text()];
}

async function open(head: string): Promise<Socket> {
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  socket.write(`POST / HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=b\r\n${head}\r\n\r\n`);
  return socket;
}

describe('a file', () => {
  it('is received byte for byte, with what stands before and after it', async () => {
    const content = Buffer.from(Array.from({ length: 70_000 }, (_, at) => (at * 31) % 256));
    const body = Buffer.concat([Buffer.from(`preamble\r\n${part('a', '1')}--b\r\nContent-Disposition: form-data; name="file"; filename="x"\r\nContent-Type: image/png\r\n\r\n`), content, Buffer.from(`\r\n${part('z', '2')}${END}epilogue`)]);
    expect(await send(body)).toEqual([200, '70000']);
    // Its name has been taken away already: however the process ends, nothing is left.
    expect(names).toEqual([]);
    expect(content.equals(outcomes[0] as Buffer)).toBe(true);
  });

  it('may be as large as the limit and not a byte larger', async () => {
    expect(await send(part('file', 'x'.repeat(LIMIT), 'x') + END)).toEqual([200, String(LIMIT)]);
    expect(await send(part('file', 'x'.repeat(LIMIT + 1), 'x') + END)).toEqual([413, 'MEDIA_TOO_LARGE']);
  });

  it('may be empty', async () => expect(await send(part('file', '', 'x') + END)).toEqual([200, '0']));

  it('F-10: may have any name', async () => {
    for (const name of ['../../x', '\u202Egnp.exe', 'x'.repeat(4_000), '%2e%2e%2f']) expect(await send(part('file', 'hello', name) + END)).toEqual([200, '5']);
  });
});

describe('F-12: refused', () => {
  it.each([
    ['without a body', '', 'multipart/form-data; boundary=b', 400, 'VALIDATION_ERROR file required'],
    ['without a part', END, 'multipart/form-data; boundary=b', 400, 'VALIDATION_ERROR file required'],
    ['without the file', part('file', 'text') + END, 'multipart/form-data; boundary=b', 400, 'VALIDATION_ERROR file required'],
    ['with a file that was not chosen, as browsers send it', part('file', '', '') + END, 'multipart/form-data; boundary=b', 400, 'VALIDATION_ERROR file required'],
    ['with the file under another name', part('files', 'x', 'x') + END, 'multipart/form-data; boundary=b', 400, 'VALIDATION_ERROR file required'],
    ['with a file called __proto__', part('__proto__', 'x', 'x') + END, 'multipart/form-data; boundary=b', 400, 'VALIDATION_ERROR file required'],
    ['with two files', part('file', 'x', 'x') + part('file', 'y', 'y') + END, 'multipart/form-data; boundary=b', 400, 'VALIDATION_ERROR file repeated_parameter'],
    ['with a thousand fields', part('a', '1').repeat(1_000) + part('file', 'x', 'x') + END, 'multipart/form-data; boundary=b', 400, 'INVALID_REQUEST'],
    ['with a thousand fields after the file', part('file', 'x', 'x') + part('a', '1').repeat(1_000) + END, 'multipart/form-data; boundary=b', 400, 'INVALID_REQUEST'],
    ['with a thousand parts that are nothing', '--b\r\nX: y\r\n\r\n\r\n'.repeat(1_000) + END, 'multipart/form-data; boundary=b', 400, 'INVALID_REQUEST'],
    ['without a boundary', part('file', 'x', 'x') + END, 'multipart/form-data', 400, 'INVALID_REQUEST'],
    ['with another boundary', part('file', 'x', 'x') + END, 'multipart/form-data; boundary=c', 400, 'INVALID_REQUEST'],
    ['cut off', part('file', 'x', 'x'), 'multipart/form-data; boundary=b', 400, 'INVALID_REQUEST'],
    ['cut off within the file', '--b\r\nContent-Disposition: form-data; name="file"; filename="x"\r\n\r\nxyz', 'multipart/form-data; boundary=b', 400, 'INVALID_REQUEST'],
    ['cut off within the head of a part', '--b\r\nContent-Disposition: form-d', 'multipart/form-data; boundary=b', 400, 'INVALID_REQUEST'],
    ['with a malformed head of a part', '--b\r\nContent-Disposition\r\n\r\nx\r\n' + END, 'multipart/form-data; boundary=b', 400, 'INVALID_REQUEST'],
    ['with an endless head of a part', `--b\r\nX: ${'y'.repeat(90_000)}\r\n\r\nx\r\n` + END, 'multipart/form-data; boundary=b', 400, 'INVALID_REQUEST'],
    ['with a NUL in the name of the file', part('file', 'x', 'a\u0000b') + END, 'multipart/form-data; boundary=b', 400, 'INVALID_REQUEST'],
    ['as JSON', '{}', 'application/json', 415, 'UNSUPPORTED_MEDIA_TYPE'],
    ['as another multipart', part('file', 'x', 'x') + END, 'multipart/mixed; boundary=b', 415, 'UNSUPPORTED_MEDIA_TYPE'],
  ])('%s', async (_what, body, type, status, text) => {
    expect(await send(body, type)).toEqual([status, text]);
    // And the process goes on.
    expect(await send(part('file', 'hello', 'x') + END)).toEqual([200, '5']);
    expect(({} as Record<string, unknown>)['x']).toBeUndefined();
  });

  it('E-07: compressed', async () => expect(await send(part('file', 'x', 'x') + END, undefined, { 'Content-Encoding': 'gzip' })).toEqual([415, 'UNSUPPORTED_MEDIA_TYPE']));

  it('at once, when the head of the request says that it is too large', async () => {
    const socket = await open('Content-Length: 15000000');
    const [answer] = (await once(socket, 'data')) as [Buffer];
    expect(answer.toString()).toContain('HTTP/1.1 413');
    socket.destroy();
  });

  it('as soon as it is too large, when it does not say so', async () => {
    const socket = await open('Transfer-Encoding: chunked');
    const piece = 'x'.repeat(60_000);
    const head = part('file', '', 'x').slice(0, -2);
    for (const text of [head, piece, piece]) socket.write(`${text.length.toString(16)}\r\n${text}\r\n`);
    // It never ends, and is answered all the same.
    const [answer] = (await once(socket, 'data')) as [Buffer];
    expect(answer.toString()).toContain('HTTP/1.1 413');
    socket.destroy();
  });
});

it.each([
  ['a field', part('a', '').slice(0, -2)],
  ['what stands before the first part', ''],
])('E-06: refused as soon as %s is too large, when it does not say so', async (_what, head) => {
  const socket = await open('Transfer-Encoding: chunked');
  const piece = 'x'.repeat(60_000);
  for (const text of [head, piece, piece, piece].filter(Boolean)) socket.write(`${text.length.toString(16)}\r\n${text}\r\n`);
  const [answer] = (await once(socket, 'data')) as [Buffer];
  expect(answer.toString()).toContain('HTTP/1.1 413');
  socket.destroy();
});

describe('faults', () => {
  it('F-12: a client that goes away leaves nothing, and nobody waits for it', async () => {
    const socket = await open('Content-Length: 50000');
    socket.write(`${part('file', 'x'.repeat(20_000), 'x')}`);
    await until(() => existsSync(folder));
    socket.destroy();
    await until(() => outcomes.length === 1);
    expect(outcomes[0]).toBeInstanceOf(ApiError);
    expect((outcomes[0] as ApiError).definition.key).toBe('INVALID_REQUEST');
  });

  it('F10: without a folder to write to, it says so', async () => {
    writeFileSync(folder, 'in its place');
    expect(await send(part('file', 'x', 'x') + END)).toEqual([500, 'FileStoreUnavailableError: The folder for temporary files cannot be used']);
    rmSync(folder);
  });

  it('of fifty at once each gets its own', async () => {
    const answers = await Promise.all(Array.from({ length: 50 }, (_, at) => send(part('file', 'x'.repeat(at * 1_000), 'x') + END)));
    expect(answers).toEqual(Array.from({ length: 50 }, (_, at) => [200, String(at * 1_000)]));
  });
});
