import { createConnection, type Socket } from 'node:net';

export type WireRequest = { method: 'GET' | 'POST' | 'PUT' | 'DELETE'; path: string; headers?: Readonly<Record<string, string>>; body?: unknown };

export type WireAnswer = {
  status: number;
  headers: Readonly<Record<string, string>>;
  // An answer is read as it comes over the wire: its shape is what is being checked.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  body: any;
};

/**
 * Where a client's line breaks: before the request is whole (it can have no
 * effect), after it and before the answer (nobody knows), or in the middle of
 * the answer (the client knows nothing, the simulation knows what was said).
 */
export type Cut = 'unsent' | 'unanswered' | 'half-answered';

export type Exchange = {
  /** Just before the first byte was written, and just after the last one was read or the line was lost. Milliseconds of this process's monotonic clock. */
  sent: number;
  ended: number;
  /** What the server said, if it came. */
  answer?: WireAnswer;
  /** Whether the client has it too. */
  heard: boolean;
  /** Whether the server can have acted on it. */
  reached: boolean;
  /** Given up on, because the answer took longer than the caller would wait. */
  late: boolean;
};

export type Wire = {
  exchange(request: WireRequest, options?: { cut?: Cut | undefined; cutAfterMs?: number; patienceMs?: number }): Promise<Exchange>;
  /** Opens connections, so that the next requests need not. */
  warm(count: number): Promise<void>;
  close(): void;
};

/** Longer than any worker takes to say that it cannot. */
const DEFAULT_PATIENCE_MS = 60_000;

/** Plain HTTP/1.1 over sockets of our own, kept alive: nothing is retried, nothing is hidden, and every line can be cut where we like. */
export function createWire(port: number): Wire {
  const idle = new Set<Socket>();
  let closed = false;

  function connect(): Promise<Socket | undefined> {
    return new Promise((resolve) => {
      const socket = createConnection({ port, host: '127.0.0.1', noDelay: true });
      socket.once('connect', () => resolve(socket));
      // What is lost on the way is told by `close`, which follows.
      socket.on('error', () => resolve(undefined));
      socket.once('close', () => idle.delete(socket));
    });
  }

  function take(): Socket | undefined {
    for (const socket of idle) {
      idle.delete(socket);
      if (!socket.destroyed && socket.writable) return socket;
    }
    return undefined;
  }

  return {
    async exchange(request, { cut, cutAfterMs = 0, patienceMs = DEFAULT_PATIENCE_MS } = {}) {
      const began = performance.now();
      const socket = take() ?? (await connect());
      if (!socket) return { sent: began, ended: performance.now(), heard: false, reached: false, late: false };
      const bytes = encode(request);
      return new Promise<Exchange>((resolve) => {
        const read = createReader();
        const sent = performance.now();
        const finish = (facts: Partial<Exchange>) => {
          stopWaiting();
          socket.off('data', onData);
          socket.off('close', onClose);
          resolve({ sent, ended: performance.now(), heard: false, reached: true, late: false, ...facts });
        };
        const drop = (facts: Partial<Exchange>) => {
          finish(facts);
          socket.destroy();
        };
        const onData = (chunk: Buffer) => {
          const answer = read(chunk);
          if (cut === 'half-answered') return drop(answer ? { answer } : {});
          if (!answer) return;
          finish({ answer, heard: true });
          if (answer.headers['connection'] === 'close' || closed) socket.destroy();
          else idle.add(socket);
        };
        const onClose = () => finish({});
        const stopWaiting = cut === 'unanswered' ? after(cutAfterMs, () => drop({})) : whenPatienceEnds(patienceMs, () => drop({ late: true }));
        socket.on('data', onData);
        socket.once('close', onClose);
        if (cut !== 'unsent') return void socket.write(bytes);
        // Half of it: a head that is not whole, or a body that is not, is never acted on.
        socket.write(bytes.subarray(0, Math.floor((bytes.indexOf('\r\n\r\n') + 4) / 2)), () => drop({ reached: false }));
      });
    },
    async warm(count) {
      for (const socket of await Promise.all(Array.from({ length: count }, connect))) if (socket) idle.add(socket);
    },
    close() {
      closed = true;
      for (const socket of idle) socket.destroy();
    },
  };
}

function after(ms: number, then: () => void): () => void {
  const timer = setTimeout(then, ms);
  return () => clearTimeout(timer);
}

const TICK_MS = 100;

/** Counted in ticks: a machine that was paused has paused the server too, and must not look like one that hangs. */
function whenPatienceEnds(ms: number, then: () => void): () => void {
  let left = ms;
  const timer = setInterval(() => {
    left -= TICK_MS;
    if (left <= 0) then();
  }, TICK_MS);
  return () => clearInterval(timer);
}

export function encode({ method, path, headers = {}, body }: WireRequest): Buffer {
  const text = body === undefined ? '' : JSON.stringify(body);
  const lines = [`${method} ${path} HTTP/1.1`, 'Host: 127.0.0.1', ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`)];
  if (body !== undefined) lines.push('Content-Type: application/json', `Content-Length: ${Buffer.byteLength(text)}`);
  else if (method !== 'GET') lines.push('Content-Length: 0');
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n${text}`);
}

/** Collects the bytes of one answer. @returns a function that takes each chunk and gives the answer when it is whole */
export function createReader(): (chunk: Buffer) => WireAnswer | undefined {
  let bytes: Buffer = Buffer.alloc(0);
  let head: { status: number; headers: Record<string, string>; bodyAt: number; length: number } | undefined;
  return (chunk) => {
    bytes = bytes.length === 0 ? chunk : Buffer.concat([bytes, chunk]);
    head ??= readHead(bytes);
    if (!head || bytes.length < head.bodyAt + head.length) return undefined;
    const text = bytes.toString('utf8', head.bodyAt, head.bodyAt + head.length);
    return { status: head.status, headers: head.headers, body: text === '' ? undefined : JSON.parse(text) };
  };
}

function readHead(bytes: Buffer) {
  const end = bytes.indexOf('\r\n\r\n');
  if (end < 0) return undefined;
  const [first = '', ...lines] = bytes.toString('latin1', 0, end).split('\r\n');
  const headers: Record<string, string> = {};
  for (const line of lines) {
    const colon = line.indexOf(':');
    headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
  }
  const length = Number(headers['content-length']);
  if (!Number.isSafeInteger(length)) throw new Error(`an answer without a length: ${first}`);
  return { status: Number(first.split(' ')[1]), headers, bodyAt: end + 4, length };
}
