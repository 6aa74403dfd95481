import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z, type ZodObject } from 'zod';
import { signIn, signUp, type Account } from '../../../test/accounts.js';
import { startApi, type Api } from '../../../test/harness.js';
import { insertMarked } from '../../../test/personal-values.js';
import { until } from '../../../test/until.js';
import { LANGUAGES } from '../../i18n/language.js';
import { createExportRepo, EXPORT_BATCH } from './export.repo.js';
import { exportSchema } from './export.schema.js';
import { createAccountExport } from './export.service.js';
import { PERSONAL_DATA, type ColumnKind, type PersonalTable } from './personal-data.js';

let api: Api;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

const PATH = '/settings/export';
const ask = ({ sessionToken: token }: Pick<Account, 'sessionToken'>, headers = {}) => api.client.get(PATH, { token, headers });
const entries = (userId: string) => api.sql<{ session_id: string }>(`SELECT session_id FROM activity_log WHERE user_id = $1 AND action = 'account_exported'`, [userId]);
const addEntries = (userId: string, count: number, text = '', column = 'user_id') =>
  api.sql(`INSERT INTO activity_log (${column}, message, metadata) SELECT $1, 'n' || n, jsonb_build_object('text', $3::text) FROM generate_series(1, $2::int) n`, [userId, count, text]);

/** What has ended long ago is cleared away by itself. */
const ALIVE = { revoked_at: null, expires_at: '2100-01-02T03:04:05Z' };

/** The same schema, but what it does not name is a mistake. */
const strict = (schema: ZodObject) => z.strictObject(Object.fromEntries(Object.entries(schema.shape).map(([name, field]) => [name, field instanceof z.ZodArray ? z.array(z.strictObject((field.element as ZodObject).shape)) : field instanceof z.ZodObject ? z.strictObject(field.shape) : field])));

