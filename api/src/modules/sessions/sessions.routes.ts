import { endpoint, type Endpoint } from '../../http/endpoint.js';
import { accessErrors } from '../../shared/access-errors.js';
import { authErrors } from '../../shared/auth-errors.js';
import { profileErrors } from '../../shared/profile-errors.js';
import { tokenSetSchema } from '../../shared/token-set.js';
import { userSchema } from '../../shared/user-view.js';
import type { ProfileService } from '../profile/profile.service.js';
import type { SessionEnds, SignOutScope } from './session-ends.service.js';
import { sessionPaging, type SessionList } from './session-list.service.js';
import { presentSession, presentSignOut } from './sessions.presenter.js';
import { endedSessionSchema, refreshBody, sessionPageSchema, sessionParams, signedOutSchema, signOutBody, tokenInfoBody, tokenInfoSchema } from './sessions.schema.js';
import type { SessionsService } from './sessions.service.js';
import type { TokenInfo } from './token-info.service.js';

const tag = 'Authentication';
const invalid = authErrors.AUTH_INVALID_PAYLOAD;

const SIGNED_OUT_MESSAGES = { all: 'logged_out', this: 'logged_out_here', others: 'logged_out_elsewhere' } as const satisfies Record<SignOutScope, string>;

export type SessionsRoutesParts = { sessions: SessionsService; sessionEnds: SessionEnds; sessionList: SessionList; tokenInfo: TokenInfo; profile: ProfileService };

export function sessionsRoutes({ sessions, sessionEnds, sessionList, tokenInfo, profile }: SessionsRoutesParts): Endpoint[] {
  return [
    endpoint({
      method: 'POST',
      path: '/auth/refresh-token',
      summary: 'Exchange a refresh token for three new tokens',
      description:
        'The session keeps its id and its end, 30 days after sign-in. The token before is still answered with the same successor as long as the client may not have received it; used again after that, it ends the session.',
      tag,
      access: 'public',
      limit: 'auth',
      request: { body: refreshBody },
      response: tokenSetSchema,
      message: 'tokens_refreshed',
      invalid,
      errors: [authErrors.AUTH_INVALID_REFRESH_TOKEN, authErrors.AUTH_REFRESH_REUSED],
      audit: ['session_refreshed', 'refresh_reused'],
      handler: ({ body, origin }) => sessions.refresh(body.refresh_token, origin),
    }),
    endpoint({
      method: 'POST',
      path: '/auth/logout',
      summary: 'Sign out',
      description: 'Everywhere, unless `scope` says otherwise. A request sent after the answer is refused by every worker if its token has ended.',
      tag,
      access: 'session',
      request: { body: signOutBody },
      response: signedOutSchema,
      message: 'logged_out',
      invalid,
      audit: ['signed_out'],
      async handler({ principal, body: { scope }, origin, reply }) {
        await sessionEnds.signOut(principal, scope, origin);
        reply.message(SIGNED_OUT_MESSAGES[scope]);
        reply.meta({ type: 'dict' });
        return presentSignOut(scope);
      },
    }),
    endpoint({
      method: 'POST',
      path: '/logout',
      deprecated: { successor: '/auth/logout' },
      summary: 'Sign out here',
      description: 'Ends the session you are asking with, and answers with its user.',
      tag,
      access: 'session',
      response: userSchema,
      message: 'user_data_fetched',
      errors: [profileErrors.PROFILE_NOT_FOUND],
      audit: ['signed_out'],
      async handler({ principal, origin }) {
        const user = await profile.of(principal.userId);
        await sessionEnds.signOut(principal, 'this', origin);
        return user;
      },
    }),
    ...tokenInfoRoutes(tokenInfo),
    endpoint({
      method: 'GET',
      path: '/auth/sessions',
      summary: 'Your sessions',
      description: 'The devices on which you are signed in, newest first. `last_seen_at` is up to five minutes late.',
      tag,
      access: 'session',
      request: { query: sessionPaging.query },
      response: sessionPageSchema,
      message: 'sessions_fetched',
      audit: 'reads only',
      async handler({ principal, query }) {
        const { sessions: rows, pagination } = await sessionList.of(principal, query);
        return { sessions: rows.map((row) => presentSession(row, principal)), pagination };
      },
    }),
    endpoint({
      method: 'DELETE',
      path: '/auth/sessions/:session_id',
      summary: 'End one session',
      description: 'One of yours, also the one you are asking with; with the permission `edit_user` that of anybody who does not hold more than you.',
      tag,
      access: 'session',
      request: { params: sessionParams },
      response: endedSessionSchema,
      message: 'session_ended',
      errors: [authErrors.SESSION_NOT_FOUND, accessErrors.GROUP_DENIED, accessErrors.PERMISSION_DENIED],
      audit: ['session_ended'],
      async handler({ principal, params: { session_id }, origin }) {
        await sessionEnds.endOne(principal, session_id, origin);
        return { session_id, current: session_id === principal.sessionId };
      },
    }),
  ];
}

/** The same twice: a GET has no body to ask about other tokens with. */
function tokenInfoRoutes(tokenInfo: TokenInfo): Endpoint[] {
  const shared = {
    path: '/auth/token-info',
    tag,
    access: 'session',
    response: tokenInfoSchema,
    message: 'token_info_retrieved',
  } as const;
  return [
    endpoint({
      ...shared,
      method: 'GET',
      summary: 'How old your token is and how long it lives',
      audit: 'reads only',
      handler({ principal, reply }) {
        reply.meta({ type: 'dict' });
        return tokenInfo.of(principal, {});
      },
    }),
    endpoint({
      ...shared,
      method: 'POST',
      summary: 'How old your tokens are and how long they live',
      description: 'Only verified tokens are described. A token that is not ours, has expired or been superseded, or belongs to somebody else or to a session that has ended is left out of the answer.',
      request: { body: tokenInfoBody },
      invalid,
      audit: 'reads only',
      handler({ principal, body, reply }) {
        reply.meta({ type: 'dict' });
        return tokenInfo.of(principal, body);
      },
    }),
  ];
}
