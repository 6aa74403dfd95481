import { presentUser, type UserView } from '../../shared/user-view.js';
import type { TokenSubject } from './sessions.types.js';

export const ISSUER = 'tessera';
export const AUDIENCE = 'authenticated';

export type TokenType = 'access' | 'session' | 'refresh';

/** The claims every token has; those that decide anything are checked by `readClaims`. */
export type BaseClaims = {
  sub: string;
  iat: number;
  exp: number;
  jti: string;
  type: TokenType;
  aud: typeof AUDIENCE;
  iss: typeof ISSUER;
  session_id: string;
  /** Refresh generation the token was issued in. */
  gen: number;
  /** The browser origin the session is bound to; a mobile client has none. */
  origin?: string;
};

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const TYPES: ReadonlySet<unknown> = new Set<TokenType>(['access', 'session', 'refresh']);
/** How far another machine's clock may be ahead of ours. */
const MAX_SKEW_SECONDS = 30;

/**
 * Claims of a payload whose signature was found good. Every claim that decides
 * is checked for presence, type and value (RFC 8725 §3.8-3.12, A-10 … A-13).
 * @returns undefined when any is missing, of another type, or not ours
 */
export function readClaims(payload: unknown, nowSeconds: number): BaseClaims | undefined {
  if (typeof payload !== 'object' || payload === null) return undefined;
  const claims = payload as Record<keyof BaseClaims | 'nbf', unknown>;
  const sane =
    TYPES.has(claims.type) &&
    claims.aud === AUDIENCE &&
    claims.iss === ISSUER &&
    isUuid(claims.sub) &&
    isUuid(claims.session_id) &&
    isUuid(claims.jti) &&
    isCount(claims.gen) &&
    isCount(claims.iat) &&
    isCount(claims.exp) &&
    (claims.origin === undefined || typeof claims.origin === 'string') &&
    claims.nbf === undefined &&
    claims.iat <= nowSeconds + MAX_SKEW_SECONDS &&
    claims.exp > nowSeconds;
  return sane ? (claims as unknown as BaseClaims) : undefined;
}

function isUuid(value: unknown): value is string {
  return typeof value === 'string' && UUID.test(value);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** What an access token says beyond the base: who, and whether the account is in order. */
export function accessClaims({ user }: TokenSubject): object {
  return { username: user.user_name, email: user.email, is_active: user.is_active, is_verified: user.is_verified, pv: user.version };
}

/** A token that grew with a biography would not fit into a header any more, nor into the length we accept. */
const MAX_PROFILE_BYTES = 2_000;
/** What is left of a text: enough for a picture's address, else too little for anything but names. */
const SHORT_TEXT_LENGTHS = [280, 60];

/** The profile as it is, or, where it is too long to travel with every request, with its texts cut. */
function shortened(view: UserView): UserView {
  let short = view;
  for (const length of SHORT_TEXT_LENGTHS) {
    if (Buffer.byteLength(JSON.stringify(short)) <= MAX_PROFILE_BYTES) break;
    short = Object.fromEntries(Object.entries(short).map(([name, value]) => [name, typeof value === 'string' ? value.slice(0, length).toWellFormed() : value])) as UserView;
  }
  return short;
}

/**
 * What a session token says beyond the base: the profile and the permissions
 * (REFERENCE §4.1). A display copy for clients: the server never decides on it
 * (B-17). It never holds the password hash (C-21).
 */
export function sessionClaims({ user, authority }: TokenSubject): object {
  const view = shortened(presentUser(user));
  return {
    username: view.user_name,
    email: view.email,
    first_name: view.first_name,
    last_name: view.last_name,
    user_profile: {
      user_id: view.user_id,
      email: view.email,
      first_name: view.first_name,
      last_name: view.last_name,
      user_name: view.user_name,
      phone_number: view.phone_number,
      country: view.country,
      dob: view.dob,
      profile_picture_url: view.profile_picture_url,
      bio: view.bio,
      auth_type: view.auth_type,
      theme: view.theme,
      profile_accessibility: view.profile_accessibility,
      user_type: view.user_type,
      language: view.language,
      status: view.status,
      timezone: view.timezone,
      invited_by_user_id: view.invited_by_user_id,
      is_protected: view.is_protected,
      is_trashed: view.is_trashed,
      last_sign_in_at: view.last_sign_in_at,
      email_verified_at: view.email_verified_at,
      created_at: view.created_at,
      last_updated: view.last_updated,
    },
    permissions: { is_active: user.is_active, is_verified: user.is_verified, groups: authority.groups, codenames: authority.permissions },
    pv: user.version,
  };
}
