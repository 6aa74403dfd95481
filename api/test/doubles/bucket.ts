import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { CRC32C } from '@google-cloud/storage';

/** `down` refuses connections to nothing, it answers 503; `silent` never answers. */
export type BucketMode = 'up' | 'down' | 'forbidden' | 'silent' | 'stops halfway' | 'loses its answer';

export type Bucket = {
  url: string;
  mode: BucketMode;
  requests: string[];
  objects: Map<string, { content: Buffer; contentType: string; metadata: Record<string, string> }>;
  close(): Promise<void>;
};

/** A bucket of Google Cloud Storage in memory: what our store asks of one. */
export async function startBucket(): Promise<Bucket> {
  const server = http.createServer((request, response) => void serve(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const bucket: Bucket = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    mode: 'up',
    requests: [],
    objects: new Map(),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return bucket;

  async function serve(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url!, bucket.url);
    const body = await buffer(request);
    bucket.requests.push(`${request.method} ${pathname}`);
    const json = (status: number, value: object) => void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
    const refuse = (code: number) => json(code, { error: { code, message: 'no' } });
    if (bucket.mode === 'silent') return;
    if (bucket.mode === 'down') return refuse(503);
    if (bucket.mode === 'forbidden') return refuse(403);
    if (pathname.startsWith('/upload/')) {
      const name = searchParams.get('name')!;
      if (bucket.objects.has(name)) return refuse(searchParams.get('ifGenerationMatch') === '0' ? 412 : 409);
      bucket.objects.set(name, parse(request.headers['content-type']!, body));
      if (bucket.mode === 'loses its answer') {
        bucket.mode = 'up';
        return void response.destroy();
      }
      const crc = new CRC32C();
      crc.update(bucket.objects.get(name)!.content);
      return json(200, { name, bucket: 'media', generation: '1', crc32c: crc.toString() });
    }
    const name = /\/o\/(.+)$/.exec(pathname)?.[1];
    if (name === undefined) return json(200, { name: 'media' });
    const object = bucket.objects.get(decodeURIComponent(name));
    if (!object) return refuse(404);
    if (request.method === 'DELETE') {
      bucket.objects.delete(decodeURIComponent(name));
      return void response.writeHead(204).end();
    }
    response.writeHead(200, { 'content-type': object.contentType, 'content-length': object.content.length });
    if (bucket.mode === 'stops halfway') return void response.write(object.content.subarray(0, object.content.length / 2), () => response.destroy());
    response.end(object.content);
  }
}

/** The two parts of an upload: what is said of the object, and the object. */
function parse(type: string, body: Buffer): { content: Buffer; contentType: string; metadata: Record<string, string> } {
  const boundary = /boundary="?([^";]+)/.exec(type)![1]!;
  const text = body.toString('latin1');
  const [, head = '', ...rest] = text.split(`--${boundary}`);
  const object = rest.slice(0, -1).join(`--${boundary}`);
  const metadata = JSON.parse(head.slice(head.indexOf('\r\n\r\n'))) as Record<string, string>;
  return { content: Buffer.from(object.slice(object.indexOf('\r\n\r\n') + 4, -2), 'latin1'), contentType: metadata['contentType'] ?? /Content-Type: (.+)\r/i.exec(object)![1]!, metadata };
}
