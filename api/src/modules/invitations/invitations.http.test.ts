import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { signUp, type Account } from '../../../test/accounts.js';
import { somebodysPhone } from '../../../test/codes.js';
import { someone, startApi, startTwo, type Api } from '../../../test/harness.js';
import { createInviting } from '../../../test/invitations.js';
import { until } from '../../../test/until.js';
import { LANGUAGES } from '../../i18n/language.js';
import { createRankRepo } from '../permissions/rank.repo.js';

let api: Api;
let other: Api;
let root: Account;
let doings: ReturnType<typeof createInviting>;
beforeAll(async () => {
  [api, other] = await startTwo({ env: { MAILBOX_CHANNELS: 'email,sms,whatsapp', INVITATION_URL: 'https://app.example.org/sign-up' } });
  doings = createInviting(api);
  root = await doings.root();
});
afterAll(() => api.close());

const invite = (body: object, who: Account = root, query = '', on = api) => doings.invite(body, who, query, on);
const list = (query = '', who: Account = root) => api.client.get(`/invitations${query}`, { token: who.sessionToken });
const withdraw = (id: string, who: Account = root, on = api) => doings.withdraw(id, who, on);

describe('POST /users', () => {
  it('invites an address: the answer, the row, the entry and the message', async () => {
    const email = `Ada.${someone()}`;
    const answer = await invite({ email: ` ${email} `, first_name: 'Ada', last_name: null, language: 'de', group_codenames: ['user', 'business'] });
    const when = expect.stringMatching(/^20\d\d-.*Z$/);
    expect([answer.status, answer.body.message]).toEqual([201, 'Invitation sent successfully']);
    expect(answer.body.data).toEqual({
      invitation: { invitation_id: expect.any(String), email, phone_number: null, first_name: 'Ada', last_name: null, language: 'de', groups: ['business', 'user'], invited_by_user_id: root.userId, created_at: when, sent_at: when, expires_at: when },
    });
    const { invitation } = answer.body.data;
    expect(Object.keys(invitation)).toEqual(['invitation_id', 'email', 'phone_number', 'first_name', 'last_name', 'language', 'groups', 'invited_by_user_id', 'created_at', 'sent_at', 'expires_at']);
    expect(Date.parse(invitation.expires_at) - Date.parse(invitation.sent_at)).toBe(14 * 86_400_000);
    expect(await doings.stored(email.toLowerCase())).toHaveLength(1);
    expect(await api.sql('SELECT FROM "user" WHERE lower(email) = lower($1)', [email])).toEqual([]);
    expect(await doings.entries(invitation.invitation_id)).toEqual([
      { action: 'user_invited', user_id: root.userId, target_user_id: null, status_code: 201, level: 'audit', metadata: { invitation_id: invitation.invitation_id, identity: `a***@example.com`, kind: 'email', channel: 'email', before: null, after: { groups: ['business', 'user'], language: 'de', expires_at: invitation.expires_at } } },
    ]);
    const [mail] = await doings.arrived(email);
    expect(mail!.subject).toBe(api.context.translator.text('de', 'mail.invitation.subject', { app: 'Tessera' }));
    expect(mail!.text).toContain('https://app.example.org/sign-up\n');
    // Nothing personal: an invitation may be forwarded, and its link be logged.
    for (const word of ['Ada', email, root.email, invitation.invitation_id]) expect(mail!.html + mail!.text).not.toContain(word);
  });

  it.each(['sms', 'whatsapp'])('invites a number over %s', async (channel) => {
    const phone = somebodysPhone();
    const answer = await invite({ phone: phone.replace('+49', '+490'), ...(channel === 'sms' ? {} : { channel }) }, root, '?lang=fr');
    expect(answer.status).toBe(201);
    expect(answer.body.data.invitation).toMatchObject({ email: null, phone_number: { phone }, language: 'fr', groups: ['user'], first_name: null, last_name: null });
    const [message] = await doings.arrived(phone);
    expect(message).toMatchObject({ channel, subject: '' });
    expect(message!.text).toMatch(/^Tessera : .*https:\/\/app\.example\.org\/sign-up$/);
    const [entry] = await doings.entries(answer.body.data.invitation.invitation_id);
    expect(entry!.metadata).toMatchObject({ channel, kind: 'phone', identity: `${phone.slice(0, 3)}***${phone.slice(-2)}` });
  });

  it.each(LANGUAGES)('speaks the language of whoever invites, unless the invitation says another: %s', async (language) => {
    const [one, two] = [someone(), someone()];
    await invite({ email: one }, root, `?lang=${language}`);
    await invite({ email: two, language: language === 'id' ? 'ind' : language }, root, '?lang=en');
    for (const email of [one, two]) expect((await doings.arrived(email))[0]!.subject).toBe(api.context.translator.text(language, 'mail.invitation.subject', { app: 'Tessera' }));
  });

  it('takes groups by id as well', async () => {
    const ids = [await doings.groupId('accountant'), (await doings.groupId('user')).toUpperCase()];
    expect((await invite({ email: someone(), group_ids: ids })).body.data.invitation.groups).toEqual(['accountant', 'user']);
  });

  it('an account there already is 409, whatever its capitals and state', async () => {
    const person = await signUp(api);
    for (const email of [person.email, person.email.toUpperCase()]) {
      const { status, body } = await invite({ email });
      expect([status, body.error_key]).toEqual([409, 'AUTH_USER_ALREADY_EXISTS']);
    }
    await api.sql(`UPDATE "user" SET status = 'DELETED', is_active = false, erase_after = now() + interval '1 day' WHERE user_id = $1`, [person.userId]);
    expect((await invite({ email: person.email })).status).toBe(409);
    expect(await doings.stored(person.email)).toEqual([]);
  });

  it('groups that are unknown, not active or repeated are 400, by name and by id, and name themselves', async () => {
    const [inactive, email] = [await doings.groupWith(['view_profile'], false), someone()];
    const nowhere = '3b7e0b4e-6d0e-4bd5-9d62-0a8f8a1c2d3e';
    const cases: [object, object][] = [
      [{ group_codenames: ['user', 'nobody'] }, { unknown: ['nobody'] }],
      [{ group_codenames: ['User'] }, { unknown: ['User'] }],
      [{ group_codenames: ["'; DROP TABLE invitation; --", '%'] }, { unknown: ["'; DROP TABLE invitation; --", '%'] }],
      [{ group_codenames: [inactive] }, { inactive: [inactive] }],
      [{ group_codenames: ['user', 'user'] }, { repeated: ['user'] }],
      [{ group_ids: [nowhere] }, { unknown: [nowhere] }],
      [{ group_ids: [await doings.groupId(inactive)] }, { inactive: [await doings.groupId(inactive)] }],
    ];
    for (const [wanted, details] of cases) {
      const { status, body } = await invite({ email, ...wanted });
      expect([status, body.error_key, body.error.details]).toEqual([400, 'GROUP_ASSIGN_USERS_FAILED', details]);
    }
    expect(await doings.stored(email)).toEqual([]);
  });

  const bad: [object, string][] = [
    [{}, ''], [{ email: 'a@example.com', phone: '+4915112345678' }, ''], [{ email: 'x' }, 'email'], [{ email: '+4915112345678' }, 'email'], [{ phone: 'a@example.com' }, 'phone'], [{ phone: '0151 1' }, 'phone'],
    [{ email: null }, 'email'], [{ email: ['a@example.com'] }, 'email'], [{ email: { $ne: '' } }, 'email'], [{ email: 'a@example.com\r\nBcc: b@example.com' }, 'email'], [{ email: 'a@b.c\u0000' }, 'email'],
    [{ email: 'a@example.com', channel: 'sms' }, 'channel'], [{ phone: '+4915112345678', channel: 'email' }, 'channel'], [{ phone: '+4915112345678', channel: 'pigeon' }, 'channel'],
    [{ email: 'a@example.com', first_name: 'x'.repeat(101) }, 'first_name'], [{ email: 'a@example.com', last_name: 7 }, 'last_name'], [{ email: 'a@example.com', language: 'tlh' }, 'language'],
    [{ email: 'a@example.com', group_codenames: [] }, 'group_codenames'], [{ email: 'a@example.com', group_codenames: 'user' }, 'group_codenames'], [{ email: 'a@example.com', group_codenames: Array(101).fill('user') }, 'group_codenames'],
    [{ email: 'a@example.com', group_ids: ['1'] }, 'group_ids.0'], [{ email: 'a@example.com', group_codenames: ['user'], group_ids: ['3b7e0b4e-6d0e-4bd5-9d62-0a8f8a1c2d3e'] }, ''],
    [{ email: 'a@example.com', is_active: true }, 'is_active'], [{ email: 'a@example.com', user_id: '3b7e0b4e-6d0e-4bd5-9d62-0a8f8a1c2d3e' }, 'user_id'], [{ email: 'a@example.com', invited_by_user_id: null }, 'invited_by_user_id'], [{ email: 'a@example.com', expires_at: '2100-01-01' }, 'expires_at'],
  ];
  it.each(bad)('E-01, D-03: %j is 400 and names the field', async (body, path) => {
    const answer = await invite(body);
    expect([answer.status, answer.body.error_key, answer.body.error.details.errors[0].path]).toEqual([400, 'VALIDATION_ERROR', path]);
    expect(await doings.stored('a@example.com')).toEqual([]);
  });

  it('says which two fields exclude each other, in six languages', async () => {
    const said = await Promise.all(LANGUAGES.map(async (language) => (await invite({}, root, `?lang=${language}`)).body.error.details.errors[0]));
    expect(said[0]).toEqual({ path: '', code: 'one_of_two', message: 'Give either email or phone' });
    expect(new Set(said.map(({ message }) => message)).size).toBe(LANGUAGES.length);
  });
});

