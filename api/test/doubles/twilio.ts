import { randomBytes } from 'node:crypto';
import { startFormServer, type FormAnswer, type FormServer, type Mischief, type ReceivedForm } from './form-server.js';

export const TWILIO_ACCOUNT = { accountSid: `AC${'0123456789abcdef'.repeat(2)}`, authToken: 'the-auth-token-of-the-double' };

/** A status answers instead of taking the message; 502 has taken it, as a proxy does that lost the answer. */
export type TwilioBehaviour = { fail?: number | Mischief | undefined };

export type TwilioDouble = FormServer & {
  /** What was taken, and so reaches a phone: also where the answer was lost. */
  taken: Record<string, string>[];
  behave(behaviour: TwilioBehaviour): void;
};

const ERRORS: Record<number, [code: number, message: string]> = {
  401: [20003, 'Authenticate'],
  404: [20404, 'The requested resource was not found'],
  429: [20429, 'Too Many Requests'],
  500: [20500, 'An internal server error has occurred'],
  503: [20503, 'Service unavailable'],
};

/** Twilio's Messages API as a client sees it: POST /2010-04-01/Accounts/{sid}/Messages.json with HTTP Basic and a form. */
export async function startTwilio({ tls }: { tls?: { key: string; cert: string } } = {}): Promise<TwilioDouble> {
  const behaviour: TwilioBehaviour = {};
  const taken: Record<string, string>[] = [];
  const server = await startFormServer({
    ...(tls && { tls }),
    mischief: () => (typeof behaviour.fail === 'string' ? (taken.push(server.received.at(-1)!.fields), behaviour.fail) : undefined),
    answer: (form) => (typeof behaviour.fail === 'number' ? failed(behaviour.fail) : answer(form)),
  });

  function failed(status: number): FormAnswer {
    if (status === 502) taken.push(server.received.at(-1)!.fields);
    const known = ERRORS[status];
    return known ? problem(status, ...known) : { status, type: 'text/html', body: '<html><h1>Bad Gateway</h1></html>' };
  }

  function answer({ path, headers, fields }: ReceivedForm): FormAnswer {
    const { accountSid, authToken } = TWILIO_ACCOUNT;
    if (headers.authorization !== `Basic ${Buffer.from(`${accountSid}:${authToken}`).toString('base64')}`) return failed(401);
    if (path !== `/2010-04-01/Accounts/${accountSid}/Messages.json`) return failed(404);
    const { To, From, MessagingServiceSid, Body, ContentSid } = fields;
    if (To === undefined) return problem(400, 21604, "A 'To' phone number is required.");
    if (From === undefined && MessagingServiceSid === undefined) return problem(400, 21603, "A 'From' phone number is required.");
    if (Body === undefined && ContentSid === undefined) return problem(400, 21619, "A 'Body' or 'MediaUrl' is required.");
    if (/^(whatsapp:)?\+1555000\d+$/.test(To)) return problem(400, 21211, `The 'To' number ${To} is not a valid phone number.`);
    // The message already taken is found in `taken`: 'cut' has put it there before.
    if (behaviour.fail !== 'cut') taken.push(fields);
    const message = { account_sid: accountSid, api_version: '2010-04-01', body: Body ?? '', date_created: new Date().toUTCString(), date_sent: null, date_updated: new Date().toUTCString(), direction: 'outbound-api', error_code: null, error_message: null, from: From ?? null, messaging_service_sid: MessagingServiceSid ?? null, num_media: '0', num_segments: '1', price: null, price_unit: 'USD', sid: `SM${randomBytes(16).toString('hex')}`, status: 'queued', subresource_uris: {}, to: To, uri: path };
    return { status: 201, type: 'application/json', body: JSON.stringify(message) };
  }

  return { ...server, taken, behave: (change) => void Object.assign(behaviour, { fail: undefined }, change) };
}

function problem(status: number, code: number, message: string): FormAnswer {
  return { status, type: 'application/json', body: JSON.stringify({ code, message, more_info: `https://www.twilio.com/docs/errors/${code}`, status }) };
}
