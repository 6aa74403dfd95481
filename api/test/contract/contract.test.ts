import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Endpoint } from '../../src/http/endpoint.js';
import { LANGUAGES } from '../../src/i18n/language.js';
import type { ErrorKey } from '../../src/i18n/translator.js';
import { createRoutes } from '../../src/routes.js';
import type { Services } from '../../src/services.js';
import type { Answer } from '../client.js';
import { startApi, type Api } from '../harness.js';
import { authCases } from './auth-cases.js';
import { createDoings, type Ask, type ContractCase, type Doings } from './cases.js';
import { settingsCases } from './settings-cases.js';
import { permissionsCases } from './permissions-cases.js';
import { userGroupsCases } from './user-groups-cases.js';
import { userPermissionsCases } from './user-permissions-cases.js';
import { userListCases } from './user-list-cases.js';
import { userAdminCases } from './user-admin-cases.js';
import { invitationsCases } from './invitations-cases.js';

/**
 * Every endpoint of signing in, profile, settings and administration × {success, each failure it documents, wrong types, six languages}. What
 * the table says an endpoint may answer is tried here, and an endpoint or failure without a case fails. Missing rights, methods
 * and documentation are tried for all endpoints in every-endpoint.test.ts.
 */
const COVERED: readonly string[] = ['/auth', '/settings', '/logout', '/token', '/permissions', '/groups', '/users', '/invitations'];
const endpoints = createRoutes({} as Services).filter(({ path }) => COVERED.some((start) => path.startsWith(start)));
const nameOf = ({ method, path }: Endpoint) => `${method} ${path}`;
const names = endpoints.map((endpoint) => ({ name: nameOf(endpoint), endpoint }));

const BY_CHANCE: ReadonlySet<string> = new Set([
  // Eight names drawn one after the other, of up to ten thousand million, that are all taken (tried in sign-up.service.test.ts).
  'POST /auth/verify AUTH_SIGNUP_FAILED',
  // Whoever may suspend or delete a super administrator is another one (tried in user-closing.races.test.ts).
  'PUT /users/:user_id/status LAST_SUPER_ADMIN',
  'DELETE /users/:user_id LAST_SUPER_ADMIN',
]);

let api: Api;
let strict: Api;
let mute: Api;
let doings: Doings;
let cases: Record<string, ContractCase>;
beforeAll(async () => {
  api = await startApi({ env: { MAILBOX_CHANNELS: 'email,sms,whatsapp', LOCKOUT_MAX_FAILURES: '5' } });
  strict = await startApi({ env: { MAILBOX_CHANNELS: 'email,sms,whatsapp', OTP_SEND_COOLDOWN_SECONDS: '60', PASSWORD_MAX_AGE_DAYS: '1' }, beside: api });
  mute = await startApi({ env: { MAILBOX_CHANNELS: 'sms' } });
  doings = createDoings(api, strict, mute);
  cases = {
    ...authCases(doings),
    ...settingsCases(doings),
    ...permissionsCases(doings),
    ...userGroupsCases(doings),
    ...userPermissionsCases(doings),
    ...userListCases(doings),
    ...userAdminCases(doings),
    ...invitationsCases(doings),
  };
});
afterAll(async () => {
  await mute.close();
  await strict.close();
  await api.close();
});

const inEachLanguage = async (work: (ask: Ask, language: (typeof LANGUAGES)[number]) => Promise<void>) => {
  for (const language of LANGUAGES) await work({ headers: { 'X-Lang': language } }, language);
};