describe('D-04: nobody invites to more than he holds', () => {
  it('a group above one’s own is 403 and says what is missing; super_admin is for super administrators', async () => {
    const [admin, email] = [await doings.memberOf('admin'), someone()];
    const strong = await doings.groupWith(['delete_user', 'view_profile']);
    const missing = await invite({ email, group_codenames: ['user', strong] }, admin);
    expect([missing.status, missing.body.error_key, missing.body.error.details.required_permissions]).toEqual([403, 'PERMISSION_DENIED', ['delete_user']]);
    const denied = await invite({ email, group_codenames: ['super_admin'] }, admin);
    expect([denied.status, denied.body.error_key]).toEqual([403, 'GROUP_DENIED']);
    expect(await doings.stored(email)).toEqual([]);
    expect((await invite({ email, group_codenames: ['admin'] }, admin)).status).toBe(201);
    expect((await invite({ email: someone(), group_codenames: ['super_admin', strong] })).status).toBe(201);
  });

  it('to what everybody gets, whoever may invite invites', async () => {
    const helper = await doings.memberOf(await doings.groupWith(['add_user']));
    expect((await invite({ email: someone() }, helper)).status).toBe(201);
    expect((await invite({ email: someone(), group_codenames: ['business'] }, helper)).status).toBe(403);
  });

  it('an invitation above one’s own is neither replaced nor withdrawn', async () => {
    const [admin, email] = [await doings.memberOf('admin'), someone()];
    const { invitation } = (await invite({ email, group_codenames: ['super_admin'] })).body.data;
    await doings.later();
    for (const answer of [await invite({ email }, admin), await withdraw(invitation.invitation_id, admin)]) expect([answer.status, answer.body.error_key]).toEqual([403, 'GROUP_DENIED']);
    expect(await doings.stored(email)).toMatchObject([{ invited_by_user_id: root.userId, sent_at: new Date(invitation.sent_at) }]);
    // What has expired counts for nothing.
    await api.sql('UPDATE invitation SET expires_at = now() WHERE identity_key = $1', [email]);
    expect((await invite({ email }, admin)).status).toBe(201);
  });

  it('needs add_user, and still when its turn comes', async () => {
    const { status, body } = await invite({ email: someone() }, await doings.memberOf('business'));
    expect([status, body.error_key, body.error.details.required_permissions]).toEqual([403, 'FORBIDDEN', ['add_user']]);
    const [admin, email] = [await doings.memberOf('admin'), someone()];
    const { db } = api.context;
    const { invitation } = (await invite({ email: someone() })).body.data;
    const answers = await db.transaction(async (tx) => {
      await createRankRepo().standInLine(tx);
      const waiting = [invite({ email }, admin), withdraw(invitation.invitation_id, admin)];
      await doings.inLine();
      await tx.query({ text: 'DELETE FROM user_group WHERE user_id = $1', values: [admin.userId] });
      return () => Promise.all(waiting);
    });
    expect((await answers()).map((answer) => [answer.status, answer.body.error_key])).toEqual([[403, 'FORBIDDEN'], [403, 'FORBIDDEN']]);
    expect(await doings.stored(email)).toEqual([]);
  });
});

