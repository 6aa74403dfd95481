import http from 'node:http';

/** A client with keep-alive connections of its own. `request` gives status, headers, body and milliseconds until the last byte; status 0 is a connection that broke. */
export function createHttpClient() {
  const agent = new http.Agent({ keepAlive: true });
  return {
    request: (url, { method = 'GET', headers = {}, json } = {}) =>
      new Promise((resolve) => {
        const started = performance.now();
        const body = json && JSON.stringify(json);
        const lost = () => resolve({ status: 0, headers: {}, body: '', ms: performance.now() - started });
        const request = http.request(url, { agent, method, headers: body ? { ...headers, 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) } : headers }, (response) => {
          const chunks = [];
          response.on('data', (chunk) => chunks.push(chunk));
          response.once('error', lost);
          response.once('end', () => resolve({ status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks).toString(), ms: performance.now() - started }));
        });
        request.once('error', lost);
        request.end(body);
      }),
    close: () => agent.destroy(),
  };
}
