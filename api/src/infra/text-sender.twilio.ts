import type { Twilio } from 'twilio';
import { failureOfStatus, postForm, type FormTimeouts } from './post-form.js';
import { SendError } from './send-error.js';
import { assertPhone, type TextSender } from './text-sender.js';

export type TwilioOptions = {
  accountSid: string;
  authToken: string;
  smsFrom?: string | undefined;
  messagingServiceSid?: string | undefined;
  whatsappFrom?: string | undefined;
  /** An approved WhatsApp template whose first variable is the code. */
  contentSid?: string | undefined;
  /** Stands in for `https://api.twilio.com`. */
  apiUrl?: string | undefined;
  timeouts?: Partial<FormTimeouts>;
};

export type TwilioSenders = { sms?: TextSender | undefined; whatsapp?: TextSender | undefined };

type HttpClient = NonNullable<NonNullable<ConstructorParameters<typeof Twilio>[2]>['httpClient']>;
type MessageFields = Parameters<Twilio['messages']['create']>[0];

/** Sends by Twilio over the channels that have a sender. The package is loaded here and not before: it is heavy, and most servers never need it. */
export async function createTwilioSenders(options: TwilioOptions): Promise<TwilioSenders> {
  const { Twilio: Client } = (await import('twilio')).default;
  const client = new Client(options.accountSid, options.authToken, { httpClient: createHttpClient(options), autoRetry: false });
  const { smsFrom, messagingServiceSid, whatsappFrom, contentSid } = options;
  const smsSender = messagingServiceSid !== undefined ? { messagingServiceSid } : smsFrom !== undefined ? { from: smsFrom } : undefined;

  return {
    sms: smsSender && createSender(client, ({ to, text }) => ({ ...smsSender, to, body: text })),
    // WhatsApp lets a business begin a conversation with an approved template only; without one the text goes out as it is, to those who wrote first.
    whatsapp: whatsappFrom === undefined ? undefined : createSender(client, ({ to, text, code }) => ({
      from: `whatsapp:${whatsappFrom}`,
      to: `whatsapp:${to}`,
      ...(contentSid !== undefined && code !== undefined ? { contentSid, contentVariables: JSON.stringify({ 1: code }) } : { body: text }),
    })),
  };
}

function createSender(client: Twilio, fieldsOf: (message: Parameters<TextSender['send']>[0]) => MessageFields): TextSender {
  return {
    async send(message) {
      assertPhone(message.to);
      try {
        await client.messages.create(fieldsOf(message));
      } catch (error) {
        throw toSendError(error);
      }
    },
    async close() {},
  };
}

/** Our own transport under the package's interface: the package's cannot say whether a request had left when it failed. */
function createHttpClient({ apiUrl, timeouts }: TwilioOptions): HttpClient {
  const transport = {
    async request({ uri, username, password, headers, data }: Parameters<HttpClient['request']>[0]) {
      const url = new URL(uri);
      const target = apiUrl === undefined ? url : new URL(`${apiUrl.replace(/\/+$/, '')}${url.pathname}${url.search}`);
      const credentials = Buffer.from(`${username}:${password}`).toString('base64');
      const { status, body } = await postForm(target, data as Record<string, string>, { headers: { ...headers, Authorization: `Basic ${credentials}` }, timeouts });
      return { statusCode: status, body: parse(body), headers: {} };
    },
  };
  // The package names its own class there, and asks nothing but `request` of it.
  return transport as unknown as HttpClient;
}

/** An answer that cannot be read says nothing beyond its status. */
function parse(body: string): object {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}

/** Twilio's own code (https://www.twilio.com/docs/api/errors) is kept, its sentence is not: it names the number. */
function toSendError(error: unknown): SendError {
  if (error instanceof SendError) return error;
  const { status, code } = error as { status?: unknown; code?: unknown };
  const failure = typeof status === 'number' ? failureOfStatus(status, typeof code === 'number' ? `TWILIO_${code}` : `HTTP_${status}`) : undefined;
  return failure ?? new SendError('unknown', 'UNREADABLE_ANSWER', { cause: error });
}
