import type { Language } from '../i18n/language.js';

/** Who is asking: a verified token whose session and account were found alive. Everything here is fresh, nothing is read from stale claims. */
export type Principal = Readonly<{
  userId: string;
  sessionId: string;
  tokenType: 'access' | 'session';
  /** Refresh generation of the token. */
  generation: number;
  /** When the token was made and when it ends, in seconds since the epoch. */
  issuedAt: number;
  expiresAt: number;
  language: Language | undefined;
  groups: ReadonlySet<string>;
  permissions: ReadonlySet<string>;
  /** A session token with the present profile and permissions, for a caller whose own has older ones: sent back in `X-Session-Token`. */
  renewedToken?: string | undefined;
  /** What a second credential of the same request says, where it is another token of the same session. */
  companion?: Principal;
}>;

/** Members of this group pass every permission check (REFERENCE §6). */
export const SUPER_ADMIN = 'super_admin';

/** Where a request came from: what an activity entry and a session say of the client. */
export type RequestOrigin = Readonly<{
  requestId: string;
  ip: string | undefined;
  /** What limits count by: the address, an IPv6 one cut to its /64 (G-05). */
  address: string;
  userAgent: string | undefined;
  /** ISO 3166-1 alpha-2, as a trusted proxy says it. */
  country?: string | undefined;
  /** The `Origin` header, when there is one: a mobile client has none. */
  origin: string | undefined;
  method: string;
  endpoint: string;
  sessionId: string | undefined;
  /** What a sign-in on this device was given, not verified. It authenticates nothing. */
  deviceToken?: string | undefined;
  /** Milliseconds since the request arrived, at the moment of the call. */
  elapsedMs(): number;
}>;
