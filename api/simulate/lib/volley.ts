import { once } from 'node:events';
import { createConnection, type Socket } from 'node:net';
import { createReader, encode, type WireAnswer } from './wire.js';

export type Reply = { answer: WireAnswer | undefined; sent: number; ended: number };

/** One kept-alive connection to one worker, for requests that must leave at an exact moment. */
export type Line = {
  /** Writes at once, in this very call. One request at a time. */
  fire(bytes: Buffer): Promise<Reply>;
  close(): void;
};

const FIRST = encode({ method: 'GET', path: '/health/live' });

/** @throws when nothing listens there */
export async function openLine(port: number): Promise<Line> {
  const socket: Socket = createConnection({ port, host: '127.0.0.1', noDelay: true });
  await once(socket, 'connect');
  // What was lost is told by `close`.
  socket.on('error', () => undefined);
  const line: Line = {
    fire(bytes) {
      const sent = performance.now();
      if (socket.destroyed) return Promise.resolve({ answer: undefined, sent, ended: sent });
      socket.write(bytes);
      return new Promise((resolve) => {
        const read = createReader();
        const finish = (answer: WireAnswer | undefined) => {
          socket.off('data', onData);
          socket.off('close', onClose);
          resolve({ answer, sent, ended: performance.now() });
        };
        const onData = (chunk: Buffer) => {
          const answer = read(chunk);
          if (answer) finish(answer);
        };
        const onClose = () => finish(undefined);
        socket.on('data', onData);
        socket.once('close', onClose);
      });
    },
    close: () => socket.destroy(),
  };
  // A line on which nothing has been asked yet is given up on within seconds; one that has been used may rest for a minute.
  await line.fire(FIRST);
  return line;
}
