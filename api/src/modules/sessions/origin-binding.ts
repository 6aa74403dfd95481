const LOCAL_HOSTS: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '0.0.0.0', '[::1]']);

/** Longer than any host name with scheme and port. */
const MAX_ORIGIN_LENGTH = 300;

/**
 * The origin a session is bound to: what the browser says in `Origin`, never
 * anything made from `Host` or a forwarding header, which a caller can write
 * as he likes (B-20). @returns undefined for a client that is no browser
 */
export function originToBind(header: string | undefined): string | undefined {
  if (header === undefined || header.length > MAX_ORIGIN_LENGTH || !URL.canParse(header)) return undefined;
  const { origin } = new URL(header);
  return origin === 'null' ? undefined : origin;
}

/** Whether a request's origin is the one a token was issued for; with `local` every local address is the same place (REFERENCE §4.5). */
export function sameOrigin(bound: string, request: string, local: boolean): boolean {
  const one = normal(bound);
  const other = normal(request);
  return one === other || (local && isLocal(one) && isLocal(other));
}

function normal(origin: string): string {
  const text = origin.toLowerCase();
  return text.endsWith('/') ? text.slice(0, -1) : text;
}

function isLocal(origin: string): boolean {
  return URL.canParse(origin) && LOCAL_HOSTS.has(new URL(origin).hostname);
}