describe('inviting again', () => {
  it('replaces the invitation, which keeps its id, and sends it again', async () => {
    const [admin, email] = [await doings.memberOf('admin'), someone()];
    const first = (await invite({ email, first_name: 'Ada', group_codenames: ['business'] })).body.data.invitation;
    await doings.arrived(email);
    await doings.later();
    const second = (await invite({ email: email.toUpperCase(), group_codenames: ['accountant'] }, admin)).body.data.invitation;
    expect(second).toMatchObject({ invitation_id: first.invitation_id, email: email.toUpperCase(), first_name: null, groups: ['accountant'], invited_by_user_id: admin.userId, created_at: first.created_at });
    expect(Date.parse(second.sent_at)).toBeGreaterThan(Date.parse(first.sent_at));
    expect(await doings.stored(email)).toHaveLength(1);
    await doings.arrived(email.toUpperCase());
    const [, again] = await doings.entries(first.invitation_id);
    expect(again).toMatchObject({ user_id: admin.userId, metadata: { before: { groups: ['business'] }, after: { groups: ['accountant'] } } });
  });

  it('within a minute is 429 with the seconds to wait, whoever invites, and changes nothing', async () => {
    const [admin, email] = [await doings.memberOf('admin'), someone()];
    const { invitation } = (await invite({ email })).body.data;
    const { status, body, headers } = await invite({ email, group_codenames: ['business'] }, admin);
    expect([status, body.error_key]).toEqual([429, 'TOO_MANY_REQUESTS']);
    expect(Number(headers.get('retry-after'))).toBe(body.error.details.retry_after);
    expect(body.error.details.retry_after).toBeGreaterThan(30);
    expect(await doings.stored(email)).toMatchObject([{ invitation_id: invitation.invitation_id, invited_by_user_id: root.userId }]);
    expect(await doings.entries(invitation.invitation_id)).toHaveLength(1);
  });

  it('one that has expired makes a new one', async () => {
    const email = someone();
    const first = (await invite({ email })).body.data.invitation;
    await api.sql(`UPDATE invitation SET expires_at = now() - interval '1 second', created_at = now() - interval '20 days' WHERE identity_key = $1`, [email]);
    await doings.later();
    const second = (await invite({ email })).body.data.invitation;
    expect(second.invitation_id).not.toBe(first.invitation_id);
    expect(Date.parse(second.created_at)).toBe(Date.parse(second.sent_at));
    expect((await doings.entries(second.invitation_id))[0]!.metadata['before']).toBeNull();
  });

  it('fifty at once, from two workers, make one invitation, one entry and one message', async () => {
    const email = someone();
    const answers = await Promise.all(Array.from({ length: 50 }, (_, index) => invite({ email, group_codenames: [index % 2 ? 'user' : 'business'] }, root, '', index % 2 ? api : other)));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, ...Array<number>(49).fill(429)]);
    const [row, ...more] = await doings.stored(email);
    expect(more).toEqual([]);
    expect(await doings.entries(row!['invitation_id'] as string)).toHaveLength(1);
    await doings.arrived(email);
    await until(async () => (await doings.waitingJobs()) === 0, 30_000);
    expect(await doings.mailsTo(email)).toHaveLength(1);
  });
});

