import { describe, expect, it } from '@jest/globals';
import jwt from 'jsonwebtoken';
import { LIFETIMES, NOW, SECRET, SESSION_ID, subject as subjectOf, USER_ID, usualUser } from '../../../test/token-subjects.js';
import type { UserRow } from '../../shared/user-row.js';
import { claimsVersion } from './claims.js';
import { createTokens } from './tokens.js';


const subject = (generation = 0) => subjectOf(undefined, undefined, { generation });

const tokens = createTokens({ secrets: [SECRET] }, LIFETIMES, () => NOW);
describe('the three tokens', () => {
  const set = tokens.issue(subject());

  it('carry who and which session, and each its own id', () => {
    const [access, session, refresh] = [set.access_token, set.session_token, set.refresh_token].map((token) => jwt.decode(token) as Record<string, unknown>);
    for (const token of [access, session, refresh]) expect(token).toMatchObject({ sub: USER_ID, session_id: SESSION_ID, aud: 'authenticated', iss: 'tessera', gen: 0 });
    expect(new Set([access!['jti'], session!['jti'], refresh!['jti']]).size).toBe(3);
    expect([access!['type'], session!['type'], refresh!['type']]).toEqual(['access', 'session', 'refresh']);
  });

  it('live an hour, seven days, and as long as the session', () => {
    const life = (token: string) => Number((jwt.decode(token) as { exp: number }).exp) - NOW / 1000;
    expect([life(set.access_token), life(set.session_token), life(set.refresh_token)]).toEqual([3_600, 604_800, 2_592_000]);
  });

  it('B-15: none outlives its session', () => {
    const late = { ...subject(), session: { ...subject().session, expires_at: new Date(NOW + 60_000) } };
    for (const token of Object.values(tokens.issue(late)).filter((value) => value.startsWith('eyJ'))) expect((jwt.decode(token) as { exp: number }).exp).toBe(NOW / 1000 + 60);
  });

  it('the session token holds profile and permissions, never the password', () => {
    const session = jwt.decode(set.session_token) as { user_profile: object; permissions: object };
    expect(session.permissions).toEqual({ is_active: true, is_verified: true, groups: ['user'], codenames: ['add_upload', 'edit_profile', 'view_profile'] });
    // Five of its 24 members are null here.
    expect(Object.keys(session.user_profile)).toHaveLength(19);
    expect(Object.values(session.user_profile)).not.toContain(null);
    expect(JSON.stringify(session)).not.toContain('$2b$');
  });

  it('a refresh token depends on session, generation and rotation alone: asked again, it is the same bytes', () => {
    expect(tokens.issue(subject(4)).refresh_token).toBe(createTokens({ secrets: [SECRET] }, LIFETIMES, () => NOW + 5_000).issue(subject(4)).refresh_token);
    expect(tokens.issue(subject(4)).refresh_token).not.toBe(tokens.issue(subject(5)).refresh_token);
  });
});

describe('a renewed session token', () => {
  const presented = tokens.verify(tokens.issue(subject(4)).session_token)!;
  const LATER = NOW + 20_000;
  const renew = (claims = presented, changes: Partial<UserRow> = {}) =>
    createTokens({ secrets: [SECRET] }, LIFETIMES, () => LATER).renew(claims, { user: usualUser({ version: 4, ...changes }), authority: { groups: ['admin'], permissions: ['edit_user'] } });

  it('says what is so now', () => {
    expect(jwt.decode(renew(presented, { first_name: 'Nour' }))).toMatchObject({
      first_name: 'Nour',
      permissions: { groups: ['admin'], codenames: ['edit_user'] },
      pv: claimsVersion(4, { groups: ['admin'], permissions: ['edit_user'] }),
      iat: LATER / 1000,
    });
  });

  it('is of the same session and generation, and ends when the presented one would have', () => {
    const { sub, session_id, gen, exp, aud, iss, type } = presented;
    const renewed = tokens.verify(renew());
    expect(renewed).toMatchObject({ sub, session_id, gen, exp, aud, iss, type });
    expect(renewed!.jti).not.toBe(presented.jti);
  });

  it('of an access token is a session token that ends with it, bound to the same origin', () => {
    const access = { ...tokens.verify(tokens.issue(subject()).access_token)!, origin: 'https://app.example.com' };
    expect(tokens.verify(renew(access))).toMatchObject({ type: 'session', exp: access.exp, origin: access.origin });
  });
});
