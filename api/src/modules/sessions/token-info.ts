import { durationText } from './duration-text.js';
import type { TokenType } from './claims.js';

/** What is told of a token: its kind and its life, in seconds since the epoch. */
export type TokenLife = { type: TokenType; issuedAt: number; expiresAt: number };

/** Of a token that a request came with: no refresh token does. */
export type PresentedLife = TokenLife & { type: 'access' | 'session' };

export type TokenLifetimes = Readonly<{ accessSeconds: number; sessionSeconds: number; refreshSeconds: number }>;

export type TokenInfoFacts = {
  now: number;
  /** The token that the request came with. */
  current: PresentedLife;
  /** Other tokens of the caller's that he asks about, each of its own kind. */
  others: readonly TokenLife[];
  /** The one of them that the caller had before, if he sent any: how much longer the current one lives is told beside it. */
  before: TokenLife | undefined;
  /** When the caller's session ends: no refresh goes beyond it. */
  sessionEndsAt: number;
  lifetimes: TokenLifetimes;
};

/** Ages and remaining times, and what a refresh would add (REFERENCE §9.14). Everything is rounded down. */
export function describeTokens({ now, current, others, before, sessionEndsAt, lifetimes }: TokenInfoFacts) {
  const configured = { access: lifetimes.accessSeconds, session: lifetimes.sessionSeconds, refresh: lifetimes.refreshSeconds };
  const refreshedEnd = Math.min(now + configured[current.type], sessionEndsAt);
  const gained = before?.type !== current.type ? undefined : minutes(current.expiresAt - before.expiresAt);
  const ages = new Map(others.map((token) => [token.type, ageOf(token, now)]));
  return {
    token_ages: {
      current: { token_type: current.type, ...ageOf(current, now) },
      access_token: ages.get('access'),
      session_token: ages.get('session'),
      refresh_token: ages.get('refresh'),
    },
    token_configuration: {
      access_token: lifetimeOf(configured.access),
      session_token: lifetimeOf(configured.session),
      refresh_token: lifetimeOf(configured.refresh),
    },
    extension_info: {
      current_expires_in: durationText(minutes(current.expiresAt - now)),
      after_refresh_expires_in: durationText(minutes(refreshedEnd - now)),
      extension_minutes: minutes(refreshedEnd - current.expiresAt),
      ...(gained !== undefined && { extended_by: durationText(gained), extended_by_minutes: gained }),
    },
    before_token: before && remaining(before, now),
  };
}

function remaining({ issuedAt, expiresAt }: TokenLife, now: number) {
  const [age, left] = [minutes(now - issuedAt), minutes(expiresAt - now)];
  return { token_age: durationText(age), token_age_minutes: age, expires_in: durationText(left), expires_in_minutes: left, status: expiresAt > now ? ('ACTIVE' as const) : ('EXPIRED' as const) };
}

function ageOf(token: TokenLife, now: number) {
  const used = (now - token.issuedAt) / Math.max(1, token.expiresAt - token.issuedAt);
  return { ...remaining(token, now), lifetime_percentage_used: Math.floor(Math.min(1, Math.max(0, used)) * 10_000) / 100 };
}

function lifetimeOf(seconds: number) {
  return { expiry_minutes: minutes(seconds), expires_in: durationText(minutes(seconds)) };
}

function minutes(seconds: number): number {
  return Math.max(0, Math.floor(seconds / 60));
}
