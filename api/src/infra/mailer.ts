import type { Readable } from 'node:stream';
import { createTransport } from 'nodemailer';
import type { Logger } from './logger.js';
import { SendError } from './send-error.js';
import { endsWithin } from './within.js';

export type Mail = {
  /** The same at every try: lets the recipient's server tell a repetition from a second message. */
  id?: string;
  /** One plain address, without a display name. */
  to: string;
  subject: string;
  text: string;
  html: string;
  headers?: Readonly<Record<string, string>>;
};

/** Whatever carries mail away: an SMTP server, or the mailbox page in development. */
export type Mailer = {
  /**
   * Resolves when the next server has taken the message over.
   * @throws SendError which says what is known of it
   */
  send(mail: Mail): Promise<void>;
  /** Connects, greets and signs in, without sending. Rejects when that fails. */
  check(): Promise<void>;
  close(): Promise<void>;
};

export type MailerOptions = {
  host: string;
  port: number;
  user?: string;
  password?: string;
  /** TLS and a certificate that proves the host: implicit on port 465, else STARTTLS or nothing is sent (RFC 8314, E-22). False allows plain text. */
  tls: boolean;
  from: string;
  timeouts?: Partial<typeof DEFAULT_TIMEOUTS>;
};

/**
 * Milliseconds. Whoever gives up while a slow server is still taking a message
 * sends it twice, and nobody waits for a job: so patient after the connection
 * stands (RFC 5321 §4.5.3.2 asks for minutes).
 */
const DEFAULT_TIMEOUTS = { connection: 5_000, greeting: 40_000, silence: 60_000, whole: 120_000, check: 10_000 };
const IMPLICIT_TLS_PORT = 465;
const MAX_CONNECTIONS = 3;

/** E-21: no line end, no second recipient, no display name, no source route can hide in an address of this shape. */
const PLAIN_ADDRESS = /^[^\s\p{Cc}<>()[\]\\,;:"@]{1,64}@[^\s\p{Cc}<>()[\]\\,;:"@]{1,255}$/u;
const HEADER_NAME = /^[A-Za-z][A-Za-z0-9-]*$/;
const CONTROL = /[\r\n\0]/;
/** An address or a mailbox that is not to be had just now (RFC 3463 §3.2, §3.3): a stranger chooses both, by a domain whose name servers fail. */
const OF_RECIPIENT = /^4(?!21)[0-9]{2}[ -]4\.[12]\.[0-9]{1,3}\b/;

/** Sends mail by SMTP over a few kept connections. */
export function createMailer(options: MailerOptions, logger: Logger): Mailer {
  const timeouts = { ...DEFAULT_TIMEOUTS, ...options.timeouts };
  const transport = createTransport({
    pool: true,
    maxConnections: MAX_CONNECTIONS,
    // For a kept connection that the server has closed meanwhile, before a byte of the message; all other trying again is the job's business.
    maxRequeues: 1,
    host: options.host,
    port: options.port,
    secure: options.tls && options.port === IMPLICIT_TLS_PORT,
    ...(options.tls
      ? { requireTLS: true, tls: { rejectUnauthorized: true, minVersion: 'TLSv1.2' as const } }
      : { opportunisticTLS: true, tls: { rejectUnauthorized: false } }),
    ...(options.user && { auth: { user: options.user, pass: options.password ?? '' } }),
    connectionTimeout: timeouts.connection,
    dnsTimeout: timeouts.connection,
    greetingTimeout: timeouts.greeting,
    socketTimeout: timeouts.silence,
    // Nothing a message names is fetched or read for it.
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  const domain = /@([\w.-]+)>?\s*$/.exec(options.from)?.[1] ?? 'localhost';
  const bodies = new WeakMap<AbortSignal, Readable>();
  transport.use('stream', (mail, done) => {
    const open = mail.message.createReadStream.bind(mail.message);
    // The last one counts: a kept connection that was found closed is replaced, and the message read anew.
    mail.message.createReadStream = (streamOptions) => {
      const body = open(streamOptions);
      bodies.set(mail.data.signal!, body);
      return body;
    };
    done();
  });
  transport.on('error', (error: unknown) => logger.warn('A connection to the mail server failed', { error }));

  return {
    async send(mail) {
      assertSafe(mail);
      const { id, to, subject, text, html, headers } = mail;
      const signal = AbortSignal.timeout(timeouts.whole);
      try {
        await transport.sendMail({ from: options.from, to: { name: '', address: to }, subject, text, html, headers, messageId: id && `<${id}@${domain}>`, signal });
      } catch (error) {
        throw toSendError(error, bodies.get(signal)?.readableDidRead === true);
      }
    },

    async check() {
      const verified = transport.verify();
      if (!(await endsWithin(timeouts.check, verified))) throw new Error('The mail server did not answer in time');
    },

    async close() {
      transport.close();
    },
  };
}

/**
 * Refuses what could smuggle a header or a second recipient into a message (E-21).
 * @throws SendError
 */
export function assertSafe({ id = '', to, subject, headers = {} }: Pick<Mail, 'id' | 'to' | 'subject' | 'headers'>): void {
  if (!/^[\w-]*$/.test(id)) throw new SendError('refused', 'ID_NOT_A_WORD');
  if (!PLAIN_ADDRESS.test(to)) throw new SendError('refused', 'NOT_A_PLAIN_ADDRESS');
  if (CONTROL.test(subject)) throw new SendError('refused', 'LINE_END_IN_SUBJECT');
  for (const [name, value] of Object.entries(headers)) {
    if (!HEADER_NAME.test(name) || CONTROL.test(value)) throw new SendError('refused', 'LINE_END_IN_HEADER');
  }
}

/**
 * What a failure says of the message. Its first byte leaves when the server has answered
 * DATA: a line that broke before that has brought nothing, one that broke after it may have
 * brought everything. A reply decides (RFC 5321 §4.2.1): 4yz for now, 5yz for good.
 * A refused sign-in is a setting that can be mended while the message waits.
 */
function toSendError(error: unknown, hasLeft: boolean): SendError {
  const { code, originalCode, responseCode, permanent, command, response = '' } = error as { code?: string; originalCode?: string; responseCode?: number; permanent?: boolean; command?: string; response?: string };
  const reason = responseCode === undefined ? (originalCode ?? code ?? 'SMTP_FAILED') : `SMTP_${responseCode}`;
  const isAboutMessage = (code === 'EENVELOPE' && command !== 'MAIL FROM') || code === 'EMESSAGE';
  if (permanent === true && isAboutMessage) return new SendError('refused', reason, { cause: error });
  const isRejected = responseCode !== undefined && responseCode >= 400;
  return new SendError(hasLeft && !isRejected ? 'unknown' : 'not_taken', reason, { cause: error, sparesChannel: command === 'RCPT TO' && OF_RECIPIENT.test(response) });
}
