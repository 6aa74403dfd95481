import { describe, expect, it } from '@jest/globals';
import { describeTokens, type TokenInfoFacts } from './token-info.js';

const NOW = 1_800_000_000;
const HOUR = 3_600;
const DAY = 24 * HOUR;
const facts = (change: Partial<TokenInfoFacts> = {}): TokenInfoFacts => ({
  now: NOW,
  current: { type: 'access', issuedAt: NOW, expiresAt: NOW + HOUR },
  others: [],
  before: undefined,
  sessionEndsAt: NOW + 30 * DAY,
  lifetimes: { accessSeconds: HOUR, sessionSeconds: 7 * DAY, refreshSeconds: 30 * DAY },
  ...change,
});

describe('token-info', () => {
  it('rounds everything down: a second after it was made, an access token has 59 minutes (REFERENCE 9.14)', () => {
    const info = describeTokens(facts({ now: NOW + 1 }));
    expect(info.token_ages).toEqual({
      current: { token_type: 'access', token_age: '0 minutes', token_age_minutes: 0, expires_in: '59 minutes', expires_in_minutes: 59, lifetime_percentage_used: 0.02, status: 'ACTIVE' },
      access_token: undefined,
      session_token: undefined,
      refresh_token: undefined,
    });
    expect(info.extension_info).toEqual({ current_expires_in: '59 minutes', after_refresh_expires_in: '1 hour', extension_minutes: 0 });
    expect(info.before_token).toBeUndefined();
  });

  it('says what is configured, in minutes and in words', () => {
    expect(describeTokens(facts()).token_configuration).toEqual({
      access_token: { expiry_minutes: 60, expires_in: '1 hour' },
      session_token: { expiry_minutes: 10_080, expires_in: '1 week' },
      refresh_token: { expiry_minutes: 43_200, expires_in: '4 weeks and 2 days' },
    });
  });

  it('tells what a refresh would add, never beyond the end of the session (B-15)', () => {
    const half = { type: 'session', issuedAt: NOW - 4 * DAY, expiresAt: NOW + 3 * DAY } as const;
    expect(describeTokens(facts({ current: half })).extension_info).toEqual({ current_expires_in: '3 days', after_refresh_expires_in: '1 week', extension_minutes: 4 * 1_440 });
    expect(describeTokens(facts({ current: half, sessionEndsAt: NOW + 3 * DAY + HOUR })).extension_info).toEqual({ current_expires_in: '3 days', after_refresh_expires_in: '3 days and 1 hour', extension_minutes: 60 });
  });

  it('describes the tokens asked about by kind, and compares with the one before it', () => {
    const before = { type: 'access', issuedAt: NOW - 50 * 60, expiresAt: NOW + 10 * 60 } as const;
    const refresh = { type: 'refresh', issuedAt: NOW - 15 * DAY, expiresAt: NOW + 15 * DAY } as const;
    const info = describeTokens(facts({ others: [before, refresh], before }));
    expect(info.token_ages.access_token).toEqual({ token_age: '50 minutes', token_age_minutes: 50, expires_in: '10 minutes', expires_in_minutes: 10, lifetime_percentage_used: 83.33, status: 'ACTIVE' });
    expect(info.token_ages.refresh_token).toMatchObject({ token_age: '2 weeks and 1 day', lifetime_percentage_used: 50 });
    expect(info.before_token).toEqual({ token_age: '50 minutes', token_age_minutes: 50, expires_in: '10 minutes', expires_in_minutes: 10, status: 'ACTIVE' });
    expect(info.extension_info).toMatchObject({ extended_by: '50 minutes', extended_by_minutes: 50 });
    expect(describeTokens(facts({ before: refresh })).extension_info).not.toHaveProperty('extended_by');
  });

  it('stays within its bounds when clocks differ, and at the very end', () => {
    for (const current of [{ type: 'access', issuedAt: NOW + 20, expiresAt: NOW + HOUR }, { type: 'access', issuedAt: NOW, expiresAt: NOW }] as const) {
      const { token_age_minutes, lifetime_percentage_used } = describeTokens(facts({ current })).token_ages.current;
      expect([token_age_minutes, lifetime_percentage_used]).toEqual([0, 0]);
    }
    expect(describeTokens(facts({ current: { type: 'access', issuedAt: NOW - 9, expiresAt: NOW - 1 } })).token_ages.current).toMatchObject({ status: 'EXPIRED', expires_in: '0 minutes', lifetime_percentage_used: 100 });
  });
});
