export type Answer = {
  status: number;
  headers: Headers;
  text: string;
  // A test looks into answers of every shape; naming each would say the contract twice.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  body: any;
};

export type RequestOptions = { token?: string; headers?: Record<string, string>; raw?: string | FormData };

export type Client = {
  get(path: string, options?: RequestOptions): Promise<Answer>;
  post(path: string, body?: unknown, options?: RequestOptions): Promise<Answer>;
  send(method: string, path: string, body?: unknown, options?: RequestOptions): Promise<Answer>;
};

/** Talks to an API as its clients do. A path that begins with `//` stands at the server's root. */
export function createClient(url: string, prefix: string): Client {
  const send: Client['send'] = async (method, path, body, { token, headers, raw } = {}) => {
    const response = await fetch(`${url}${path.startsWith('//') ? path.slice(1) : `${prefix}${path}`}`, {
      method,
      headers: { ...((body === undefined && raw === undefined) || raw instanceof FormData ? {} : { 'Content-Type': 'application/json' }), ...(token ? { 'X-Session-Token': token } : {}), ...headers },
      body: raw ?? (body === undefined ? undefined : JSON.stringify(body)),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, text, body: parse(text) };
  };
  return { send, get: (path, options) => send('GET', path, undefined, options), post: (path, body, options) => send('POST', path, body, options) };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