describe('budgets', () => {
  it('an administrator may send so many a day', async () => {
    const strict = await startApi({ beside: api, env: { INVITATIONS_MAX_PER_DAY: '2', MAILBOX_CHANNELS: 'email' } });
    const admin = await doings.memberOf('admin');
    const answers = [];
    for (let count = 0; count < 3; count += 1) answers.push(await invite({ email: someone() }, admin, '', strict));
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 429]);
    expect(Number(answers[2]!.headers.get('retry-after'))).toBeGreaterThan(3_600);
    // Others have their own.
    expect((await invite({ email: someone() }, await doings.memberOf('admin'), '', strict)).status).toBe(201);
    await strict.close();
  });

  it('C-23: a text message takes what one costs; what is refused stores nothing and takes nothing', async () => {
    await api.sql(`DELETE FROM throttle WHERE bucket LIKE 'otp_send%' OR bucket = 'notice_send'`);
    const strict = await startApi({ beside: api, env: { OTP_PHONE_MAX_PER_DAY: '2', MAILBOX_CHANNELS: 'email,sms,whatsapp' } });
    const paid = async () => (await api.sql<{ hits: number }>(`SELECT hits FROM throttle WHERE bucket = 'otp_send_phones'`))[0]?.hits;
    const [one, two, three] = [somebodysPhone(), somebodysPhone(), somebodysPhone()] as const;
    expect((await invite({ phone: one }, root, '', strict)).status).toBe(201);
    // Too soon, unknown group, no rank: a failure costs nothing.
    const admin = await doings.memberOf('admin');
    expect((await invite({ phone: one }, root, '', strict)).status).toBe(429);
    expect((await invite({ phone: two, group_codenames: ['nobody'] }, root, '', strict)).status).toBe(400);
    expect((await invite({ phone: two, group_codenames: ['super_admin'] }, admin, '', strict)).status).toBe(403);
    expect(await paid()).toBe(1);
    expect((await invite({ phone: two, channel: 'whatsapp' }, root, '', strict)).status).toBe(201);
    const { status, body, headers } = await invite({ phone: three }, root, '', strict);
    expect([status, body.error_key, Number(headers.get('retry-after')) > 3_600]).toEqual([429, 'TOO_MANY_REQUESTS', true]);
    expect(await doings.stored(three)).toEqual([]);
    expect((await invite({ email: someone() }, root, '', strict)).status).toBe(201);
    await strict.close();
  });

  it('a channel that cannot send is 400, one that is down 503, and neither stores anything', async () => {
    const mute = await startApi({ beside: api, env: { MAILBOX_CHANNELS: 'email,sms' } });
    const phone = somebodysPhone();
    const unsupported = await invite({ phone, channel: 'whatsapp' }, root, '', mute);
    expect([unsupported.status, unsupported.body.error_key, unsupported.body.error.details]).toEqual([400, 'AUTH_CHANNEL_UNSUPPORTED', { channel: 'whatsapp', supported: ['email', 'sms'] }]);
    await api.sql(`INSERT INTO delivery_channel (channel, failures, down_until) VALUES ('whatsapp', 5, now() + interval '1 hour') ON CONFLICT (channel) DO UPDATE SET failures = EXCLUDED.failures, down_until = EXCLUDED.down_until`);
    const down = await invite({ phone, channel: 'whatsapp' });
    await api.sql('DELETE FROM delivery_channel');
    expect([down.status, down.body.error_key, Number(down.headers.get('retry-after')) > 30]).toEqual([503, 'AUTH_OTP_SEND_FAILED', true]);
    expect(await doings.stored(phone)).toEqual([]);
    await mute.close();
  });
});

