import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { deriveKey, loadSecrets } from './app-keys.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'app keys '));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('the secret of an installation', () => {
  it('is made once and is readable by its owner alone', async () => {
    const dataDir = join(folder, 'new');
    const [first] = await loadSecrets(undefined, dataDir);
    expect(await loadSecrets([], dataDir)).toEqual([first]);
    expect(Buffer.from(first!, 'base64url')).toHaveLength(32);
    expect((await stat(join(dataDir, 'secret'))).mode & 0o777).toBe(0o600);
    expect(await readdir(dataDir)).toEqual(['secret']);
  });

  it('takes the place of an empty file, which a power cut may leave, and stays', async () => {
    const file = join(folder, 'secret');
    await writeFile(file, '');
    const [made] = await loadSecrets(undefined, folder);
    expect((await readFile(file, 'utf8')).trim()).toBe(made);
    expect(await loadSecrets(undefined, folder)).toEqual([made]);
  });

  it('is not made where there are configured ones', async () => {
    expect(await loadSecrets(['one', 'two'], join(folder, 'none'))).toEqual(['one', 'two']);
    await expect(stat(join(folder, 'none'))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('gives each purpose a key of its own', () => {
    expect(deriveKey('secret', 'otp')).toHaveLength(32);
    expect(deriveKey('secret', 'otp').equals(deriveKey('secret', 'jobs'))).toBe(false);
    expect(deriveKey('secret', 'otp').equals(deriveKey('other', 'otp'))).toBe(false);
  });
});
