import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, Frame, Page } from 'playwright-core';
import { openBrowser } from '../../../test/browser.js';
import { OVERFLOW, PALE, pictureFolder } from '../../../test/page-pictures.js';
import { direction, LANGUAGES, type Language } from '../../i18n/language.js';
import { createTranslator } from '../../i18n/translator.js';
import { renderAccountNotice, type AccountNotice, type AccountNoticeKind } from './account-notice.js';
import { renderInvitation } from './invitation.js';
import { renderOneTimeCode } from './one-time-code.js';
import { renderSessionNotice } from './session-notice.js';

const translator = createTranslator();
const appName = 'Tessera';
const supportEmail = 'help@tessera.example';
const at = '2026-09-21T13:28:05.000Z';
const client = { device: 'Mobile', browser: 'Safari', os: 'iOS' };
const undo = { url: `https://accounts.example.com/api/v1/settings/undo-contact-change?token=${'a'.repeat(43)}`, until: '2026-09-24T13:28:05.000Z' };

const code = (purpose: 'any' | 'login' | 'signup' | 'reset' | 'verify') => (language: Language) => renderOneTimeCode(translator, { code: '042137', language, minutes: 10, appName, supportEmail, purpose }).html;
const session = (kind: 'session_stolen' | 'new_device') => (language: Language) =>
  renderSessionNotice(translator, { kind, language, timezone: 'Asia/Kathmandu', at, client, ip: '203.0.113.7', appName, supportEmail, ...(kind === 'session_stolen' && { session: { device: 'Desktop', browser: 'Firefox', os: 'Linux' } }) }).html;
const account = (kind: AccountNoticeKind, more: Partial<AccountNotice> = {}) => (language: Language) =>
  renderAccountNotice(translator, { kind, channel: 'email', to: 'mina@example.com', language, timezone: 'America/Sao_Paulo', at, client, ip: '203.0.113.7', until: '2026-10-21T13:28:05.000Z', ...more }, { appName, supportEmail }).html;

const invitation = (url?: string) => (language: Language) => renderInvitation(translator, { language, until: '2026-10-05T13:28:05.000Z', timezone: 'Europe/Berlin', url }, { appName, supportEmail }).html;

/** Every message that people get, and one with the longest of everything. */
const MAILS: Record<string, (language: Language) => string> = {
  code: code('any'),
  'code-login': code('login'),
  'code-signup': code('signup'),
  'code-reset': code('reset'),
  'code-verify': code('verify'),
  'session-stolen': session('session_stolen'),
  'new-device': session('new_device'),
  'password-changed': account('password_changed'),
  'password-set': account('password_set'),
  'email-changed': account('email_changed', { value: 'm***@new.example', undo }),
  'phone-changed': account('phone_changed', { value: '+49***42', undo }),
  'phone-changed-without-link': account('phone_changed', { value: '+49***42' }),
  'account-deactivated': account('account_deactivated'),
  'account-deleted': account('account_deleted'),
  'account-restored': account('account_restored'),
  'account-suspended': account('account_suspended', { client: undefined, ip: null }),
  'account-unsuspended': account('account_unsuspended', { client: undefined, ip: null }),
  'account-removed': account('account_removed', { client: undefined, ip: null }),
  invitation: invitation('https://app.example.com/sign-up'),
  'invitation-without-link': invitation(),
  longest: (language) =>
    renderAccountNotice(
      translator,
      { kind: 'email_changed', channel: 'email', to: 'x', language, timezone: 'UTC', at, client: { device: 'D'.repeat(60), browser: 'B'.repeat(60), os: 'O'.repeat(60) }, ip: '2001:db8:ffff:ffff:ffff:ffff:255.255.255.255', value: `m***@${'domain'.repeat(40)}.example`, undo },
      { appName: 'T'.repeat(60), supportEmail: `${'s'.repeat(64)}@${'support'.repeat(20)}.example` },
    ).html,
};
const WIDTHS = [320, 600];