describe('GET /invitations', () => {
  it('lists those that wait, newest first, in pages; expired, withdrawn and accepted ones are not there', async () => {
    await api.sql('DELETE FROM invitation');
    const emails = Array.from({ length: 7 }, () => someone());
    for (const email of emails) await invite({ email });
    await api.sql('UPDATE invitation SET expires_at = now() WHERE identity_key = $1', [emails[0]]);
    await withdraw((await doings.stored(emails[1]!))[0]!['invitation_id'] as string);
    await signUp(api, emails[2]);
    // Of one moment, which no page may split wrongly.
    await api.sql(`UPDATE invitation SET created_at = '2026-01-01' WHERE identity_key = ANY($1)`, [emails.slice(3, 6)]);
    const seen: string[] = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const { status, body } = await list(`?limit=2${cursor && `&cursor=${cursor}`}`);
      expect(status).toBe(200);
      seen.push(...body.data.invitations.map(({ email }: { email: string }) => email));
      cursor = body.data.pagination.next_cursor;
    }
    expect(seen[0]).toBe(emails[6]);
    expect([...seen].sort()).toEqual(emails.slice(3).sort());
  });

  it('search finds a part of the address or number in whatever capitals, literally', async () => {
    await api.sql('DELETE FROM invitation');
    const phone = somebodysPhone();
    for (const body of [{ email: 'Per_cent%A@example.com' }, { email: 'percentxA@example.com' }, { phone }]) await invite(body);
    const found = async (search: string) => (await list(`?search=${encodeURIComponent(search)}`)).body.data.invitations.map(({ email, phone_number }: { email: string | null; phone_number: { phone: string } | null }) => email ?? phone_number!.phone);
    expect(await found('PER_CENT')).toEqual(['Per_cent%A@example.com']);
    expect(await found('cent%a')).toEqual(['Per_cent%A@example.com']);
    expect((await found('EXAMPLE.com')).length).toBe(2);
    expect(await found(phone.slice(3, 9))).toEqual([phone]);
    for (const nothing of ['%%', '_____', '\\', "'", '😀', 'x'.repeat(100)]) expect([nothing, await found(nothing)]).toEqual([nothing, []]);
    for (const search of ['', 'x'.repeat(101), 'a\u0000b']) expect((await list(`?search=${encodeURIComponent(search)}`)).status).toBe(400);
  });

  it.each(['limit=0', 'limit=101', 'cursor=x', `cursor=${Buffer.from('[1,"x"]').toString('base64url')}`, 'search=a&search=b'])('E-10: ?%s is 400', async (query) => {
    expect((await list(`?${query}`)).status).toBe(400);
  });

  it('needs view_user', async () => {
    expect((await list('', await doings.memberOf('user'))).status).toBe(403);
    expect((await list('', await doings.memberOf('business'))).status).toBe(200);
  });
});

