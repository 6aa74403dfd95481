import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { signUp, type Account } from '../../../test/accounts.js';
import { openBrowser } from '../../../test/browser.js';
import { someone, startApi, type Api } from '../../../test/harness.js';
import { plantCode } from '../../../test/planted-codes.js';
import { until } from '../../../test/until.js';
import { createTranslator } from '../../i18n/translator.js';

const translator = createTranslator();

let api: Api;
let browser: Browser;
beforeAll(async () => {
  [api, browser] = await Promise.all([startApi(), openBrowser()]);
});
afterAll(async () => {
  await browser.close();
  await api.close();
});

/** Changes somebody's address. @returns the notice that the old one got */
async function changeEmail({ sessionToken, email }: Account): Promise<{ html: string }> {
  const address = someone();
  await plantCode(api, address, '123456', { channel: 'email' });
  expect((await api.client.post('/settings/change-email', { new_email: address, otp: '123456' }, { token: sessionToken })).status).toBe(200);
  const notice = async () => (await api.context.mailbox!.list()).find(({ to, html }) => to === email && html.includes('/settings/undo-contact-change'));
  await until(async () => (await notice()) !== undefined, 30_000);
  return (await notice())!;
}

it('C-16: from the notice to the old address, by its button and the one of the page, back to the old address, in the language of the account', async () => {
  const person = await signUp(api);
  await api.sql(`UPDATE "user" SET language = 'de' WHERE user_id = $1`, [person.userId]);
  const { html } = await changeEmail(person);
  const page = await browser.newPage({ locale: 'en-GB' });
  // The mail names the server by its public address, which in a test is another port.
  const link = new URL(/<a class="button" href="([^"]*)"/.exec(html)![1]!.replaceAll('&amp;', '&'));
  await page.goto(`${api.url}${link.pathname}${link.search}`);
  await page.getByRole('button', { name: translator.text('de', 'mail.undo.button') }).and(page.locator(':enabled')).waitFor();
  const emailNow = async () => (await api.sql<{ email: string }>('SELECT email FROM "user" WHERE user_id = $1', [person.userId]))[0]!.email;
  expect(await emailNow()).not.toBe(person.email);
  await page.getByRole('button').click();
  await page.getByRole('heading', { name: translator.text('de', 'messages.contact_change_undone') }).waitFor();
  expect(await emailNow()).toBe(person.email);
  expect((await api.client.get('/settings/profile', { token: person.sessionToken })).status).toBe(401);

  await page.goto(`${api.url}${link.pathname}${link.search}`);
  await page.getByRole('button').click();
  await page.getByRole('heading', { name: translator.error('de', 'CONTACT_UNDO_INVALID').message }).waitFor();
  expect(api.logText()).not.toContain(link.searchParams.get('token')!);
  await page.close();
});

it('a link that was cut on its way is a link that is no longer valid, and no matter of fields', async () => {
  const page = await browser.newPage({ locale: 'en-GB' });
  for (const token of ['abc', 'x'.repeat(42), 'ä<>'.repeat(30)]) {
    await page.goto(`${api.url}${api.prefix}/settings/undo-contact-change?token=${encodeURIComponent(token)}`);
    await page.getByRole('button').click();
    await page.getByRole('heading', { name: translator.error('en', 'CONTACT_UNDO_INVALID').message }).waitFor();
  }
  await page.close();
});
