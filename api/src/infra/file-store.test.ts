import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { standStill } from '../../test/standing-clock.js';
import { until } from '../../test/until.js';
import { createFileStore } from './file-store.js';

const logger = { info: () => undefined };
const cleanups: (() => void)[] = [];
let dataDir: string;

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'file-store-'));
  cleanups.push(() => rmSync(dataDir, { recursive: true, force: true }));
});
afterEach(() => {
  jest.useRealTimers();
  for (const cleanup of cleanups.splice(0).reverse()) cleanup();
});

function mayMount(): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'may-mount-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder], { stdio: 'ignore' });
    execFileSync('umount', [folder]);
    return true;
  } catch {
    return false;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe('files on disk', () => {
  it('are kept in a folder that only the server reads', async () => {
    mkdirSync(join(dataDir, 'uploads'));
    chmodSync(join(dataDir, 'uploads'), 0o755);
    const store = await createFileStore({ dataDir }, logger);
    expect(store.kind).toBe('disk');
    expect(statSync(join(dataDir, 'uploads')).mode & 0o777).toBe(0o700);
    await store.close();
  });

  it('are checked by a file that is written, read and removed', async () => {
    const store = await createFileStore({ dataDir: join(dataDir, 'not', 'there', 'yet') }, logger);
    expect(await store.check()).toEqual({ latency_ms: expect.any(Number) });
    await Promise.all([store.check(), store.check()]);
    expect(readdirSync(join(dataDir, 'not', 'there', 'yet', 'uploads'))).toEqual([]);
  });

  it('refuse the start when the folder cannot be made', async () => {
    writeFileSync(join(dataDir, 'file'), '');
    await expect(createFileStore({ dataDir: join(dataDir, 'file') }, logger)).rejects.toMatchObject({ name: 'FileStoreUnavailableError', cause: { code: 'ENOTDIR' } });
  });

  it('fail the check when the folder has gone', async () => {
    const store = await createFileStore({ dataDir }, logger);
    rmSync(join(dataDir, 'uploads'), { recursive: true });
    writeFileSync(join(dataDir, 'uploads'), 'in its place');
    await expect(store.check()).rejects.toMatchObject({ name: 'FileStoreUnavailableError', cause: { code: 'ENOTDIR' } });
  });

  // A small disk needs the right to mount one; without it (no root, a locked container) the other tests have to do.
  (mayMount() ? it : it.skip)('fail the check when the disk is full or read-only, and pass it when it is mended (F10)', async () => {
    const mount = (...options: string[]) => execFileSync('mount', [...options, join(dataDir, 'uploads')]);
    const store = await createFileStore({ dataDir }, logger);
    mount('-t', 'tmpfs', '-o', 'size=64k', 'tmpfs');
    cleanups.push(() => execFileSync('umount', [join(dataDir, 'uploads')]));
    const filler = join(dataDir, 'uploads', 'filler');
    expect(() => writeFileSync(filler, Buffer.alloc(1024 * 1024))).toThrow('ENOSPC');
    await expect(store.check()).rejects.toMatchObject({ cause: { code: 'ENOSPC' } });
    rmSync(filler);
    expect(readdirSync(join(dataDir, 'uploads'))).toEqual([]);
    await store.check();
    mount('-o', 'remount,ro');
    await expect(store.check()).rejects.toMatchObject({ cause: { code: 'EROFS' } });
  });
});

describe('files in a bucket (F14)', () => {
  async function bucketThat(answer: (response: http.ServerResponse) => void) {
    const requests: string[] = [];
    const server = http.createServer((request, response) => {
      requests.push(`${request.method} ${request.url}`);
      answer(response);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    cleanups.push(() => {
      server.closeAllConnections();
      server.close();
    });
    const store = await createFileStore({ bucket: 'media', dataDir, apiEndpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }, logger);
    return { store, requests };
  }
  const json = (status: number, body: object) => (response: http.ServerResponse) => void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));

  it('are checked by asking for the bucket', async () => {
    standStill('setTimeout');
    const { store, requests } = await bucketThat(json(200, { name: 'media' }));
    expect(store.kind).toBe('gcs');
    expect(await store.check()).toEqual({ latency_ms: expect.any(Number) });
    expect(requests).toEqual([expect.stringMatching(/^GET \/storage\/v1\/b\/media\b/)]);
    expect(readdirSync(dataDir)).toEqual([]);
    await store.close();
  });

  it.each([
    [403, { code: 403 }],
    [500, { code: 500 }],
    [503, { code: 503 }],
    [404, { message: 'There is no such bucket' }],
  ])('fail the check at the first answer %d, without a second try', async (status, cause) => {
    standStill('setTimeout');
    const { store, requests } = await bucketThat(json(status, { error: { code: status, message: 'no' } }));
    await expect(store.check()).rejects.toMatchObject({ name: 'FileStoreUnavailableError', cause });
    expect(requests).toHaveLength(1);
  });

  it('fail the check when the bucket never answers, instead of waiting with it', async () => {
    const { store, requests } = await bucketThat(() => undefined);
    await expect(store.check()).rejects.toMatchObject({ name: 'FileStoreUnavailableError' });
    await until(() => requests.length > 0);
    expect(requests).toHaveLength(1);
  });

  it('fail the check when nobody is there', async () => {
    const store = await createFileStore({ bucket: 'media', dataDir, apiEndpoint: 'http://127.0.0.1:1' }, logger);
    await expect(store.check()).rejects.toMatchObject({ cause: { code: 'ECONNREFUSED' } });
  });
});
