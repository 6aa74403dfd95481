import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { signUp, wrongCode, type Account } from '../../../test/accounts.js';
import { somebodysPhone } from '../../../test/codes.js';
import { someone, startApi, startTwo, type Api } from '../../../test/harness.js';
import { createInviting } from '../../../test/invitations.js';
import { until } from '../../../test/until.js';
import type { Queryable } from '../../infra/postgres.js';
import { createRankRepo } from '../permissions/rank.repo.js';

let api: Api;
let other: Api;
let root: Account;
let doings: ReturnType<typeof createInviting>;
beforeAll(async () => {
  [api, other] = await startTwo({ env: { MAILBOX_CHANNELS: 'email,sms,whatsapp', MASTER_OTP: '918273' } });
  doings = createInviting(api);
  root = await doings.root();
});
afterAll(() => api.close());

const rowOf = async (userId: string) => (await api.sql<Record<string, unknown>>('SELECT first_name, last_name, language, invited_by_user_id FROM "user" WHERE user_id = $1', [userId]))[0]!;
const accepted = async (invitationId: string) => (await doings.entries(invitationId)).filter(({ action }) => action === 'invitation_accepted');
const permissionsOf = async (token: string) => (await api.client.get('/invitations', { token })).status;
/** Does something while nobody else may change who may do what. */
const inLineBefore = <T>(work: (tx: Queryable) => Promise<T>) =>
  api.context.db.transaction(async (tx) => {
    await createRankRepo().standInLine(tx);
    return work(tx);
  });