/** Asks, and reads nothing before it is told to. */
async function askSlowly({ sessionToken }: Account): Promise<IncomingMessage> {
  const request = get(`${api.url}${api.prefix}${PATH}`, { headers: { 'X-Session-Token': sessionToken }, agent: false });
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  return response;
}
/** Enough that no socket buffer holds it: 60 batches of a megabyte. */
const LARGE = { rows: 60 * EXPORT_BATCH, text: 'x'.repeat(2_000) };
/** Waits until the server has stopped reading from the database. @returns the statements since `before` */
async function atRest(before: number): Promise<number> {
  const { db } = api.context;
  let last = -1;
  for (let same = 0; same < 10; same = db.commands() === last ? same + 1 : 0) {
    last = db.commands();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return last - before;
}

describe('GET /settings/export', () => {
  it('is everything about the caller, in the envelope, as a file that nobody keeps', async () => {
    const person = await signUp(api);
    const phone = await signIn(api, person);
    const answer = await ask(phone);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(answer.headers.get('content-disposition')).toBe('attachment; filename="account.json"');
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(answer.body).toMatchObject({ success: true, id: answer.headers.get('x-request-id'), message: 'Account data exported successfully', timestamp: expect.any(String) });
    expect(Object.keys(answer.body)).toEqual(['success', 'id', 'message', 'data', 'timestamp']);
    const data = strict(exportSchema).parse(answer.body.data);
    expect(data['user']).toMatchObject({ user_id: person.userId, email: person.email });
    expect((data['sessions'] as { session_id: string }[]).map(({ session_id }) => session_id)).toEqual([person.sessionId, phone.sessionId]);
    expect(data['groups']).toEqual([expect.objectContaining({ codename: 'user', name: 'User' })]);
    expect((data['activity'] as { action: string }[]).map(({ action }) => action)).toEqual(['sign_up', 'sign_in', 'account_exported']);
    expect(await entries(person.userId)).toEqual([{ session_id: phone.sessionId }]);
  });

  it('C-21: every value that is to be shown is there, and no password, hash, token, key or other person’s', async () => {
    const person = await signUp(api);
    const [business] = await api.sql<{ group_id: string }>(`SELECT group_id FROM "group" WHERE codename = 'business'`);
    const tables: [PersonalTable, Record<string, unknown>][] = [
      ['session', { user_id: person.userId, generation: 1, confirmed_generation: 0, ...ALIVE }],
      ['password_history', { user_id: person.userId }],
      ['contact_change', { user_id: person.userId }],
      ['user_group_history', { user_id: person.userId, group_id: business!.group_id }],
      ['activity_log', { user_id: person.userId, target_user_id: null }],
    ];
    const marks = new Map<string, string>();
    for (const [table, given] of tables) for (const [name, mark] of await insertMarked(api, table, given)) marks.set(name, mark);
    const ofOthers = await insertMarked(api, 'activity_log', { target_user_id: person.userId, user_id: (await signUp(api)).userId, message: 'Ended a session', action: 'session_ended', module: 'sessions', level: 'audit' });
    await api.sql(`UPDATE "user" SET password = 'a-password-hash', profile_picture_key = 'a-picture-key' WHERE user_id = $1`, [person.userId]);
    const { text, body } = await ask(person);
    const shown = text.replaceAll(/(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)/g, '$1 $2');
    for (const [name, mark] of marks) {
      const [table, column] = name.split('.') as [PersonalTable, string];
      expect({ name, shown: shown.includes(mark) }).toEqual({ name, shown: (PERSONAL_DATA[table].columns as Record<string, ColumnKind>)[column]!.exported });
    }
    expect(marks.size).toBeGreaterThan(30);
    expect([...ofOthers].filter(([, mark]) => shown.includes(mark))).toEqual([]);
    expect(text).not.toMatch(/a-password-hash|a-picture-key|"password"|token_hash/);
    expect(body.data.activity_about_me).toEqual([expect.objectContaining({ action: 'session_ended', message: 'Ended a session' })]);
  });

  it('says from when to when the person was in which group, also when the group is gone', async () => {
    const person = await signUp(api);
    await api.sql(`INSERT INTO "group" (name, codename) VALUES ('Pilots', 'pilots')`);
    await api.sql(`INSERT INTO user_group (user_id, group_id) SELECT $1, group_id FROM "group" WHERE codename = 'pilots'`, [person.userId]);
    await api.sql(`UPDATE "group" SET name = 'Captains' WHERE codename = 'pilots'`);
    await api.sql(`DELETE FROM "group" WHERE codename = 'pilots'`);
    const [when, group_id] = [expect.stringMatching(/^20\d\d-.*Z$/), expect.any(String)];
    expect((await ask(person)).body.data.groups_over_time).toEqual([
      { group_id, codename: 'user', name: 'User', began_at: when, ended_at: null },
      { group_id, codename: 'pilots', name: 'Captains', began_at: when, ended_at: when },
    ]);
  });

  it('shows nothing of anybody else (D-02)', async () => {
    const [person, stranger] = [await signUp(api), await signUp(api)];
    await addEntries(stranger.userId, 3, 'of the stranger');
    const { text } = await ask(person);
    for (const theirs of [stranger.userId, stranger.email, stranger.sessionId, 'of the stranger']) expect(text).not.toContain(theirs);
  });

  it('every row is in it once, in order, whatever falls on the edge of a batch', async () => {
    const person = await signUp(api);
    // Many at the same microsecond, so that only the id tells them apart.
    for (const count of [EXPORT_BATCH - 3, EXPORT_BATCH, 2 * EXPORT_BATCH + 1]) await addEntries(person.userId, count);
    const data = (await ask(person)).body.data;
    const ids = data.activity.map(({ log_id }: { log_id: string }) => log_id);
    const stored = await api.sql<{ log_id: string }>('SELECT log_id FROM activity_log WHERE user_id = $1 ORDER BY created_at, log_id', [person.userId]);
    expect(ids).toEqual(stored.map(({ log_id }) => log_id));
    const exact = await signUp(api);
    await addEntries(exact.userId, EXPORT_BATCH - 2);
    expect((await ask(exact)).body.data.activity).toHaveLength(EXPORT_BATCH);
  });

  it('keeps every text as it is stored', async () => {
    const person = await signUp(api);
    const bio = 'مينا "quoted" \\ \u2028 </script> 🎈\n\ttab';
    await api.sql(`UPDATE "user" SET bio = $2, phone_number = '{"any": ["thing", 1]}' WHERE user_id = $1`, [person.userId, bio]);
    const { user } = (await ask(person)).body.data;
    expect([user.bio, user.phone_number]).toEqual([bio, { any: ['thing', 1] }]);
  });

  it('HEAD is answered like GET, without reading anything or leaving an entry', async () => {
    const person = await signUp(api);
    const answer = await api.client.send('HEAD', PATH, undefined, { token: person.sessionToken });
    expect([answer.status, answer.text, answer.headers.get('content-disposition'), answer.headers.get('cache-control')]).toEqual([200, '', 'attachment; filename="account.json"', 'no-store']);
    expect(await entries(person.userId)).toEqual([]);
    expect((await api.client.send('HEAD', PATH)).status).toBe(401);
  });

  it('is said in the six languages, with fresh limits for each person', async () => {
    const messages = new Set<string>();
    for (const lang of LANGUAGES) messages.add((await ask(await signUp(api), { 'X-Lang': lang })).body.message);
    expect(messages.size).toBe(LANGUAGES.length);
  });

  it('five an hour, whatever the device; the sixth is told when to come back', async () => {
    const person = await signUp(api);
    const phone = await signIn(api, person);
    const answers = await Promise.all(Array.from({ length: 50 }, (_, index) => ask(index % 2 ? person : phone)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(5);
    const refused = answers.filter(({ status }) => status === 429);
    expect(refused).toHaveLength(45);
    expect(Number(refused[0]!.headers.get('retry-after'))).toBeGreaterThan(3_000);
    expect(await entries(person.userId)).toHaveLength(5);
  });

  it('without a token is 401, without the permission 403', async () => {
    const person = await signUp(api);
    expect((await api.client.get(PATH)).status).toBe(401);
    await api.sql('DELETE FROM user_group WHERE user_id = $1', [person.userId]);
    expect((await ask(person)).status).toBe(403);
  });

  it('H-02: without its entry nothing leaves, and the failure is in the envelope', async () => {
    const person = await signUp(api);
    await api.sql(`ALTER TABLE activity_log ADD CONSTRAINT no_entry CHECK (action <> 'account_exported') NOT VALID`);
    try {
      const answer = await ask(person);
      expect([answer.status, answer.body.error_key, answer.headers.get('content-disposition')]).toEqual([500, 'INTERNAL_ERROR', null]);
      expect(answer.text).not.toContain(person.email);
    } finally {
      await api.sql('ALTER TABLE activity_log DROP CONSTRAINT no_entry');
    }
  });
});

describe('a long export', () => {
  let person: Account;
  beforeAll(async () => {
    person = await signUp(api);
    await addEntries(person.userId, LARGE.rows, LARGE.text);
  });

  it('waits for a slow reader, with no more than the batches that are on the way and no connection held, and is whole in the end', async () => {
    const before = api.context.db.commands();
    const response = await askSlowly(person);
    const batches = LARGE.rows / EXPORT_BATCH;
    expect(await atRest(before)).toBeLessThan(batches / 2);
    // Others, such as a notice that leaves, use one for a moment; the export would hold its own for as long as it waits.
    await until(() => api.context.db.pool.idleCount === api.context.db.pool.totalCount, 30_000);
    const chunks: Buffer[] = [];
    for await (const chunk of response) chunks.push(chunk as Buffer);
    const { data } = JSON.parse(Buffer.concat(chunks).toString());
    expect(data.activity.filter(({ message }: { message: string }) => /^n\d+$/.test(message))).toHaveLength(LARGE.rows);
  });

  it('ends when its reader goes, quietly', async () => {
    const before = api.context.db.commands();
    const response = await askSlowly(person);
    const { length } = api.logText();
    response.destroy();
    await until(() => /"path":"\/api\/v1\/settings\/export","status":499/.test(api.logText().slice(length)));
    expect(await atRest(before)).toBeLessThan(LARGE.rows / EXPORT_BATCH);
    expect(api.logText().slice(length)).not.toMatch(/Unexpected failure|Dependency unavailable/);
  });

  it('that fails in the middle is cut off, so that half is not taken for the whole, and the failure is logged', async () => {
    const response = await askSlowly(person);
    await atRest(0);
    await api.sql('ALTER TABLE activity_log RENAME TO activity_log_away');
    try {
      const chunks: Buffer[] = [];
      const { length } = api.logText();
      await expect((async () => {
        for await (const chunk of response) chunks.push(chunk as Buffer);
      })()).rejects.toThrow('aborted');
      expect(response.statusCode).toBe(200);
      expect(Buffer.concat(chunks).toString()).not.toContain('"timestamp":"2');
      await until(() => api.logText().slice(length).includes('Unexpected failure'));
    } finally {
      await api.sql('ALTER TABLE activity_log_away RENAME TO activity_log');
    }
  });

  it('holds one batch at a time: the next is read when the one before has been taken', async () => {
    const repo = createExportRepo();
    let read = 0;
    const service = createAccountExport({
      db: api.context.db,
      activity: { record: async () => undefined },
      repo: { read: (...call) => repo.read(...call).finally(() => (read += 1)) },
    });
    let pieces = 0;
    const origin = {} as Parameters<typeof service.of>[1];
    for await (const _piece of service.of(person, origin)) {
      pieces += 1;
      // The person, and a batch for each piece at the most.
      expect(read).toBeLessThanOrEqual(pieces);
    }
    expect(read).toBeGreaterThan(LARGE.rows / EXPORT_BATCH);
  });
});
