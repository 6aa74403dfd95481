import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, readlinkSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import sharp from 'sharp';
import { signUp, type Account } from '../../../test/accounts.js';
import { startTwo, type Api } from '../../../test/harness.js';
import { form, image } from '../../../test/pictures.js';
import { until } from '../../../test/until.js';

const MIB = 1024 * 1024;

let dataDir: string;
let api: Api;
let other: Api;
let person: Account;
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'pictures-'));
  [api, other] = await startTwo({ env: { DATA_DIR: dataDir } });
  person = await signUp(api);
});
afterAll(async () => {
  await api?.close();
  await rm(dataDir, { recursive: true, force: true });
});

const set = async (who: Account, content: Buffer | FormData, { path = '/settings/profile-picture', at = api } = {}) =>
  at.client.post(path, undefined, { token: who.sessionToken, raw: content instanceof FormData ? content : form(content) });
const remove = (who: Account) => api.client.send('DELETE', '/settings/profile-picture', undefined, { token: who.sessionToken });
const idOf = (url: string) => /\/api\/v1\/media\/profile-pictures\/([0-9a-f-]{36})$/.exec(url)![1]!;
const download = (url: string, headers: Record<string, string> = {}) => fetch(`${api.url}/api/v1/media/profile-pictures/${idOf(url)}`, { headers });
const shown = async (who: Account, at = api) => (await at.client.get('/settings/profile', { token: who.sessionToken })).body.data.profile_picture_url as string | null;
const entries = (who: Account) => api.sql('SELECT metadata, status_code, endpoint FROM activity_log WHERE user_id = $1 AND action = $2 ORDER BY created_at', [who.userId, 'picture_updated']);
const stored = async (): Promise<string[]> => (await readdir(join(dataDir, 'uploads'), { recursive: true }).catch(() => [])).filter((name) => /[0-9a-f]{8}-/.test(name)).map((name) => name.split('/').at(-1)!);
/** Bodies that are being received by this process, each in a file without a name. */
const bodiesUnderWay = () => readdirSync('/proc/self/fd').filter((fd) => linkOf(fd).startsWith(join(dataDir, 'tmp', 'upload-'))).length;
function linkOf(fd: string): string {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`);
  } catch {
    // Closed since it was listed.
    return '';
  }
}
const mine = async (who: Account) => (await api.sql<{ profile_picture_key: string | null }>('SELECT profile_picture_key FROM "user" WHERE user_id = $1', [who.userId]))[0]!.profile_picture_key;

describe('200', () => {
  it('a picture is drawn anew, shown by every worker, and left in the log', async () => {
    const ann = await signUp(api);
    const answer = await set(ann, await image('jpeg', { width: 900, height: 300 }));
    expect(answer).toMatchObject({ status: 200, body: { success: true, message: 'Profile picture updated successfully', data: { profile_picture_url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:0\/api\/v1\/media\//) } } });
    const { profile_picture_url: url } = answer.body.data;
    expect([await shown(ann), await shown(ann, other)]).toEqual([url, url]);
    const metadata = await sharp(Buffer.from(await (await download(url)).arrayBuffer())).metadata();
    expect(metadata).toMatchObject({ format: 'webp', width: 512, height: 512 });
    expect(await entries(ann)).toEqual([{ metadata: { picture: 'set' }, status_code: 200, endpoint: '/api/v1/settings/profile-picture' }]);
  });

  it('the old path does the same, and says that it is old', async () => {
    const answer = await set(person, await image(), { path: '/settings/update-profile-picture' });
    expect([answer.status, answer.headers.has('deprecation')]).toEqual([200, true]);
  });

  it('F-07: it is served under one type, to be kept for ever, and does nothing when it is opened by itself', async () => {
    const { body } = await set(person, await image());
    const answer = await download(body.data.profile_picture_url);
    expect(answer.status).toBe(200);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'content-type': 'image/webp',
      'content-length': String((await answer.arrayBuffer()).byteLength),
      'cache-control': 'public, max-age=86400',
      'x-content-type-options': 'nosniff',
      'content-disposition': 'inline; filename="picture.webp"',
      'content-security-policy': "default-src 'none'; sandbox",
      'cross-origin-resource-policy': 'cross-origin',
      etag: `"${idOf(body.data.profile_picture_url)}"`,
    });
  });

  it('what a browser has already is not sent again, and HEAD sends no body', async () => {
    const { body } = await set(person, await image());
    const url = body.data.profile_picture_url;
    const known = await download(url, { 'If-None-Match': `"x", W/"${idOf(url)}"`, 'Cache-Control': 'max-age=0' });
    expect([known.status, (await known.arrayBuffer()).byteLength, known.headers.get('etag')]).toEqual([304, 0, `"${idOf(url)}"`]);
    const head = await fetch(`${api.url}/api/v1/media/profile-pictures/${idOf(url)}`, { method: 'HEAD' });
    expect([head.status, Number(head.headers.get('content-length')) > 100, await head.text()]).toEqual([200, true, '']);
  });

  it('no token of the caller’s goes into an answer that caches keep for others', async () => {
    const eve = await signUp(api);
    const { body } = await set(eve, await image());
    const renewed = await api.client.get('/settings/profile', { token: eve.sessionToken });
    expect(renewed.headers.has('x-session-token')).toBe(true);
    const answer = await download(body.data.profile_picture_url, { 'X-Session-Token': eve.sessionToken });
    expect([answer.status, answer.headers.has('x-session-token')]).toEqual([200, false]);
    await answer.arrayBuffer();
  });

  it('the picture before is gone with its file, as soon as another one is set or it is removed', async () => {
    const bob = await signUp(api);
    const first = (await set(bob, await image())).body.data.profile_picture_url;
    const second = (await set(bob, await image())).body.data.profile_picture_url;
    await until(async () => (await download(first)).status === 404);
    expect((await download(second)).status).toBe(200);
    const answer = await remove(bob);
    expect(answer).toMatchObject({ status: 200, body: { message: 'Profile picture removed successfully', data: { profile_picture_url: null } } });
    expect([await shown(bob), await mine(bob)]).toEqual([null, null]);
    await until(async () => (await download(second)).status === 404);
    expect((await entries(bob)).map(({ metadata }) => metadata)).toEqual([{ picture: 'set' }, { picture: 'set' }, { picture: 'removed' }]);
  });

  it('the file of an account that is erased goes, also when it is asked for twice', async () => {
    const jim = await signUp(api);
    const url = (await set(jim, await image())).body.data.profile_picture_url;
    const key = (await mine(jim))!;
    await api.context.services.pictures.erasePicture(key);
    await api.context.services.pictures.erasePicture(key);
    expect((await download(url)).status).toBe(404);
  });

  it('removed twice, or never set, it is fine and leaves no further entry', async () => {
    const cat = await signUp(api);
    expect((await remove(cat)).status).toBe(200);
    expect(await entries(cat)).toEqual([]);
  });

  it('a picture of the old server, which is no file of ours, is removed from the account', async () => {
    const dan = await signUp(api);
    await api.sql('UPDATE "user" SET profile_picture_url = $2 WHERE user_id = $1', [dan.userId, 'https://storage.googleapis.com/old/media/users/dan.png']);
    expect((await remove(dan)).body.data).toEqual({ profile_picture_url: null });
    expect(await shown(dan)).toBeNull();
  });

  it('F-10: nothing that the client says of its file is part of the name it is kept under', async () => {
    for (const name of ['../../x.png', '%2e%2e%2fx', '\u202Egnp.exe', 'x'.repeat(4_000)]) {
      expect((await set(person, form(await image(), { name, type: 'text/html' }))).status).toBe(200);
      expect(await mine(person)).toMatch(/^profile-pictures\/[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    }
  });

  it('F17: of twenty at once over two workers each is answered, and one file is left', async () => {
    const fay = await signUp(api);
    const content = await image();
    const before = new Set(await stored());
    const answers = await Promise.all(Array.from({ length: 20 }, (_, at) => set(fay, content, { at: at % 2 ? other : api })));
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 200));
    const last = await shown(fay);
    expect(answers.map(({ body }) => body.data.profile_picture_url)).toContain(last);
    await until(async () => (await stored()).filter((id) => !before.has(id)).length === 1, 30_000);
    expect((await stored()).filter((id) => !before.has(id))).toEqual([idOf(last!)]);
    expect(await entries(fay)).toHaveLength(20);
  });
});

describe('400', () => {
  it('without the file, with two, or with one under another name', async () => {
    const two = form(await image());
    two.append('file', new Blob(['x']), 'x.png');
    const text = new FormData();
    text.append('file', 'not a file');
    const wrong = form(await image(), { field: 'picture' });
    for (const [body, code] of [[two, 'repeated_parameter'], [text, 'required'], [wrong, 'required']] as const) {
      const answer = await set(person, body);
      expect(answer).toMatchObject({ status: 400, body: { error_key: 'PROFILE_INVALID_PAYLOAD', error: { code: 1409, details: { errors: [{ path: 'file', code }] } } } });
    }
    expect(await api.client.post('/settings/profile-picture', undefined, { token: person.sessionToken })).toMatchObject({ status: 400, body: { error_key: 'PROFILE_INVALID_PAYLOAD' } });
  });

  it('a damaged image, and the picture before stays', async () => {
    const { body } = await set(person, await image());
    const whole = await image('png', { width: 600, height: 600 });
    expect(await set(person, whole.subarray(0, whole.length / 2))).toMatchObject({ status: 400, body: { error_key: 'MEDIA_UNREADABLE', error: { code: 1258 } } });
    expect(await shown(person)).toBe(body.data.profile_picture_url);
  });

  it('the address of a picture that is no UUID', async () => {
    for (const id of ['1', '..%2f..%2fetc%2fpasswd', `${randomUUID()}%00`]) expect((await api.client.get(`/media/profile-pictures/${id}`)).status).toBe(400);
  });
});

describe('401, 403, 404', () => {
  it('E-06: whoever may not is told so before the body is read', async () => {
    const ghost = await signUp(api);
    await api.sql('DELETE FROM user_group WHERE user_id = $1', [ghost.userId]);
    expect((await set(ghost, Buffer.from('no image'))).status).toBe(403);
    expect((await api.client.post('/settings/profile-picture', undefined, { raw: form('no image') })).status).toBe(401);
  });

  // Only Linux tells which files a process has open, and so that the guard has let the request in.
  (process.platform === 'linux' ? it : it.skip)('B-01: a session that ended while the body was on its way sets no picture', async () => {
    const ivy = await signUp(api);
    const content = await image();
    const head = Buffer.from('--b\r\nContent-Disposition: form-data; name="file"; filename="me"\r\n\r\n');
    const end = Buffer.from('\r\n--b--\r\n');
    const request = http.request(`${api.url}/api/v1/settings/profile-picture`, {
      method: 'POST',
      headers: { 'X-Session-Token': ivy.sessionToken, 'Content-Type': 'multipart/form-data; boundary=b', 'Content-Length': head.length + content.length + end.length },
    });
    request.write(head);
    await until(() => bodiesUnderWay() === 1);
    expect((await api.client.post('/auth/logout', undefined, { token: ivy.sessionToken })).status).toBe(200);
    request.end(Buffer.concat([content, end]));
    const [response] = (await once(request, 'response')) as [http.IncomingMessage];
    response.resume();
    expect([response.statusCode, await mine(ivy)]).toEqual([401, null]);
  });

  it('D-02: a picture that is not there, in the envelope', async () => {
    const answer = await api.client.get(`/media/profile-pictures/${randomUUID()}`);
    expect(answer).toMatchObject({ status: 404, body: { error_key: 'MEDIA_NOT_FOUND', error: { code: 1251 } } });
    expect(answer.headers.get('cache-control')).toBe('no-store');
  });
});

describe('413, 415, 429', () => {
  it('F-14: more than 15 MiB is refused', async () => {
    const answer = await set(person, Buffer.alloc(15 * MIB + 1));
    expect(answer).toMatchObject({ status: 413, body: { error_key: 'MEDIA_TOO_LARGE', error: { code: 1254 } } });
  });

  it.each([
    ['an SVG with a script', '<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'],
    ['a page', '<!doctype html><script>alert(1)</script>'],
    ['a PDF', '%PDF-1.7\n1 0 obj<</S/JavaScript/JS(app.alert(1))>>endobj'],
    ['a script', 'alert(document.cookie)'],
    ['nothing', ''],
  ])('F-07: %s is refused, whatever it calls itself', async (_what, content) => {
    const answer = await set(person, Buffer.from(content));
    expect(answer).toMatchObject({ status: 415, body: { error_key: 'MEDIA_TYPE_NOT_SUPPORTED', error: { code: 1253 } } });
  });

  it('E-14: a body that is no multipart', async () => {
    const answer = await api.client.post('/settings/profile-picture', { file: 'x' }, { token: person.sessionToken });
    expect([answer.status, answer.body.error_key]).toEqual([415, 'UNSUPPORTED_MEDIA_TYPE']);
  });

  it('F-13: twenty changes an hour, counted over both workers', async () => {
    const hal = await signUp(api);
    const answers = [];
    for (let count = 0; count < 21; count += 1) answers.push(await set(hal, Buffer.from('x'), { at: count % 2 ? other : api }));
    expect(answers.map(({ status }) => status)).toEqual([...Array.from({ length: 20 }, () => 415), 429]);
    expect(answers[20]!.headers.get('retry-after')).toMatch(/^\d+$/);
  });
});