describe('an invitation is accepted by signing up', () => {
  it('with its groups, names and language; the entry says who invited, in the transaction of the sign-up', async () => {
    const [admin, email] = [await doings.memberOf('admin'), someone()];
    const invitation = await doings.invited({ email, first_name: 'Zoë 👩🏽‍🚀', last_name: ' van  Dyk ', language: 'ar', group_codenames: ['business', 'user'] }, admin);
    const { status, userId, answer } = await doings.accept(email.toUpperCase());
    expect([status, answer.body.data.user]).toMatchObject([200, { email: email.toUpperCase(), first_name: 'Zoë 👩🏽‍🚀', last_name: ' van  Dyk ', language: 'ar', invited_by_user_id: admin.userId, status: 'ACTIVE' }]);
    expect(await doings.groupsOf(userId)).toEqual(['business', 'user']);
    expect(await api.sql('SELECT DISTINCT assigned_by_user_id FROM user_group WHERE user_id = $1', [userId])).toEqual([{ assigned_by_user_id: admin.userId }]);
    expect(await permissionsOf(answer.body.data.session_token)).toBe(200);
    expect(await doings.stored(email)).toEqual([]);
    expect(await accepted(invitation.invitation_id)).toEqual([
      { action: 'invitation_accepted', user_id: userId, target_user_id: admin.userId, status_code: 200, level: 'audit', metadata: { invitation_id: invitation.invitation_id, before: { groups: [] }, after: { groups: ['business', 'user'] } } },
    ]);
    const [written] = await api.sql<{ transactions: number; actions: string[] }>(`SELECT count(DISTINCT xmin::text)::int AS transactions, array_agg(action ORDER BY action) AS actions FROM activity_log WHERE user_id = $1`, [userId]);
    expect(written).toEqual({ transactions: 1, actions: ['invitation_accepted', 'sign_up'] });
  });

  it.each([['sms', 'whatsapp'], ['whatsapp', 'sms']])('by number: invited over %s, signed up over %s', async (told, channel) => {
    const phone = somebodysPhone();
    const invitation = await doings.invited({ phone, channel: told, group_codenames: ['accountant'], last_name: 'Byron' }, root);
    const { status, userId } = await doings.accept(phone.slice(1), { channel, otp: await doings.codeFor(phone, channel) });
    expect([status, await doings.groupsOf(userId), await rowOf(userId)]).toEqual([200, ['accountant'], { first_name: null, last_name: 'Byron', language: 'en', invited_by_user_id: root.userId }]);
    expect(await accepted(invitation.invitation_id)).toHaveLength(1);
  });

  it('to super_admin and to groups of one’s own', async () => {
    const [one, two, own] = [someone(), someone(), await doings.groupWith(['delete_user'])];
    await doings.invited({ email: one, group_codenames: ['super_admin'] }, root);
    await doings.invited({ email: two, group_ids: [await doings.groupId(own)] }, root);
    expect(await doings.groupsOf((await doings.accept(one)).userId)).toEqual(['super_admin']);
    expect(await doings.groupsOf((await doings.accept(two)).userId)).toEqual([own]);
    // Nobody else may rely on there being another.
    await api.sql(`DELETE FROM user_group ug USING "group" g WHERE g.group_id = ug.group_id AND g.codename = 'super_admin' AND ug.user_id <> $1`, [root.userId]);
  });

  it('expired or withdrawn, it counts for nothing', async () => {
    const [expired, withdrawn] = [someone(), someone()];
    for (const email of [expired, withdrawn]) await doings.invited({ email, first_name: 'Ada', group_codenames: ['business'] }, root);
    await api.sql('UPDATE invitation SET expires_at = now() WHERE identity_key = $1', [expired]);
    expect((await doings.withdraw((await doings.stored(withdrawn))[0]!['invitation_id'] as string, root)).status).toBe(200);
    for (const email of [expired, withdrawn]) {
      const { status, userId } = await doings.accept(email);
      expect([status, await doings.groupsOf(userId), await rowOf(userId)]).toEqual([200, ['user'], { first_name: null, last_name: null, language: 'en', invited_by_user_id: null }]);
    }
  });

  it('a wrong code, a used-up budget or a master code leave it as it is', async () => {
    const email = someone();
    await doings.invited({ email, group_codenames: ['business'] }, root);
    const otp = await doings.codeFor(email);
    expect((await doings.accept(email, { otp: wrongCode(otp) })).status).toBe(400);
    const strict = await startApi({ beside: api, env: { SIGNUP_RATE_LIMIT_MAX: '1' } });
    await api.sql(`UPDATE throttle SET hits = 1 WHERE bucket = 'sign_up'`);
    expect((await doings.accept(email, { otp, on: strict })).status).toBe(429);
    await strict.close();
    expect(await doings.stored(email)).toHaveLength(1);
    expect(await doings.groupsOf((await doings.accept(email, { otp })).userId)).toEqual(['business']);

    const another = someone();
    await doings.invited({ email: another, group_codenames: ['business'] }, root);
    const { userId } = await doings.accept(another, { otp: '918273' });
    expect([await doings.groupsOf(userId), (await doings.stored(another)).length, (await rowOf(userId))['invited_by_user_id']]).toEqual([['super_admin'], 1, null]);
    await doings.setGroups({ userId }, 'user');
  });

  it('an address that came to an account in another way leaves it, and it never applies', async () => {
    const [person, email] = [await signUp(api), someone()];
    await doings.invited({ email, group_codenames: ['business'] }, root);
    expect((await api.client.post('/settings/change-email', { new_email: email, otp: await doings.codeFor(email) }, { token: person.sessionToken })).status).toBe(200);
    const { status, answer } = await doings.accept(email);
    expect([status, answer.body.error_key]).toEqual([409, 'AUTH_USER_ALREADY_EXISTS']);
    expect([await doings.groupsOf(person.userId), (await doings.stored(email)).length]).toEqual([['user'], 1]);
    const phone = somebodysPhone();
    await doings.invited({ phone, group_codenames: ['business'] }, root);
    const listed = async () => (await api.client.get('/invitations', { token: root.sessionToken })).body.data.invitations.map(({ email: address, phone_number: number }: { email: string | null; phone_number: { phone: string } | null }) => address ?? number?.phone);
    expect(await listed()).toContain(phone);
    await api.sql('UPDATE "user" SET phone_e164 = $2 WHERE user_id = $1', [person.userId, phone]);
    const shown = await listed();
    for (const taken of [email, phone]) expect(shown).not.toContain(taken);
  });
});

