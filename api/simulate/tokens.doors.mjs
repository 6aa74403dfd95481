import http from 'node:http';

/** What an HTTP header can carry. */
const HEADER_TEXT = /^[\t\x20-\x7e\x80-\xff]*$/;

/**
 * A token tried in this process, at the function that every request goes
 * through and, made of a refresh token, at the one that refreshes.
 * @returns {Promise<string> | string} 'refused', or what happened instead
 */
export function tryInside({ authenticate, refresh }, token, type) {
  const outcome = attempt(() => authenticate(token, undefined));
  if (type !== 'refresh' || outcome !== 'refused') return outcome;
  return refresh(token).then(() => 'accepted by refresh', refusal);
}

function attempt(run) {
  try {
    const found = run();
    return found instanceof Promise ? found.then(() => 'accepted', refusal) : 'accepted';
  } catch (error) {
    return refusal(error);
  }
}

function refusal(error) {
  const status = error?.definition?.status;
  return status === 401 ? 'refused' : `failed: ${status ?? error}`;
}

/** Tries tokens over the wire: in either header, or in the body where a header cannot carry them. */
export function createWire({ url, prefix }, isLive) {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 64 });

  return {
    async try(token, type, random) {
      // Blanks around a header's value are none of it (RFC 9110 §5.5).
      const inHeader = HEADER_TEXT.test(token) && !isLive(token.replace(/^[ \t]+|[ \t]+$/g, ''));
      if (!inHeader || (type === 'refresh' && random.chance(0.7))) return judge(await send('POST', '/auth/refresh-token', { 'Content-Type': 'application/json' }, JSON.stringify({ refresh_token: token })));
      return judge(await send('GET', '/settings/profile', random.chance(0.5) ? { 'X-Session-Token': token } : { Authorization: `Bearer ${token}` }));
    },
    profile: (token) => send('GET', '/settings/profile', { 'X-Session-Token': token }),
    refresh: (token) => send('POST', '/auth/refresh-token', { 'Content-Type': 'application/json' }, JSON.stringify({ refresh_token: token })),
    close: () => agent.destroy(),
  };

  function send(method, path, headers, body) {
    return new Promise((resolve, reject) => {
      const request = http.request(`${url}${prefix}${path}`, { method, agent, headers }, (response) => {
        response.resume();
        response.once('end', () => resolve(response.statusCode)).once('error', reject);
      });
      request.once('error', reject);
      request.end(body);
    });
  }
}

function judge(status) {
  if (status >= 400 && status < 500) return 'refused';
  return status < 400 ? `accepted (${status})` : `failed: ${status}`;
}
