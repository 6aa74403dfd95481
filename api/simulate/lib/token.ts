export type TokenType = 'access' | 'session' | 'refresh';

/** A token somebody holds, with what anybody can read in it. */
export type Held = {
  raw: string;
  type: TokenType;
  sessionId: string;
  generation: number;
  /** Seconds since 1970, on the clock of the worker that made it. */
  issuedAt: number;
  expiresAt: number;
  /** What a session token says of permissions. */
  codenames: readonly string[] | undefined;
};

/** Reads a token as its holder can: nobody here knows the key. */
export function readToken(raw: string): Held {
  const claims = JSON.parse(Buffer.from(raw.split('.')[1]!, 'base64url').toString('utf8')) as {
    type: TokenType; session_id: string; gen: number; iat: number; exp: number; permissions?: { codenames?: string[] };
  };
  return { raw, type: claims.type, sessionId: claims.session_id, generation: claims.gen, issuedAt: claims.iat, expiresAt: claims.exp, codenames: claims.permissions?.codenames };
}

export type TokenSet = { access: Held; session: Held; refresh: Held };

/** The three tokens of an answer's `data`. */
export function readTokens(data: { access_token: string; session_token: string; refresh_token: string }): TokenSet {
  return { access: readToken(data.access_token), session: readToken(data.session_token), refresh: readToken(data.refresh_token) };
}

/** The header a token travels in: both are good for either token (API.md §3). */
export function credential(held: Held, bearer: boolean): Record<string, string> {
  return bearer ? { Authorization: `Bearer ${held.raw}` } : { 'X-Session-Token': held.raw };
}
