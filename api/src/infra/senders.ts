import type { Logger } from './logger.js';
import { createMailbox, type Mailbox } from './mailbox.js';
import { createMailer, type Mailer, type MailerOptions } from './mailer.js';
import type { Store } from './store.js';
import { createSmsGateway, type SmsGatewayOptions } from './text-sender.gateway.js';
import { createTwilioSenders, type TwilioOptions } from './text-sender.twilio.js';
import type { TextSender } from './text-sender.js';

export type MessageChannel = 'email' | 'sms' | 'whatsapp';

export type SendersOptions = {
  email?: MailerOptions | undefined;
  twilio?: TwilioOptions | undefined;
  smsGateway?: SmsGatewayOptions | undefined;
  /** A development server keeps there what it has no provider for. */
  mailboxChannels: ReadonlySet<MessageChannel>;
  apiMode: 'development' | 'test' | 'production';
};

/** What can send, by channel; a channel that is missing cannot. */
export type Senders = {
  email?: Mailer | undefined;
  sms?: TextSender | undefined;
  whatsapp?: TextSender | undefined;
};

/** The senders of the configured providers, and the mailbox where it stands in for one. */
export async function createSenders(options: SendersOptions, store: Store, logger: Logger): Promise<Senders & { mailbox: Mailbox | undefined; close(): Promise<void> }> {
  const kept = mailboxChannelsOf(options);
  const mailbox = kept.length > 0 ? createMailbox(store, logger) : undefined;
  const twilio = options.twilio && (await createTwilioSenders(options.twilio));
  const keptTexts = (channel: 'sms' | 'whatsapp') => (kept.includes(channel) ? mailbox?.texts(channel) : undefined);
  const senders: Senders = {
    email: options.email ? createMailer(options.email, logger) : kept.includes('email') ? mailbox : undefined,
    sms: options.smsGateway ? createSmsGateway(options.smsGateway) : (twilio?.sms ?? keptTexts('sms')),
    whatsapp: twilio?.whatsapp ?? keptTexts('whatsapp'),
  };
  return {
    ...senders,
    mailbox,
    async close() {
      for (const sender of Object.values(senders)) await sender?.close();
      await mailbox?.close();
    },
  };
}

/** The channels whose messages stay on the mailbox page: in development only, and never those that a provider carries. */
export function mailboxChannelsOf({ apiMode, mailboxChannels, email, twilio, smsGateway }: SendersOptions): MessageChannel[] {
  if (apiMode !== 'development') return [];
  const carried = { email: Boolean(email), sms: Boolean(smsGateway ?? twilio?.smsFrom ?? twilio?.messagingServiceSid), whatsapp: Boolean(twilio?.whatsappFrom) };
  return [...mailboxChannels].filter((channel) => !carried[channel]);
}
