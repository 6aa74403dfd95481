import type { ErrorKey } from '../../src/i18n/translator.js';
import { account, wrongCode, type Account } from '../accounts.js';
import type { Answer } from '../client.js';
import { erasedMeanwhile } from '../erased-meanwhile.js';
import { ADMIN, someone, type Api } from '../harness.js';
import { holderOf, memberOf } from '../holders.js';
import { form } from '../pictures.js';
import { until } from '../until.js';

/** What is said with each try: the language it is asked in. */
export type Ask = { headers: Record<string, string> };
export type Try = (ask: Ask) => Promise<Answer>;

/** An endpoint as it is tried: a good request, what its answer holds, and a request for each failure it documents. */
export type ContractCase = {
  ok: Try;
  /** The members of `data`. */
  data: readonly string[];
  /** A body that would be good, each of whose fields is then given the wrong type. */
  body?: Record<string, unknown>;
  /** The token that wrong types are tried with, where that of anybody would not do. */
  caller?: () => Promise<string>;
  /** The path they are sent to, where that of the table has parameters. */
  path?: () => Promise<string>;
  /** Fields it does not know are left out of account, as the reference did (REFERENCE §8.3). */
  lenient?: true;
  /** Fields that may be left out, and so may be null. */
  optional?: readonly string[];
  /** Lists that may be empty. */
  mayBeEmpty?: readonly string[];
  errors: Partial<Record<ErrorKey, Try>>;
};

export const TOKENS = ['access_token', 'refresh_token', 'session_token', 'session_id', 'token_type'];
export const PASSWORD = 'Tall-ships-9-sail';
export const UUID = '3b7e0b4e-6d0e-4bd5-9d62-0a8f8a1c2d3e';

let numbers = 0;
/** A number nobody else in the test uses; of Kuwait, whose numbers have eight digits. */
export function someNumber(): string {
  numbers += 1;
  return `+9655${1_000_000 + numbers}`;
}

/** What the cases are made of: people and what they do, each in a line. */
export function createDoings(api: Api, strict: Api, mute: Api) {
  const send = (method: string, path: string, body: unknown, { headers }: Ask, token?: string, on = api) => on.client.send(method, path, body, { headers, ...(token ? { token } : {}) });
  const post = (path: string, body: unknown, ask: Ask, token?: string) => send('POST', path, body, ask, token);
  const get = (path: string, ask: Ask, token?: string) => send('GET', path, undefined, ask, token);
  /** To the server that has the limits of an operator. */
  const postStrictly = (path: string, body: unknown, ask: Ask, token?: string) => send('POST', path, body, ask, token, strict);
  /** To the server that can send nothing but text messages; with the token of its administrator. */
  const postMutely = async (path: string, body: unknown, ask: Ask, asAdmin = false) => {
    const signedIn = asAdmin ? await send('POST', '/auth/login-with-password', { username: ADMIN.email, password: ADMIN.password }, silent, undefined, mute) : undefined;
    return send('POST', path, body, ask, signedIn?.body.data.session_token, mute);
  };
  const silent: Ask = { headers: {} };
  const sendFile = (content: Buffer, { headers }: Ask, token: string) => api.client.send('POST', '/settings/profile-picture', undefined, { headers, token, raw: form(content) });
  const unsupported = (path: string, more: Record<string, unknown> = { otp: '123456' }): Try => (ask) => postMutely(path, { user_id: someone(), channel: 'email', ...more }, ask);

  async function codeFor(identity: string, channel = 'email', purpose?: string): Promise<string> {
    const answer = await post('/auth/send-one-time-password', { user_id: identity, channel, ...(purpose ? { purpose } : {}) }, silent);
    if (answer.status !== 200) throw new Error(`no code: ${answer.text}`);
    return api.codeFor(identity);
  }

  async function person(email = someone()): Promise<Account> {
    const answer = await post('/auth/verify', { user_id: email, channel: 'email', otp: await codeFor(email) }, silent);
    if (answer.status !== 200) throw new Error(`no sign-up: ${answer.text}`);
    return account(email, answer.body.data);
  }

  /** Somebody with a password. */
  async function member(): Promise<Account> {
    const someoneNew = await person();
    const answer = await post('/auth/set-password', { password: PASSWORD, confirm_password: PASSWORD }, silent, someoneNew.sessionToken);
    if (answer.status !== 200) throw new Error(`no password: ${answer.text}`);
    return someoneNew;
  }

  /** The same person, whose sign-in lies so far back that it proves little. */
  async function longAgo(who: Account): Promise<Account> {
    await api.sql(`UPDATE session SET created_at = now() - interval '1 day' WHERE session_id = $1`, [who.sessionId]);
    await api.context.changes.settled();
    return who;
  }

  async function admin(): Promise<Account> {
    return account(ADMIN.email, (await post('/auth/login-with-password', { username: ADMIN.email, password: ADMIN.password }, silent)).body.data);
  }

  /** Whose row is changed behind the API; its tokens stay. */
  async function changed(who: Account, assignment: string): Promise<Account> {
    await api.sql(`UPDATE "user" SET ${assignment} WHERE user_id = $1`, [who.userId]);
    await api.context.changes.settled();
    return who;
  }

  /** For as long as any run may last: a case may come minutes after the one before it. */
  async function whatsAppIsDown(): Promise<void> {
    await api.sql(`INSERT INTO delivery_channel (channel, failures, down_until) VALUES ('whatsapp', 5, now() + interval '1 day') ON CONFLICT (channel) DO UPDATE SET failures = EXCLUDED.failures, down_until = EXCLUDED.down_until`);
  }

  /** The newest mail to an address, waited for. */
  async function mailTo(address: string, holding: RegExp): Promise<RegExpExecArray> {
    let found: RegExpExecArray | null | undefined;
    await until(async () => {
      found = (await api.context.mailbox!.list()).map(({ to, text }) => (to === address ? holding.exec(text) : null)).find(Boolean);
      return Boolean(found);
    });
    return found!;
  }

  return { send, sendFile, get, post, postStrictly, postMutely, unsupported, silent, sql: api.sql, mailTo, whatsAppIsDown, codeFor, person, member, longAgo, admin, changed, erasedMeanwhile: (ask: (token: string) => Promise<Answer>) => erasedMeanwhile(api, ({ sessionToken }) => ask(sessionToken)), memberOf: (group: string) => memberOf(api, group), holderOf: (...permissions: string[]) => holderOf(api, ...permissions), wrongCode };
}

export type Doings = ReturnType<typeof createDoings>;
