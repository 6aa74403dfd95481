import { expect, it } from '@jest/globals';
import type { MessageChannel } from '../../infra/senders.js';
import { originFrom } from '../../../test/codes.js';
import type { AccountNotice } from './account-notice.js';
import { createAccountNotices, type Contact, type NoticedUser } from './account-notices.js';

const owner: NoticedUser = { email: 'mina@example.com', is_email_verified: true, phone_e164: '+4915112345678', is_phone_verified: true, language: 'en', timezone: 'UTC' };
const oldNumber: Contact = { channel: 'sms', to: '+4915112345678' };
const noMail = { ...owner, email: null, is_email_verified: false };

/** Where a notice goes that is meant for a contact. */
async function reached(channels: MessageChannel[], user: NoticedUser, to?: Contact): Promise<string | undefined> {
  const sent: AccountNotice[] = [];
  const notices = createAccountNotices({ send: async (_tx, notice) => void sent.push(notice), canSend: (channel) => channels.includes(channel), readUserAgent: () => ({ device: null, browser: null, os: null }) });
  await notices.tell({ query: () => Promise.reject(new Error('not asked')) }, user, { kind: 'phone_changed', to }, originFrom());
  expect(sent.length).toBeLessThan(2);
  return sent[0] && `${sent[0].channel} ${sent[0].to}`;
}

it('C-16: the owner of a number is told where he can be reached, also by a server that sends no text messages', async () => {
  expect(await reached(['email', 'sms', 'whatsapp'], owner, oldNumber)).toBe('sms +4915112345678');
  expect(await reached(['email', 'whatsapp'], owner, oldNumber)).toBe('email mina@example.com');
  expect(await reached(['email', 'whatsapp'], noMail, oldNumber)).toBe('whatsapp +4915112345678');
  expect(await reached(['email'], noMail, oldNumber)).toBeUndefined();
});

it('without a contact that is asked for, by e-mail before text message; never to what nobody has proved', async () => {
  expect(await reached(['email', 'sms'], owner)).toBe('email mina@example.com');
  expect(await reached(['email', 'sms'], { ...owner, is_email_verified: false })).toBe('sms +4915112345678');
  expect(await reached(['email', 'sms', 'whatsapp'], { ...owner, is_email_verified: false, is_phone_verified: false })).toBeUndefined();
});