describe('D-04: what the inviter could not give any more falls away', () => {
  const cases: [string, (inviter: Account) => Promise<unknown>, string[]][] = [
    ['who is suspended', ({ userId }) => api.sql(`UPDATE "user" SET status = 'SUSPENDED' WHERE user_id = $1`, [userId]), []],
    ['whose account is closed', ({ userId }) => api.sql(`UPDATE "user" SET is_active = false WHERE user_id = $1`, [userId]), []],
    ['who is in no group', (inviter) => doings.setGroups(inviter), []],
    ['who holds less', async (inviter) => doings.setGroups(inviter, await doings.groupWith(['add_user', 'view_dashboard', 'view_profile', 'edit_profile', 'view_user'])), ['accountant']],
    ['who holds as much and may invite nobody', (inviter) => doings.setGroups(inviter, 'business', 'accountant'), []],
    ['whose group is not active any more', async (inviter) => {
      const codename = await doings.groupWith(['add_user', 'view_dashboard', 'view_profile', 'edit_profile', 'view_user', 'view_activity_log', 'add_upload']);
      await doings.setGroups(inviter, codename);
      await api.sql('UPDATE "group" SET is_active = false WHERE codename = $1', [codename]);
    }, []],
    ['who is no super administrator any more', (inviter) => doings.setGroups(inviter, 'admin'), ['accountant', 'business']],
    ['whose account is gone', ({ userId }) => api.sql('DELETE FROM "user" WHERE user_id = $1', [userId]), []],
  ];
  it.each(cases)('of one %s', async (_name, happens, left) => {
    // Without what reads the log: a group that holds less can still give it then.
    await api.sql(`DELETE FROM group_permission WHERE group_id = (SELECT group_id FROM "group" WHERE codename = 'accountant') AND permission_id = (SELECT permission_id FROM permission WHERE codename = 'view_activity_log')`);
    const [inviter, email] = [await doings.memberOf('super_admin'), someone()];
    const invitation = await doings.invited({ email, first_name: 'Ada', group_codenames: ['super_admin', 'business', 'accountant', 'user'] }, inviter);
    await happens(inviter);
    const { status, userId } = await doings.accept(email);
    expect([status, await doings.groupsOf(userId)]).toEqual([200, [...left, 'user']]);
    const dropped = ['accountant', 'business', 'super_admin'].filter((codename) => !left.includes(codename));
    const [entry] = await accepted(invitation.invitation_id);
    const isGone = (await api.sql('SELECT FROM "user" WHERE user_id = $1', [inviter.userId])).length === 0;
    expect(entry).toMatchObject({ user_id: userId, target_user_id: isGone ? null : inviter.userId, metadata: { after: { groups: [...left, 'user'] }, dropped_groups: dropped } });
    expect(await rowOf(userId)).toMatchObject({ first_name: 'Ada', invited_by_user_id: isGone ? null : inviter.userId });
    await api.sql(`DELETE FROM user_group WHERE user_id = $1`, [inviter.userId]);
  });

  it('where nothing is left the account is in `user`, as any other', async () => {
    const [inviter, email] = [await doings.memberOf('admin'), someone()];
    const invitation = await doings.invited({ email, group_codenames: ['business'] }, inviter);
    await doings.setGroups(inviter);
    const { userId } = await doings.accept(email);
    expect(await doings.groupsOf(userId)).toEqual(['user']);
    expect(await api.sql('SELECT assigned_by_user_id FROM user_group WHERE user_id = $1', [userId])).toEqual([{ assigned_by_user_id: null }]);
    expect((await accepted(invitation.invitation_id))[0]!.metadata).toMatchObject({ after: { groups: ['user'] }, dropped_groups: ['business'] });
  });

  it('D-10: a group that is not active any more falls away, one that grants more by now is looked at anew, one that is gone is forgotten', async () => {
    const [inviter, email] = [await doings.memberOf('admin'), someone()];
    const [inactive, grown, gone, good] = [await doings.groupWith(['view_profile']), await doings.groupWith(['view_profile']), await doings.groupWith(['view_profile']), await doings.groupWith(['view_profile'])];
    const invitation = await doings.invited({ email, group_codenames: [inactive, grown, gone, good] }, inviter);
    await api.sql('UPDATE "group" SET is_active = false WHERE codename = $1', [inactive]);
    await api.sql(`INSERT INTO group_permission (group_id, permission_id) SELECT $1, permission_id FROM permission WHERE codename = 'delete_user'`, [await doings.groupId(grown)]);
    await api.sql('DELETE FROM "group" WHERE codename = $1', [gone]);
    const { userId } = await doings.accept(email);
    expect(await doings.groupsOf(userId)).toEqual([good]);
    expect((await accepted(invitation.invitation_id))[0]!.metadata).toMatchObject({ after: { groups: [good] }, dropped_groups: [inactive, grown] });
  });
});

