import { mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { signUp, type Account } from '../../../test/accounts.js';
import { startBucket, type Bucket } from '../../../test/doubles/bucket.js';
import { startApi, type Api } from '../../../test/harness.js';
import { form, image } from '../../../test/pictures.js';
import { until } from '../../../test/until.js';

let content: Buffer;
beforeAll(async () => {
  content = await image();
});

const set = (api: Api, who: Account) => api.client.post('/settings/profile-picture', undefined, { token: who.sessionToken, raw: form(content) });
const shown = async (api: Api, who: Account) => (await api.sql<{ key: string | null; url: string | null }>('SELECT profile_picture_key AS key, profile_picture_url AS url FROM "user" WHERE user_id = $1', [who.userId]))[0]!;
const entries = async (api: Api, who: Account) => (await api.sql('SELECT 1 FROM activity_log WHERE user_id = $1 AND action = $2', [who.userId, 'picture_updated'])).length;
/** Removals that wait for their time: how many, and the minutes until the first. */
const waiting = async (api: Api) =>
  (await api.sql<{ count: number; minutes: number }>(`SELECT count(*)::int AS count, (extract(epoch FROM min(j.run_at) - now()) / 60)::int AS minutes FROM graphile_worker._private_jobs j JOIN graphile_worker._private_tasks t ON t.id = j.task_id WHERE t.identifier = 'delete_unused_picture'`))[0]!;
const letTimePass = (api: Api) => api.sql('UPDATE graphile_worker._private_jobs SET run_at = now()');

describe('on disk', () => {
  let dataDir: string;
  let api: Api;
  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'picture-faults-'));
    api = await startApi({ env: { DATA_DIR: dataDir } });
  });
  afterAll(async () => {
    await api?.close();
    await rm(dataDir, { recursive: true, force: true });
  });
  const stored = async () => (await readdir(join(dataDir, 'uploads'), { recursive: true })).filter((name) => /\/[0-9a-f]{8}-[^/]+$/.test(name)).map((name) => `profile-pictures/${name.split('/').at(-1)}`);

  it('A-14: suspended while the picture was being drawn, an account does not get it, and its file goes', async () => {
    const ann = await signUp(api);
    await set(api, ann);
    const before = await shown(api, ann);
    const administrator = new pg.Client({ connectionString: api.context.config.database.url });
    await administrator.connect();
    try {
      await administrator.query('BEGIN');
      await administrator.query(`UPDATE "user" SET status = 'SUSPENDED', is_active = false WHERE user_id = $1`, [ann.userId]);
      const answer = set(api, ann);
      // The upload has come as far as the account, and waits for the administrator.
      await until(async () => (await stored()).length === 2);
      await until(async () => (await api.sql(`SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%FOR NO KEY UPDATE%'`)).length > 0);
      await administrator.query('COMMIT');
      expect((await answer).status).toBe(404);
    } finally {
      await administrator.end();
    }
    expect([await shown(api, ann), await entries(api, ann)]).toEqual([before, 1]);
    await letTimePass(api);
    await until(async () => (await stored()).length === 1);
    // The removal of the picture that is shown has come, too, and left it alone.
    await until(async () => (await waiting(api)).count === 0);
    expect(await stored()).toEqual([before.key]);
  });

  it('H-02: without its entry in the log there is no new picture; the removal of its file was on record before it', async () => {
    const bob = await signUp(api);
    await set(api, bob);
    const before = await shown(api, bob);
    const files = (await stored()).length;
    await api.sql('ALTER TABLE activity_log RENAME COLUMN action TO away');
    try {
      expect((await set(api, bob)).status).toBe(500);
    } finally {
      await api.sql('ALTER TABLE activity_log RENAME COLUMN away TO action');
    }
    expect([await shown(api, bob), (await stored()).length]).toEqual([before, files + 1]);
    expect(await waiting(api)).toEqual({ count: 2, minutes: expect.any(Number) });
    expect((await waiting(api)).minutes).toBeGreaterThan(50);
    await letTimePass(api);
    await until(async () => (await stored()).length === files);
    expect(await stored()).toContain(before.key);
  });

  it('F10, F14: where no file can be kept, the answer is 503 and the account as it was', async () => {
    const cat = await signUp(api);
    await set(api, cat);
    const before = await shown(api, cat);
    const folder = join(dataDir, 'uploads');
    for (const broken of [folder, join(dataDir, 'tmp')]) {
      await rename(broken, `${broken}-away`);
      await writeFile(broken, 'in its place');
      const answer = await set(api, cat);
      expect([answer.status, answer.body.error_key, answer.headers.get('retry-after')]).toEqual([503, 'SERVICE_UNAVAILABLE', '1']);
      await rm(broken);
      await rename(`${broken}-away`, broken);
    }
    expect([await shown(api, cat), await entries(api, cat), await readdir(join(dataDir, 'tmp'))]).toEqual([before, 1, []]);
    expect((await set(api, cat)).status).toBe(200);
  });
});

describe('in a bucket (F14)', () => {
  let bucket: Bucket;
  let api: Api;
  let dan: Account;
  beforeAll(async () => {
    bucket = await startBucket();
    process.env['STORAGE_EMULATOR_HOST'] = bucket.url;
    api = await startApi({ env: { GOOGLE_STORAGE_BUCKET_NAME: 'media' } });
    dan = await signUp(api);
  });
  afterEach(() => void (bucket.mode = 'up'));
  afterAll(async () => {
    await api?.close();
    await bucket?.close();
    delete process.env['STORAGE_EMULATOR_HOST'];
  });
  const picture = (url: string) => api.client.get(new URL(url).pathname.slice(api.prefix.length));

  it('a picture is kept there and served from here, so that the bucket can stay private', async () => {
    const { profile_picture_url } = (await set(api, dan)).body.data;
    expect([...bucket.objects.keys()]).toEqual([(await shown(api, dan)).key]);
    const answer = await picture(profile_picture_url);
    expect([answer.status, answer.headers.get('content-type'), answer.headers.get('content-length')]).toEqual([200, 'image/webp', String(bucket.objects.values().next().value!.content.length)]);
    await set(api, dan);
    await until(() => bucket.objects.size === 1);
    expect((await picture(profile_picture_url)).status).toBe(404);
  });

  it.each(['down', 'forbidden'] as const)('while it is %s the answer is 503, and the account as it was', async (mode) => {
    await set(api, dan);
    const before = await shown(api, dan);
    const log = await entries(api, dan);
    bucket.mode = mode;
    expect(await set(api, dan)).toMatchObject({ status: 503, body: { error_key: 'SERVICE_UNAVAILABLE' } });
    expect((await picture(before.url!)).status).toBe(503);
    expect([await shown(api, dan), await entries(api, dan)]).toEqual([before, log]);
    bucket.mode = 'up';
    expect((await picture(before.url!)).status).toBe(200);
  });
});
