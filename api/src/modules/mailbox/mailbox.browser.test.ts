import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { openBrowser } from '../../../test/browser.js';
import { startMailboxServer, type MailboxServer } from '../../../test/mailbox-server.js';
import { until } from '../../../test/until.js';

const mail = { to: 'mina@example.com', subject: 'Your Tessera code', text: 'Code:\n\n042137\n', html: '<p>Your code is <b>042137</b></p>' };

let browser: Browser;
let server: MailboxServer;
let context: BrowserContext;
let page: Page;
let complaints: string[];

beforeAll(async () => {
  browser = await openBrowser();
});
beforeEach(async () => {
  server = await startMailboxServer();
  context = await browser.newContext({ locale: 'en-GB', permissions: ['clipboard-read', 'clipboard-write'] });
  page = await context.newPage();
  complaints = [];
  page.on('console', (message) => void (['error', 'warning'].includes(message.type()) && complaints.push(message.text())));
  page.on('pageerror', (error) => void complaints.push(String(error)));
  page.on('dialog', (dialog) => void (complaints.push(`dialog ${dialog.message()}`), dialog.dismiss()));
});
afterEach(async () => {
  await context.close();
  await server.close();
});
afterAll(() => browser.close());

/** Watches what an element says from now on: some of it stands there for a second or two. @returns what it has said so far */
async function wordsOf(selector: string): Promise<() => Promise<string[]>> {
  await page.evaluate(`{
    const element = document.querySelector('${selector}');
    window.said = [];
    new MutationObserver(() => said.push(element.textContent)).observe(element, { childList: true });
  }`);
  return () => page.evaluate<string[]>('said');
}

