import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { openBrowser } from '../../../test/browser.js';
import { OVERFLOW, PALE, pictureFolder } from '../../../test/page-pictures.js';
import { startUndoPageServer, type UndoPageServer } from '../../../test/undo-page-server.js';
import { direction, LANGUAGES } from '../../i18n/language.js';
import { createTranslator } from '../../i18n/translator.js';

const TOKEN = 'Vd3x-tokenOfThisTest_0123456789abcdefghijkl';
const translator = createTranslator();
const say = (part: 'next' | 'unreachable' | 'incomplete' | 'working') => translator.text('en', `contact_page.${part}`);
const UNDONE = { status: 200, body: { success: true, message: 'The change has been undone and all sessions were signed out', data: {} } };
const INVALID = { status: 400, body: { success: false, message: 'This link is no longer valid', error: { reason: 'It was used.', hint: 'Ask support.' } } };

let browser: Browser;
let server: UndoPageServer;
let context: BrowserContext;
let page: Page;
let complaints: string[];

beforeAll(async () => {
  browser = await openBrowser();
});
beforeEach(async () => {
  server = await startUndoPageServer();
  context = await browser.newContext({ locale: 'en-GB' });
  page = await context.newPage();
  complaints = [];
  page.on('console', (message) => void (['error', 'warning'].includes(message.type()) && complaints.push(message.text())));
  page.on('pageerror', (error) => void complaints.push(String(error)));
});
afterEach(async () => {
  await context.close();
  await server.close();
});
afterAll(() => browser.close());

const open = (query = `?token=${TOKEN}`) => page.goto(server.page + query);
const button = () => page.getByRole('button');
const heading = () => page.getByRole('heading', { level: 1 });
const posts = () => server.requests.filter(({ method }) => method === 'POST');

