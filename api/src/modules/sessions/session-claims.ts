import { createHash } from 'node:crypto';
import { presentUser, type UserView } from '../../shared/user-view.js';
import { claimsVersion } from './claims.js';
import { shortened } from './short-profile.js';
import type { Authority, TokenSubject } from './sessions.types.js';

/** Whom a token speaks of. */
export type Bearer = Pick<TokenSubject, 'user' | 'authority'>;

/** An address has 254 characters, a user name fewer: what is longer came with a database that was taken over. */
const MAX_ACCESS_TEXT_BYTES = 280;
const REFERENCE_BYTES = 16;

/**
 * What is left out, and how long a text of the profile may be, until the token
 * fits: nothing; then the codenames; where that is not enough, the profile is
 * cut, and then the codenames may find room again; then the groups go too. The
 * last always fits.
 */
const FORMS: readonly Form[] = [
  {},
  { codenames: 'reference' },
  { textBytes: 280 },
  { codenames: 'reference', textBytes: 280 },
  { codenames: 'reference', textBytes: 60 },
  { codenames: 'reference', groups: 'reference', textBytes: 280 },
  { codenames: 'reference', groups: 'reference', textBytes: 60 },
  { codenames: 'reference', groups: 'reference', textBytes: 20 },
];

type Form = Readonly<{ codenames?: 'reference'; groups?: 'reference'; textBytes?: number }>;

/** What an access token says beyond the base: who, and whether the account is in order. */
export function accessClaims({ user, authority }: Bearer): object {
  const { user_name, email } = shortened({ user_name: user.user_name, email: user.email }, MAX_ACCESS_TEXT_BYTES);
  return { username: user_name, email, is_active: user.is_active, is_verified: user.is_verified, pv: claimsVersion(user.version, authority) };
}

/**
 * What a session token says beyond the base: the profile and the permissions
 * (REFERENCE §4.1). A display copy for clients: the server never decides on it
 * (B-17). It never holds the password hash (C-21).
 * @param fits whether a token with these claims is short enough to travel with every request
 */
export function sessionClaims(bearer: Bearer, fits: (claims: object) => boolean): object {
  const view = presentUser(bearer.user);
  const pv = claimsVersion(bearer.user.version, bearer.authority);
  let claims = {};
  for (const form of FORMS) {
    claims = { ...profileClaims(form.textBytes === undefined ? view : shortened(view, form.textBytes)), permissions: permissionClaims(bearer, form), pv };
    if (fits(claims)) break;
  }
  return claims;
}

/** A set too long to be listed is named by a digest and its size: a client that needs it asks for the user's permissions and groups. */
function permissionClaims({ user, authority }: Bearer, { groups, codenames }: Form): object {
  return {
    is_active: user.is_active,
    is_verified: user.is_verified,
    ...(groups ? { groups_ref: reference(authority.groups), groups_count: authority.groups.length } : { groups: authority.groups }),
    ...(codenames ? { codenames_ref: reference(authority.permissions), codenames_count: authority.permissions.length } : { codenames: authority.permissions }),
  };
}

/** @returns 22 characters of base64url, equal for equal sets */
function reference(set: Authority['groups']): string {
  return createHash('sha256').update(JSON.stringify([...set].sort())).digest().subarray(0, REFERENCE_BYTES).toString('base64url');
}

/** In `user_profile` what is null is not written: with its name repeated for nothing, a usual token would have more than 1.5 KB. */
function profileClaims(view: UserView): object {
  return {
    username: view.user_name,
    email: view.email,
    first_name: view.first_name,
    last_name: view.last_name,
    user_profile: withoutNulls({
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
    }),
  };
}

function withoutNulls(members: object): object {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== null));
}
