import { account, signUp, type Account } from './accounts.js';
import type { Answer } from './client.js';
import { ADMIN, type Api } from './harness.js';
import { until } from './until.js';

export type Invitation = { invitation_id: string; groups: string[]; sent_at: string; expires_at: string } & Record<string, unknown>;

export type Accepting = { status: number; userId: string; answer: Answer };

/** What tests of invitations are made of, each in a line. */
export function createInviting(api: Api) {
  let groups = 0;
  const sql: Api['sql'] = (text, values) => api.sql(text, values);

  const self = {
    root: async (): Promise<Account> => account(ADMIN.email, (await api.client.post('/auth/login-with-password', { username: ADMIN.email, password: ADMIN.password })).body.data),

    async setGroups({ userId }: Pick<Account, 'userId'>, ...codenames: string[]): Promise<void> {
      await sql('DELETE FROM user_group WHERE user_id = $1', [userId]);
      await sql('INSERT INTO user_group (user_id, group_id) SELECT $1, group_id FROM "group" WHERE codename = ANY($2)', [userId, codenames]);
      await api.context.changes.settled();
    },

    /** Somebody in these groups. */
    async memberOf(...codenames: string[]): Promise<Account> {
      const person = await signUp(api);
      await self.setGroups(person, ...codenames);
      return person;
    },

    /** A group of its own, with these permissions. @returns its codename */
    async groupWith(permissions: string[], isActive = true): Promise<string> {
      groups += 1;
      const codename = `invited_${groups}`;
      await sql('INSERT INTO "group" (name, codename, is_active) VALUES ($1, $1, $2)', [codename, isActive]);
      await sql('INSERT INTO group_permission (group_id, permission_id) SELECT g.group_id, p.permission_id FROM "group" g, permission p WHERE g.codename = $1 AND p.codename = ANY($2)', [codename, permissions]);
      await api.context.changes.settled();
      return codename;
    },

    groupId: async (codename: string) => (await sql<{ group_id: string }>('SELECT group_id FROM "group" WHERE codename = $1', [codename]))[0]!.group_id,
    groupsOf: async (userId: string) => (await sql<{ codename: string }>('SELECT codename FROM user_group JOIN "group" USING (group_id) WHERE user_id = $1 ORDER BY 1', [userId])).map(({ codename }) => codename),
    invite: (body: object, who: Account, query = '', on = api) => on.client.post(`/users${query}`, body, { token: who.sessionToken }),
    withdraw: (id: string, who: Account, on = api) => on.client.send('DELETE', `/invitations/${id}`, undefined, { token: who.sessionToken }),

    async invited(body: object, who: Account): Promise<Invitation> {
      const answer = await self.invite(body, who);
      if (answer.status !== 201) throw new Error(`no invitation: ${answer.text}`);
      return answer.body.data.invitation;
    },

    async codeFor(identity: string, channel = 'email'): Promise<string> {
      await api.client.post('/auth/send-one-time-password', { user_id: identity, channel });
      return api.codeFor(identity);
    },

    /** Signs up with a code of its own, unless one is given. */
    async accept(identity: string, { channel = 'email', otp, on = api }: { channel?: string; otp?: string; on?: Api } = {}): Promise<Accepting> {
      const answer = await on.client.post('/auth/verify', { user_id: identity, channel, otp: otp ?? (await self.codeFor(identity, channel)) });
      return { status: answer.status, userId: answer.body.data?.user?.user_id ?? '', answer };
    },

    stored: (key: string) => sql<Record<string, unknown>>('SELECT * FROM invitation WHERE identity_key = $1', [key]),
    entries: (invitationId: string) =>
      sql<Record<string, unknown> & { metadata: Record<string, unknown> }>(`SELECT action, user_id, target_user_id, status_code, level, metadata FROM activity_log WHERE metadata->>'invitation_id' = $1 ORDER BY created_at`, [invitationId]),
    mailsTo: async (to: string) => (await api.context.mailbox!.list()).filter((message) => message.to === to),

    async arrived(to: string) {
      await until(async () => (await self.mailsTo(to)).length > 0);
      return self.mailsTo(to);
    },

    waitingJobs: async () => (await sql<{ count: number }>(`SELECT count(*)::int FROM graphile_worker.jobs WHERE task_identifier = 'invitation' AND attempts < max_attempts`))[0]!.count,
    /** As if the last one had been sent a while ago. */
    later: () => sql(`UPDATE throttle SET window_started_at = window_started_at - interval '2 minutes', last_hit_at = last_hit_at - interval '2 minutes' WHERE bucket = 'invitation'`),

    /** Until so many wait in the line of those who change who may do what. */
    inLine: (count = 1) => until(async () => (await sql(`SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`)).length >= count),
  };
  return self;
}
