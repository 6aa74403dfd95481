import type { Queryable } from '../../infra/postgres.js';
import { toLanguage } from '../../i18n/language.js';
import type { ClientFacts } from '../../shared/user-agent.js';
import type { UserRow } from '../../shared/user-row.js';
import type { SendSessionNotice } from '../messages/session-notice.js';
import type { ClientOfSession } from './sessions.repo.js';

export type Addressee = Pick<UserRow, 'email' | 'is_email_verified' | 'language' | 'timezone'>;

export type SessionNotices = ReturnType<typeof createSessionNotices>;

/** What a user is told about his sessions by e-mail, where he has an address that is proved to be his and the operator wants it. */
export function createSessionNotices({ send, theft, newDevice }: { send: SendSessionNotice; theft: boolean; newDevice: boolean }) {
  return {
    /** A session has ended because its refresh token was used twice. `client` is whoever used it the second time. */
    async stolen(tx: Queryable, user: Addressee, session: ClientFacts, client: ClientOfSession): Promise<void> {
      if (theft) await tell(tx, user, { kind: 'session_stolen', session, client });
    },

    /** A sign-in from a device on which the user has had no session. */
    async newDevice(tx: Queryable, user: Addressee, client: ClientOfSession): Promise<void> {
      if (newDevice) await tell(tx, user, { kind: 'new_device', client });
    },
  };

  async function tell(tx: Queryable, user: Addressee, notice: { kind: 'session_stolen' | 'new_device'; session?: ClientFacts; client: ClientOfSession }): Promise<void> {
    if (user.email === null || !user.is_email_verified) return;
    await send(tx, {
      kind: notice.kind,
      to: user.email,
      language: toLanguage(user.language) ?? 'en',
      timezone: user.timezone,
      at: new Date(),
      client: facts(notice.client),
      ip: notice.client.ip,
      ...(notice.session && { session: facts(notice.session) }),
    });
  }
}

function facts({ device, browser, os }: ClientFacts): ClientFacts {
  return { device, browser, os };
}