describe('DELETE /invitations/:invitation_id', () => {
  it('withdraws one, with an entry; the same again is 404, and fifty at once withdraw it once', async () => {
    const email = someone();
    const { invitation } = (await invite({ email, group_codenames: ['business'] })).body.data;
    const answers = await Promise.all(Array.from({ length: 50 }, (_, index) => withdraw(invitation.invitation_id.toUpperCase(), root, index % 2 ? api : other)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array<number>(49).fill(404)]);
    expect(answers.find(({ status }) => status === 200)!.body).toMatchObject({ message: 'Invitation withdrawn successfully', data: { invitation_id: invitation.invitation_id } });
    expect(answers.find(({ status }) => status === 404)!.body.error_key).toBe('INVITATION_NOT_FOUND');
    expect(await doings.stored(email)).toEqual([]);
    expect((await doings.entries(invitation.invitation_id)).slice(1)).toMatchObject([{ action: 'invitation_withdrawn', user_id: root.userId, metadata: { before: { groups: ['business'] }, after: null } }]);
  });

  it('one that has expired or never was is 404, no UUID 400, without add_user 403', async () => {
    const email = someone();
    const { invitation } = (await invite({ email })).body.data;
    expect((await withdraw(invitation.invitation_id, await doings.memberOf('business'))).status).toBe(403);
    await api.sql('UPDATE invitation SET expires_at = now() WHERE identity_key = $1', [email]);
    expect((await withdraw(invitation.invitation_id)).status).toBe(404);
    expect((await withdraw('3b7e0b4e-6d0e-4bd5-9d62-0a8f8a1c2d3e')).status).toBe(404);
    for (const id of ['1', "'", '%00', '..%2fusers']) expect((await withdraw(id)).status).toBe(400);
  });
});