describe('the undo page', () => {
  it('asks first: loaded, it has sent nothing', async () => {
    await open();
    await button().and(page.locator(':enabled')).waitFor();
    expect(await heading().innerText()).toBe('Undo this change?');
    await page.waitForLoadState('networkidle');
    expect(server.requests.map(({ method }) => method)).not.toContain('POST');
    expect(complaints).toEqual([]);
  });

  it('sends the token when the button is pressed, and shows what the server says', async () => {
    server.answer(UNDONE);
    await open();
    await button().click();
    await page.getByRole('heading', { name: UNDONE.body.message }).waitFor();
    expect(posts()).toEqual([{ method: 'POST', url: new URL(server.page).pathname, language: 'en', body: { token: TOKEN } }]);
    expect(await page.getByRole('status').innerText()).toBe(say('next'));
    expect(await page.title()).toBe(`${UNDONE.body.message} · Tessera`);
    expect(await page.evaluate('document.activeElement.id')).toBe('heading');
    expect(await button().count()).toBe(0);
    expect(complaints).toEqual([]);
  });

  it('A-18: takes the token out of the address bar at once, and forgets it when it is used', async () => {
    server.answer(UNDONE);
    await open(`?token=${TOKEN}&lang=en`);
    await button().and(page.locator(':enabled')).waitFor();
    expect(page.url()).toBe(`${server.page}?lang=en`);
    await page.reload();
    await button().click();
    await page.getByRole('heading', { name: UNDONE.body.message }).waitFor();
    expect(await page.evaluate('history.state')).toBeNull();
    expect(await page.content()).not.toContain(TOKEN);
    await page.reload();
    await page.getByText(say('incomplete')).waitFor();
    expect(posts()).toHaveLength(1);
  });

  it('is pressed once, however often one clicks', async () => {
    let release = () => undefined as void;
    server.answer({ ...UNDONE, delayed: new Promise((resolve) => (release = resolve)) });
    await open();
    await button().dblclick();
    await page.getByRole('button', { name: say('working') }).waitFor();
    await button().click({ force: true });
    release();
    await page.getByRole('heading', { name: UNDONE.body.message }).waitFor();
    expect(posts()).toHaveLength(1);
  });

  it('says why when the link is not good any more, and asks no more', async () => {
    server.answer(INVALID);
    await open();
    await button().click();
    await page.getByRole('heading', { name: 'This link is no longer valid' }).waitFor();
    expect(await page.getByRole('status').innerText()).toBe('It was used. Ask support.');
    expect(await button().count()).toBe(0);
  });

  it.each([
    [503, { success: false, message: 'Service is unavailable', error: { hint: 'Try again later.' } }, 'Service is unavailable. Try again later.'],
    [429, { success: false, message: 'Too many requests', error: {} }, 'Too many requests.'],
    [502, '<html>Bad gateway</html>', 'The server could not be reached. Check your connection and try again.'],
    [200, 'no JSON', 'The server could not be reached. Check your connection and try again.'],
  ])('after a %i lets one try again', async (status, body, sentence) => {
    server.answer({ status, body });
    await open();
    await button().click();
    await page.getByText(sentence).waitFor();
    expect(await page.evaluate('document.activeElement.id')).toBe('undo');
    server.answer(UNDONE);
    await button().click();
    await page.getByRole('heading', { name: UNDONE.body.message }).waitFor();
    expect(posts()).toHaveLength(2);
  });

  it('says so when the server is gone, and finds it again', async () => {
    server.answer(UNDONE);
    await open();
    await context.setOffline(true);
    await button().click();
    await page.getByText(say('unreachable')).waitFor();
    await context.setOffline(false);
    await button().click();
    await page.getByRole('heading', { name: UNDONE.body.message }).waitFor();
  });

  it('without a token has nothing to press', async () => {
    for (const query of ['', '?token=', '?lang=en']) {
      await open(query);
      await page.getByText(say('incomplete')).waitFor();
      expect(await button().count()).toBe(0);
    }
  });

  it('works by keyboard alone, in another language too', async () => {
    server.answer(UNDONE);
    await open();
    await button().and(page.locator(':enabled')).waitFor();
    await page.getByRole('link', { name: 'Deutsch' }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: translator.text('de', 'contact_page.heading') }).waitFor();
    await button().and(page.locator(':enabled')).waitFor();
    expect(page.url()).toBe(`${server.page}?lang=de`);
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: UNDONE.body.message }).waitFor();
    expect(posts()).toMatchObject([{ language: 'de', body: { token: TOKEN } }]);
  });

  it('E-21: puts in what the server says as text, and sends a hostile token as it is', async () => {
    const evil = '<img src=x onerror="hacked=1"><script>hacked=1</script>';
    server.answer({ status: 400, body: { success: false, message: evil, error: { reason: evil, hint: evil } } });
    await open(`?token=${encodeURIComponent(evil)}`);
    await button().click();
    await page.locator('body.failed').waitFor();
    expect(await heading().innerText()).toBe(evil);
    expect(await page.evaluate('window.hacked')).toBeUndefined();
    expect(posts()).toMatchObject([{ body: { token: evil } }]);
  });

  it('says without JavaScript that it needs it', async () => {
    const plain = await browser.newContext({ javaScriptEnabled: false });
    const shown = await plain.newPage();
    await shown.goto(`${server.page}?token=${TOKEN}`);
    expect(await shown.locator('.notice').innerText()).toBe(translator.text('en', 'contact_page.no_script'));
    expect(await shown.getByRole('button').isDisabled()).toBe(true);
    await plain.close();
  });
});

describe('how it looks', () => {
  it.each(LANGUAGES)('in %s fits a phone and a desktop, light and dark', async (language) => {
    const folder = await pictureFolder('undo-page');
    await open(`?token=${TOKEN}&lang=${language}`);
    await button().and(page.locator(':enabled')).waitFor();
    for (const [width, colorScheme] of [[320, 'light'], [320, 'dark'], [800, 'light']] as const) {
      await page.setViewportSize({ width, height: 700 });
      await page.emulateMedia({ colorScheme });
      expect(await page.evaluate(OVERFLOW)).toEqual([]);
      expect(await page.evaluate(PALE)).toEqual([]);
      const [card, pressed] = [await page.locator('main').boundingBox(), await button().boundingBox()];
      expect(pressed!.x >= card!.x && pressed!.x + pressed!.width <= card!.x + card!.width).toBe(true);
      expect(pressed!.height).toBeGreaterThanOrEqual(44);
      await page.screenshot({ path: join(folder, `${language}-${width}-${colorScheme}.png`), fullPage: true });
    }
    expect(await page.evaluate('[document.documentElement.lang, document.dir, getComputedStyle(document.querySelector("h1")).direction]')).toEqual([language, direction(language), direction(language)]);
    expect(complaints).toEqual([]);
  });
});