describe('the contract', () => {
  it.each(names)('$name: has a case for all that it documents', ({ name, endpoint }) => {
    const tried = Object.keys(cases[name]?.errors ?? {});
    const documented = [...(endpoint.errors ?? []), ...(endpoint.request?.body && endpoint.invalid ? [endpoint.invalid] : [])].map(({ key }) => key).filter((key) => !BY_CHANCE.has(`${name} ${key}`));
    expect({ name, missing: documented.filter((key) => !tried.includes(key)) }).toEqual({ name, missing: [] });
  });

  it('has no case for what is not there', () => {
    expect(Object.keys(cases).filter((name) => !names.some((one) => one.name === name))).toEqual([]);
  });

  it.each(names)('$name: succeeds, with what it promises, in six languages', async ({ name, endpoint }) => {
    const messages = new Set<string>();
    await inEachLanguage(async (ask) => {
      const answer = await cases[name]!.ok(ask);
      expect({ name, status: answer.status, text: answer.status < 300 ? '' : answer.text }).toEqual({ name, status: endpoint.status ?? 200, text: '' });
      expect(answer.body).toMatchObject({ success: true, id: answer.headers.get('x-request-id'), timestamp: expect.stringMatching(/^\d{4}-.*Z$/) });
      expect(Object.keys(answer.body.data)).toEqual(expect.arrayContaining([...cases[name]!.data]));
      expect(answer.text).not.toMatch(/\$2[aby]\$|bcrypt|argon2/);
      messages.add(answer.body.message);
    });
    expect(messages.size).toBe(LANGUAGES.length);
  });

  it.each(names)('$name: fails as documented, in six languages', async ({ name, endpoint }) => {
    const known = new Map([...(endpoint.errors ?? []), ...(endpoint.invalid ? [endpoint.invalid] : [])].map((definition) => [definition.key, definition]));
    for (const [key, fail] of Object.entries(cases[name]!.errors) as [ErrorKey, (ask: Ask) => Promise<Answer>][]) {
      const sentences = new Set<string>();
      await inEachLanguage(async (ask) => {
        const answer = await fail(ask);
        expect({ name, key: answer.body.error_key, text: answer.body.error_key === key ? '' : answer.text }).toEqual({ name, key, text: '' });
        expect(answer.body).toMatchObject({ success: false, message: answer.body.error.message, path: expect.any(String), error: { id: answer.headers.get('x-request-id'), code: expect.any(Number) } });
        const definition = known.get(key);
        if (definition) expect([answer.status, answer.body.error.code]).toEqual([definition.status, definition.code]);
        if (answer.status === 429 || answer.status === 503) expect(answer.headers.get('retry-after')).toMatch(/^\d+$/);
        expect(answer.text).not.toMatch(/prisma|postgres|node_modules|\.ts\b|SELECT |Error:/i);
        sentences.add(`${answer.body.message} ${answer.body.error.reason ?? ''} ${answer.body.error.hint ?? ''}`);
      });
      expect({ name, key, languages: sentences.size }).toEqual({ name, key, languages: LANGUAGES.length });
    }
  });

  const withBody = names.filter(({ endpoint }) => endpoint.request?.body);
  it.each(withBody)('$name: a field of the wrong type or with hostile text is refused, never a failure of ours', async ({ name, endpoint }) => {
    const { body = {}, optional = [], mayBeEmpty = [], lenient, caller = async () => (await doings.person()).sessionToken, path = () => Promise.resolve(endpoint.path) } = cases[name]!;
    expect(Object.keys(body).length).toBeGreaterThan(0);
    const token = endpoint.access === 'public' ? undefined : await caller();
    const where = await path();
    for (const field of Object.keys(body)) {
      const wrong: unknown[] = [1, -1.5, ['x'], ...(mayBeEmpty.includes(field) ? [] : [[]]), { $ne: 'x' }, { toString: 1 }, '\0', 'x\u0000y', '\ud800', 'x'.repeat(60_000), ...(typeof body[field] === 'boolean' ? ['true', 1] : [true]), ...(optional.includes(field) ? [] : [null, undefined])];
      for (const value of wrong) {
        const answer = await doings.send(endpoint.method, where, { ...body, [field]: value }, doings.silent, token);
        expect({ name, field, value: String(JSON.stringify(value)).slice(0, 40), status: answer.status, text: answer.status === 400 ? '' : answer.text }).toEqual({ name, field, value: String(JSON.stringify(value)).slice(0, 40), status: 400, text: '' });
      }
    }
    const unknown = await doings.send(endpoint.method, where, { ...body, is_trashed: true }, doings.silent, token);
    if (!lenient) expect({ name, status: unknown.status }).toEqual({ name, status: 400 });
  });
});