describe('the mailbox page', () => {
  it('shows a message the moment it is sent, with a code to read and to copy', async () => {
    await page.goto(server.page);
    await page.getByText('No messages yet.').waitFor();
    await server.mailbox.send(mail);
    const card = page.locator('.card');
    await card.waitFor();
    expect(await card.locator('.to').innerText()).toBe('To mina@example.com');
    expect(await card.locator('.subject').innerText()).toBe('Your Tessera code');
    expect(await page.getByLabel('Code', { exact: true }).innerText()).toBe('042137');
    const copied = await wordsOf('.copy');
    await page.getByRole('button', { name: 'Copy code' }).click();
    await until(async () => (await copied()).includes('Copied'), 30_000);
    expect(await page.evaluate<string>('navigator.clipboard.readText()')).toBe('042137');
    await card.getByText('Show message').click();
    await page.frameLocator('iframe').getByText('Your code is 042137').waitFor();
    expect(complaints).toEqual([]);
  });

  it('shows a text message as it is, and how it would have gone', async () => {
    await page.goto(server.page);
    await page.getByText('No messages yet.').waitFor();
    const text = '042137 is your Tessera code. Valid for 10 minutes. <b>Do not share it.</b>';
    await server.mailbox.texts('whatsapp').send({ id: '1', to: '+96550000001', text, code: '042137' });
    await server.mailbox.send(mail);
    const cards = page.locator('.card');
    await cards.nth(1).waitFor();
    const seen = async (index: number) => ({ to: await cards.nth(index).locator('.to').innerText(), subject: await cards.nth(index).locator('.subject').innerText(), code: await cards.nth(index).locator('.digits').innerText(), channels: await cards.nth(index).locator('.channel').allInnerTexts(), frames: await cards.nth(index).locator('iframe').count() });
    expect([await seen(0), await seen(1)]).toEqual([
      { to: 'To mina@example.com', subject: 'Your Tessera code', code: '042137', channels: [], frames: 1 },
      { to: 'To +96550000001', subject: text, code: '042137', channels: ['WhatsApp'], frames: 0 },
    ]);
    expect(complaints).toEqual([]);
  });

  it('tells a screen reader what has arrived, and works by keyboard alone', async () => {
    await page.goto(server.page);
    await page.getByText('No messages yet.').waitFor();
    await server.mailbox.send(mail);
    await page.getByText('New message to mina@example.com').waitFor({ state: 'attached' });
    const seen: string[] = [];
    for (let presses = 0; presses < 5; presses += 1) {
      await page.keyboard.press('Tab');
      seen.push(await page.evaluate<string>('document.activeElement.textContent.trim()'));
    }
    expect(seen.slice(0, 4)).toEqual(['Skip to the messages', 'Delete all', 'Copy code', 'Show message']);
  });

  it('keeps an open message open when the next one arrives', async () => {
    await server.mailbox.send(mail);
    await page.goto(server.page);
    await page.getByText('Show message').click();
    await page.frameLocator('iframe').getByText('Your code').waitFor();
    await server.mailbox.send({ ...mail, to: 'second@example.com' });
    await page.getByText('second@example.com').first().waitFor();
    expect(await page.locator('.to bdi').allInnerTexts()).toEqual(['second@example.com', 'mina@example.com']);
    expect(await page.locator('details[open]').count()).toBe(1);
  });

  it('deletes all, for every page that is open', async () => {
    await server.mailbox.send(mail);
    const other = await context.newPage();
    for (const each of [page, other]) {
      await each.goto(server.page);
      await each.locator('.card').waitFor();
    }
    await page.getByRole('button', { name: 'Delete all' }).click();
    for (const each of [page, other]) await each.getByText('No messages yet.').waitFor();
    expect(await server.mailbox.list()).toEqual([]);
    expect(complaints).toEqual([]);
  });

  it('is written from right to left in Arabic, the code from left to right', async () => {
    await server.mailbox.send(mail);
    await page.goto(`${server.page}?lang=ar`);
    await page.locator('.card').waitFor();
    const box = async (selector: string) => (await page.locator(selector).boundingBox())!;
    expect(await page.evaluate('getComputedStyle(document.body).direction')).toBe('rtl');
    expect((await box('.digits')).x).toBeGreaterThan((await box('.copy')).x);
    expect(await page.locator('.digits').innerText()).toBe('042137');
    expect(await page.getByRole('heading', { level: 1 }).innerText()).toBe('صندوق البريد');
  });

  it('lets a hostile message do nothing (E-21)', async () => {
    const visits: string[] = [];
    const elsewhere = createServer((req, res) => {
      visits.push(req.url ?? '');
      res.end();
    }).listen(0, '127.0.0.1');
    await once(elsewhere, 'listening');
    const url = `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}`;
    const evil = '<img src=x onerror="parent.hacked=1;alert(1)"><script>parent.hacked=1;alert(2)</script><svg onload=alert(3)></svg>';
    const html = `<base href="${url}/base/"><link rel="stylesheet" href="${url}/style"><meta http-equiv="refresh" content="0;url=${url}/refresh">${evil}<img src="${url}/image"><iframe src="${url}/frame"></iframe><form action="${url}/form"><button>x</button></form><a href="javascript:alert(4)">tap</a><p>the end</p>`;
    await server.mailbox.send({ to: 'mina@example.com', subject: `${evil}"'>`, text: evil, html });
    await page.goto(server.page);
    expect(await page.locator('.subject').innerText()).toBe(`${evil}"'>`);
    await page.getByText('Show message').click();
    const frame = page.frameLocator('iframe');
    await frame.getByText('the end').waitFor();
    await frame.getByText('tap').click();
    await frame.getByRole('button').click();
    await page.waitForTimeout(500);
    expect(await page.evaluate('window.hacked')).toBeUndefined();
    expect(page.url()).toBe(server.page);
    expect(context.pages()).toHaveLength(1);
    expect(visits).toEqual([]);
    elsewhere.close();
    expect(complaints.filter((text) => text.startsWith('dialog'))).toEqual([]);
  });

  it('fits a phone', async () => {
    await page.setViewportSize({ width: 320, height: 640 });
    await server.mailbox.send({ ...mail, to: `${'long'.repeat(15)}@${'domain'.repeat(12)}.example`, subject: 'word'.repeat(60) });
    await page.goto(server.page);
    await page.locator('.card').waitFor();
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(320);
    const button = await page.getByRole('button', { name: 'Copy code' }).boundingBox();
    expect(button!.height).toBeGreaterThanOrEqual(40);
  });

  it('says when the line is lost and finds back by itself', async () => {
    await page.goto(server.page);
    await page.getByText('Live', { exact: true }).waitFor();
    const said = await wordsOf('#state .label');
    await server.mailbox.close();
    await until(async () => (await said()).at(-1) === 'Live', 30_000);
    expect(await said()).toEqual(['Reconnecting…', 'Live']);
    await server.mailbox.send(mail);
    await page.locator('.card').waitFor();
  });
});
