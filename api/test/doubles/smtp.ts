import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import PostalMime, { type Email } from 'postal-mime';
import { SMTPServer, type SMTPServerDataStream } from 'smtp-server';

export type ReceivedMail = {
  /** The envelope's recipients (RCPT TO): what the server would deliver to. */
  recipients: string[];
  sender: string;
  secure: boolean;
  /** The message as its reader's program sees it. */
  mail: Email;
  raw: string;
};

export type SmtpOptions = {
  port?: number;
  /** Offers TLS with this key and certificate (PEM): by STARTTLS, or from the first byte with `implicit`. */
  tls?: { key: string; cert: string; implicit?: boolean };
  /** Waits this long before it answers to a message. */
  delayMs?: number;
  /** Answers every message with this code instead of taking it: 4xx for now, 5xx for good; `'drop'` cuts the line in the middle. */
  failWith?: number | 'drop';
  /** Asks for this sign-in. */
  user?: string;
  password?: string;
};

export type SmtpDouble = {
  port: number;
  messages: ReceivedMail[];
  /** How many messages were begun, taken or not. */
  attempts(): number;
  /** How many have arrived and are not answered yet. */
  held(): number;
  /** Changes the behaviour from the next message on. */
  behave(change: Pick<SmtpOptions, 'delayMs' | 'failWith'>): void;
  /** Waits until so many messages have been taken. */
  received(count: number, withinMs?: number): Promise<ReceivedMail[]>;
  close(): Promise<void>;
};

/** A mail server that speaks real SMTP on a free local port and keeps what it is sent. */
export async function startSmtp(options: SmtpOptions = {}): Promise<SmtpDouble> {
  const messages: ReceivedMail[] = [];
  const behaviour = { delayMs: options.delayMs, failWith: options.failWith };
  const closing = new AbortController();
  let attempts = 0;
  let held = 0;

  const server = new SMTPServer({
    ...(options.tls && { key: options.tls.key, cert: options.tls.cert, secure: options.tls.implicit === true }),
    disabledCommands: [...(options.tls ? [] : ['STARTTLS']), ...(options.user === undefined ? ['AUTH'] : [])],
    allowInsecureAuth: true,
    disableReverseLookup: true,
    closeTimeout: 100,
    onAuth(auth, _session, callback) {
      const good = auth.username === options.user && auth.password === options.password;
      callback(good ? null : smtpError(535, 'no such user'), good ? { user: auth.username } : undefined);
    },
    onData(stream, session, callback) {
      attempts += 1;
      if (behaviour.failWith === 'drop') return cutEveryLine();
      receive(stream).then(
        (raw) => settle(raw, session.envelope, session.secure).then(() => callback(), callback),
        callback,
      );
    },
  });
  server.on('error', () => undefined); // a client that hangs up is part of the tests

  function cutEveryLine(): void {
    for (const connection of server.connections as Set<{ _socket: { destroy(): void } }>) connection._socket.destroy();
  }

  async function settle(raw: Buffer, envelope: { mailFrom: { address: string } | false; rcptTo: { address: string }[] }, secure: boolean): Promise<void> {
    held += 1;
    try {
      if (behaviour.delayMs) await sleep(behaviour.delayMs, undefined, { signal: closing.signal });
    } finally {
      held -= 1;
    }
    if (typeof behaviour.failWith === 'number') throw smtpError(behaviour.failWith, 'not today');
    messages.push({
      recipients: envelope.rcptTo.map(({ address }) => address),
      sender: envelope.mailFrom ? envelope.mailFrom.address : '',
      secure,
      mail: await PostalMime.parse(raw),
      raw: raw.toString('latin1'),
    });
  }

  const listener = server.listen(options.port ?? 0, '127.0.0.1');
  await once(listener, 'listening');
  const { port } = listener.address() as AddressInfo;

  return {
    port,
    messages,
    attempts: () => attempts,
    held: () => held,
    behave: (change) => void Object.assign(behaviour, change),
    async received(count, withinMs = 30_000) {
      const deadline = performance.now() + withinMs;
      while (messages.length < count && performance.now() < deadline) await sleep(20);
      if (messages.length < count) throw new Error(`${messages.length} of ${count} messages arrived`);
      return messages;
    },
    close: () =>
      new Promise((resolve) => {
        closing.abort();
        server.close(resolve);
        cutEveryLine();
      }),
  };
}

async function receive(stream: SMTPServerDataStream): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of stream) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

function smtpError(responseCode: number, message: string): Error {
  return Object.assign(new Error(message), { responseCode });
}
