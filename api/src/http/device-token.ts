import type { IncomingHttpHeaders } from 'node:http';
import type { Reply } from './endpoint.js';

/** How a device token travels (API.md §6): clients without cookies keep the header's, browsers need do nothing. */
const HEADER = 'X-Device-Token';
const COOKIE = 'tessera_device';
/** Five users at the most: 200 characters. What is longer is none of ours, and not worth a look. */
const MAX_LENGTH = 256;
const TOKEN = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/;
const IN_COOKIE = new RegExp(`(?:^|;) *${COOKIE}=([A-Za-z0-9_.-]{1,${MAX_LENGTH}})(?=;|$)`);
const YEAR_SECONDS = 365 * 86_400;

/** The device token of a request, not verified: the header's, else the cookie's. What does not look like one is none. */
export function deviceTokenOf(headers: IncomingHttpHeaders): string | undefined {
  const header = headers['x-device-token'];
  if (typeof header === 'string' && looksLikeToken(header)) return header;
  const cookie = headers.cookie === undefined ? undefined : IN_COOKIE.exec(headers.cookie)?.[1];
  return cookie !== undefined && looksLikeToken(cookie) ? cookie : undefined;
}

export type TellDevice = ReturnType<typeof createTellDevice>;

/** @param options.path the API's prefix: no other application on the host is sent the cookie */
export function createTellDevice({ path, secure }: { path: string; secure: boolean }) {
  // Scripts of a page need not read it, and other sites cannot have it sent with a form of theirs (OWASP session management).
  const attributes = `; Path=${path}; Max-Age=${YEAR_SECONDS}; HttpOnly; SameSite=Lax${secure ? '; Secure' : ''}`;
  /** Gives the client its device token, in both ways. */
  return function tellDevice(reply: Reply, token: string): void {
    reply.header(HEADER, token);
    reply.header('Set-Cookie', `${COOKIE}=${token}${attributes}`);
  };
}

function looksLikeToken(text: string): boolean {
  return text.length <= MAX_LENGTH && TOKEN.test(text);
}
