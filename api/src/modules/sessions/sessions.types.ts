import type { UserRow } from '../../shared/user-row.js';

/** What a user's groups let him do, read with the session it is for. */
export type Authority = { groups: string[]; permissions: string[] };

export type SessionRow = {
  session_id: string;
  user_id: string;
  generation: number;
  rotated_at: Date;
  confirmed_generation: number;
  expires_at: Date;
  revoked_at: Date | null;
  origin: string | null;
};

/** A session with all that its tokens carry. */
export type TokenSubject = { session: SessionRow; user: UserRow; authority: Authority };

/** `TokenSet` on the wire (REFERENCE §8.4). */
export type TokenSet = { access_token: string; refresh_token: string; session_token: string; session_id: string; token_type: 'bearer' };
