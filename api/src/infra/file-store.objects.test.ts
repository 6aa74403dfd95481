import { randomBytes, randomUUID } from 'node:crypto';
import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startBucket, type Bucket } from '../../test/doubles/bucket.js';
import { createFileStore, type FileStore } from './file-store.js';

const logger = { info: () => undefined };
let dataDir: string;
let bucket: Bucket;
beforeAll(async () => {
  bucket = await startBucket();
});
afterAll(() => bucket.close());
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'file-objects-'));
  bucket.mode = 'up';
  bucket.objects.clear();
  bucket.requests.length = 0;
});
afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

const STORES = {
  disk: () => createFileStore({ dataDir }, logger),
  gcs: () => createFileStore({ dataDir, bucket: 'media', apiEndpoint: bucket.url }, logger),
};
const newKey = () => `profile-pictures/${randomUUID()}`;
const read = async (store: FileStore, key: string) => {
  const found = await store.open(key);
  return found && { size: found.size, content: await buffer(found.stream) };
};
const files = () => readdirSync(dataDir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map(({ name }) => name);
const UNAVAILABLE = { name: 'FileStoreUnavailableError' };

describe.each(['disk', 'gcs'] as const)('files (%s)', (kind) => {
  let store: FileStore;
  beforeEach(async () => {
    store = await STORES[kind]();
  });

  it('are read as they were kept', async () => {
    const [key, content] = [newKey(), randomBytes(200_000)];
    await store.put(key, content, 'image/webp');
    expect(await read(store, key)).toEqual({ size: 200_000, content });
  });

  it('are gone when they are deleted; what is not there is no failure', async () => {
    const key = newKey();
    await store.put(key, Buffer.from('x'), 'image/webp');
    await store.delete(key);
    await store.delete(key);
    expect(await store.open(key)).toBeUndefined();
  });

  it('F-10: have keys of ours alone; nothing else reaches the store', async () => {
    const id = randomUUID();
    const hostile = ['', '.', '..', '../../etc/passwd', `../${id}`, `profile-pictures/../${id}`, `/profile-pictures/${id}`, `profile-pictures/${id}/..`, `profile-pictures/${id}.part`, `profile-pictures/${id.toUpperCase()}X`, `profile-pictures/${id}\n`, `profile-pictures/${id}\u0000`, `profile-pictures\\${id}`, `%2e%2e/${id}`, `pröfile/${id}`, `${'a'.repeat(4_096)}/${id}`, 'constructor', '__proto__'];
    for (const key of hostile) {
      await expect(store.put(key, Buffer.from('x'), 'image/webp')).rejects.toThrow(RangeError);
      await expect(store.open(key)).rejects.toThrow(RangeError);
      await expect(store.delete(key)).rejects.toThrow(RangeError);
    }
    expect([files(), bucket.requests]).toEqual([[], []]);
  });

  it('of fifty at once each is its own', async () => {
    const keys = Array.from({ length: 50 }, newKey);
    await Promise.all(keys.map((key) => store.put(key, Buffer.from(key), 'image/webp')));
    for (const key of keys) expect((await read(store, key))?.content.toString()).toBe(key);
  });
});

describe('on disk', () => {
  it('only the server’s own user reads them, and no unfinished one is left', async () => {
    const store = await STORES.disk();
    const key = newKey();
    await store.put(key, Buffer.from('x'), 'image/webp');
    const id = key.split('/')[1]!;
    const path = join(dataDir, 'uploads', 'profile-pictures', id.slice(0, 2), id);
    expect([statSync(path).mode & 0o777, statSync(join(path, '..')).mode & 0o777, files()]).toEqual([0o600, 0o700, [id]]);
  });

  it('F14: what cannot be kept is a failure of the store, and leaves nothing', async () => {
    const store = await STORES.disk();
    writeFileSync(join(dataDir, 'uploads', 'profile-pictures'), 'in its place');
    const key = newKey();
    await expect(store.put(key, Buffer.from('x'), 'image/webp')).rejects.toMatchObject(UNAVAILABLE);
    await expect(store.open(key)).rejects.toMatchObject(UNAVAILABLE);
    expect(files()).toEqual(['profile-pictures']);
  });

  it('what a killed process left unfinished is not found, and goes with the file', async () => {
    const store = await STORES.disk();
    const key = newKey();
    await store.put(key, Buffer.from('x'), 'image/webp');
    const path = join(dataDir, 'uploads', 'profile-pictures', key.split('/')[1]!.slice(0, 2), key.split('/')[1]!);
    rmSync(path);
    writeFileSync(`${path}.part`, 'half');
    chmodSync(`${path}.part`, 0o600);
    expect(await store.open(key)).toBeUndefined();
    await store.delete(key);
    expect(files()).toEqual([]);
  });
});

describe('in a bucket (F14)', () => {
  let store: FileStore;
  let key: string;
  beforeEach(async () => {
    store = await STORES.gcs();
    key = newKey();
  });

  it('are new objects of their type that no cache between keeps; who may read them is left to the bucket', async () => {
    await store.put(key, Buffer.from('x'), 'image/webp');
    expect(bucket.objects.get(key)).toMatchObject({ contentType: 'image/webp', metadata: { cacheControl: 'private, no-store' } });
    expect(bucket.objects.get(key)!.metadata).not.toHaveProperty('acl');
    expect(bucket.requests).toEqual(['POST /upload/storage/v1/b/media/o']);
  });

  it('are kept although the answer was lost', async () => {
    bucket.mode = 'loses its answer';
    await store.put(key, Buffer.from('x'), 'image/webp');
    expect((await read(store, key))?.content.toString()).toBe('x');
  });

  it.each(['down', 'forbidden', 'silent'] as const)('fail as a store that is away when it is %s', async (mode) => {
    await store.put(key, Buffer.from('x'), 'image/webp');
    bucket.mode = mode;
    await Promise.all([
      expect(store.put(newKey(), Buffer.from('x'), 'image/webp')).rejects.toMatchObject(UNAVAILABLE),
      expect(store.open(key)).rejects.toMatchObject(UNAVAILABLE),
      expect(store.delete(key)).rejects.toMatchObject(UNAVAILABLE),
    ]);
    expect([...bucket.objects.keys()]).toEqual([key]);
  });

  it('that break off while they are read end with a failure, not as shorter ones', async () => {
    await store.put(key, randomBytes(500_000), 'image/webp');
    bucket.mode = 'stops halfway';
    await expect(read(store, key)).rejects.toThrow();
  });
});