/** For the browser: texts whose first line does not begin where their language begins a line. */
const MISALIGNED = `[...document.querySelectorAll('h1, p, td, div')].filter((element) => !getComputedStyle(element).textAlign.endsWith('center') && [...element.childNodes].some((node) => (node.nodeType === 3 && node.data.trim()) || node.nodeName === 'BDI')).filter((element) => {
  const range = document.createRange();
  range.selectNodeContents(element);
  // A line of mixed directions is several pieces.
  const line = [...range.getClientRects()].filter(({ top }, at, pieces) => Math.abs(top - pieces[0].top) < 3);
  const [left, right] = [Math.min(...line.map((piece) => piece.left)), Math.max(...line.map((piece) => piece.right))];
  const box = element.getBoundingClientRect();
  const style = getComputedStyle(element);
  return (document.dir === 'rtl' ? box.right - parseFloat(style.paddingRight) - right : left - box.left - parseFloat(style.paddingLeft)) > 2;
}).map((element) => element.textContent.trim().slice(0, 60))`;

/** For the browser: of the codes, numbers and addresses in the text, those whose second character does not stand to the right of the first. */
const TURNED = `(() => {
  const turned = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const { currentNode: node } = walker;
    for (const { 0: value, index } of node.data.matchAll(/042137|203\\.0\\.113\\.7|\\+49\\*\\*\\*42|m\\*\\*\\*@new\\.example/g)) {
      const [first, second] = [0, 1].map((at) => {
        const range = document.createRange();
        range.setStart(node, index + at);
        range.setEnd(node, index + at + 1);
        return range.getBoundingClientRect();
      });
      if (second.left <= first.left) turned.push(value);
    }
  }
  return turned;
})()`;

const BUTTON_OUTSIDE = `[...document.querySelectorAll('a.button')].filter((button) => {
  const [inner, outer] = [button, document.querySelector('.inside')].map((element) => element.getBoundingClientRect());
  return inner.left < outer.left || inner.right > outer.right || inner.top < outer.top || inner.bottom > outer.bottom;
}).length`;

let browser: Browser;
let page: Page;
let folder: string;
beforeAll(async () => {
  browser = await openBrowser();
  page = await browser.newPage({ viewport: { width: 980, height: 800 } });
  folder = await pictureFolder('mails');
});
afterAll(() => browser.close());

/** The message in windows of both widths beside each other. */
async function show(html: string, colorScheme: 'light' | 'dark'): Promise<Frame[]> {
  await page.emulateMedia({ colorScheme });
  await page.setContent('<body style="margin:0;background:#888;display:flex;gap:20px;align-items:start"></body>');
  // As text, since the compiler of the tests knows no browser.
  await page.evaluate(`Promise.all(${JSON.stringify(WIDTHS)}.map((width) => {
    const frame = document.createElement('iframe');
    frame.style.cssText = 'border:0;height:100px;flex:none;width:' + width + 'px';
    frame.srcdoc = ${JSON.stringify(html)};
    document.body.append(frame);
    return new Promise((resolve) => (frame.onload = resolve)).then(() => void (frame.style.height = frame.contentDocument.body.scrollHeight + 'px'));
  }))`);
  return page.frames().slice(1);
}

const faultsOf = (frame: Frame) =>
  frame.evaluate(`({ overflow: ${OVERFLOW}, pale: ${PALE}, misaligned: ${MISALIGNED}, turned: ${TURNED}, buttonsOutside: ${BUTTON_OUTSIDE}, written: [document.documentElement.lang, document.dir] })`);

describe.each(LANGUAGES)('the mails in %s', (language) => {
  const good = { overflow: [], pale: [], misaligned: [], turned: [], buttonsOutside: 0, written: [language, direction(language)] };

  it('fit a phone and a desktop, each line from its side, codes and addresses from left to right', async () => {
    for (const [name, render] of Object.entries(MAILS)) {
      for (const frame of await show(render(language), 'light')) expect([name, await faultsOf(frame)]).toEqual([name, good]);
      await page.screenshot({ path: join(folder, `${language}-${name}.png`), fullPage: true });
    }
  });

  it('can be read in the dark', async () => {
    for (const name of ['code', 'email-changed', 'invitation'] as const) {
      for (const frame of await show(MAILS[name]!(language), 'dark')) expect([name, await faultsOf(frame)]).toEqual([name, good]);
      await page.screenshot({ path: join(folder, `${language}-${name}-dark.png`), fullPage: true });
    }
  });
});
