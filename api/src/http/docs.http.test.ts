import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { signUp } from '../../test/accounts.js';
import { startApi, type Api } from '../../test/harness.js';

let api: Api;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

const FILE = '//api-docs/swagger-ui.css';

describe('answers that caches may keep', () => {
  it('B-19: no page and no file comes with a renewed token unless caches are told not to keep it', async () => {
    const { userId, sessionToken: token } = await signUp(api);
    await api.sql(`UPDATE "user" SET first_name = 'Ada' WHERE user_id = $1`, [userId]);
    await api.context.changes.settled();
    const seen = async (path: string) => {
      const { status, headers } = await api.client.get(path, { token });
      return [path, status, headers.has('x-session-token'), headers.get('cache-control')];
    };
    for (const path of ['//api-docs/', FILE]) {
      const [, status, renewed] = await seen(path);
      expect([path, status, renewed]).toEqual([path, 200, false]);
    }
    for (const path of ['/settings/profile', '/nope', '/dev/mailbox', '/dev/mailbox/mailbox.css']) expect(await seen(path)).toEqual([path, path === '/nope' ? 404 : 200, true, 'no-store']);
  });

  it('B-19: a refusal is not described as the file that was asked for', async () => {
    expect((await api.client.get(FILE)).headers.get('etag')).not.toBeNull();
    for (const headers of [{ Range: 'bytes=99999999-' }, { 'If-Match': '"x"' }] as Record<string, string>[]) {
      const refused = await api.client.get(FILE, { headers });
      expect(['cache-control', 'etag', 'last-modified', 'accept-ranges', 'content-range'].map((name) => refused.headers.get(name))).toEqual(['no-store', null, null, null, null]);
    }
  });

  it('the documentation is counted by address like everything else (G-02)', async () => {
    for (const path of ['//api-docs.json', FILE]) expect((await api.client.get(path)).headers.get('ratelimit-limit')).toBe('1000000');
  });
});
