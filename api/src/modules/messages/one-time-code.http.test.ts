import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { someone, startApi, type Api } from '../../../test/harness.js';
import { createTranslator } from '../../i18n/translator.js';

const translator = createTranslator();

let api: Api;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

it.each([['login', 'text_login'], ['signup', 'text_signup'], ['reset', 'text_reset'], ['verify', 'text_verify'], [undefined, 'text']] as const)('a code asked for with the purpose %s is mailed with that said', async (purpose, part) => {
  const email = someone();
  await api.client.post('/auth/send-one-time-password', { user_id: email, channel: 'email', ...(purpose && { purpose }) });
  await api.codeFor(email);
  const mail = (await api.context.mailbox!.list()).find(({ to }) => to === email)!;
  expect(mail.text).toContain(translator.text('en', `mail.one_time_code.${part}`, { app: 'Tessera' }));
  expect(mail.subject).not.toMatch(/\d/);
});