describe('standing in line', () => {
  it('whoever was invited waits for changes under way and obeys them; whoever was not, does not wait', async () => {
    const [inviter, email, uninvited] = [await doings.memberOf('admin'), someone(), someone()];
    await doings.invited({ email, group_codenames: ['business'] }, inviter);
    const [otp, uninvitedOtp] = [await doings.codeFor(email), await doings.codeFor(uninvited)];
    const waiting = await inLineBefore(async (tx) => {
      const accepting = doings.accept(email, { otp });
      await doings.inLine();
      expect((await doings.accept(uninvited, { otp: uninvitedOtp })).status).toBe(200);
      await tx.query({ text: 'DELETE FROM user_group WHERE user_id = $1', values: [inviter.userId] });
      return () => accepting;
    });
    const { status, userId } = await waiting();
    expect([status, await doings.groupsOf(userId)]).toEqual([200, ['user']]);
  });

  it('C-10: a wrong code finds out nothing of an invitation: it is not looked at', async () => {
    const email = someone();
    await doings.invited({ email, group_codenames: ['business'] }, root);
    const otp = await doings.codeFor(email);
    await inLineBefore(async (tx) => {
      await tx.query({ text: 'LOCK TABLE invitation IN ACCESS EXCLUSIVE MODE' });
      expect((await doings.accept(email, { otp: wrongCode(otp) })).status).toBe(400);
    });
    expect((await doings.accept(email, { otp })).status).toBe(200);
  });

  it('fifty sign-ups with one code, on two workers, make one account and use it once', async () => {
    const email = someone();
    const invitation = await doings.invited({ email, group_codenames: ['business'] }, root);
    const otp = await doings.codeFor(email);
    const answers = await Promise.all(Array.from({ length: 50 }, (_, index) => doings.accept(email, { otp, on: index % 2 ? api : other })));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ status }) => status >= 500)).toEqual([]);
    expect(await accepted(invitation.invitation_id)).toHaveLength(1);
    expect(await doings.groupsOf(answers.find(({ status }) => status === 200)!.userId)).toEqual(['business']);
  });

  it('withdrawn at the same moment it is either withdrawn or accepted, and the entries say which', async () => {
    const outcomes = [];
    for (let round = 0; round < 20; round += 1) {
      const email = someone();
      const { invitation_id } = await doings.invited({ email, group_codenames: ['business'] }, root);
      const otp = await doings.codeFor(email);
      const [accepting, withdrawing] = await Promise.all([doings.accept(email, { otp, on: round % 2 ? api : other }), doings.withdraw(invitation_id, root)]);
      const last = (await doings.entries(invitation_id)).slice(1).map(({ action }) => action);
      outcomes.push({ statuses: [accepting.status, withdrawing.status], groups: await doings.groupsOf(accepting.userId), last });
    }
    for (const outcome of outcomes) {
      const wasWithdrawn = outcome.statuses[1] === 200;
      expect(outcome).toEqual({ statuses: [200, wasWithdrawn ? 200 : 404], groups: [wasWithdrawn ? 'user' : 'business'], last: [wasWithdrawn ? 'invitation_withdrawn' : 'invitation_accepted'] });
    }
  });

  it('the inviter demoted at the same moment: what is given is what the entry says, and never a failure', async () => {
    for (let round = 0; round < 10; round += 1) {
      const [inviter, email] = [await doings.memberOf('admin'), someone()];
      const { invitation_id } = await doings.invited({ email, group_codenames: ['business'] }, inviter);
      const otp = await doings.codeFor(email);
      const [{ status, userId }] = await Promise.all([
        doings.accept(email, { otp, on: round % 2 ? api : other }),
        inLineBefore((tx) => tx.query({ text: 'DELETE FROM user_group WHERE user_id = $1', values: [inviter.userId] })),
      ]);
      const [entry] = await accepted(invitation_id);
      expect([status, await doings.groupsOf(userId)]).toEqual([200, (entry!.metadata['after'] as { groups: string[] }).groups]);
    }
  });
});

describe('the inviter erased at the same moment', () => {
  it('H-03: is waited for, his id is nowhere, and the person is let in', async () => {
    const [inviter, email] = [await doings.memberOf('admin'), someone()];
    await doings.invited({ email, group_codenames: ['business'] }, inviter);
    await doings.setGroups(inviter);
    const otp = await doings.codeFor(email);
    const accepting = await api.context.db.transaction(async (tx) => {
      await tx.query({ text: 'SELECT FROM "user" WHERE user_id = $1 FOR UPDATE', values: [inviter.userId] });
      const waiting = doings.accept(email, { otp });
      await until(async () => (await api.sql(`SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%FOR KEY SHARE%'`)).length > 0, 30_000);
      await tx.query({ text: 'UPDATE "user" SET invited_by_user_id = NULL WHERE invited_by_user_id = $1', values: [inviter.userId] });
      await tx.query({ text: 'DELETE FROM "user" WHERE user_id = $1', values: [inviter.userId] });
      return () => waiting;
    });
    const { status, userId } = await accepting();
    expect([status, await doings.groupsOf(userId), await rowOf(userId)]).toEqual([200, ['user'], expect.objectContaining({ invited_by_user_id: null })]);
  });
});
