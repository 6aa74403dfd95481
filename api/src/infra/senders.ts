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

/** What carries a channel's messages; `none`: nothing is sent there. */
export type Carrier = 'smtp' | 'twilio' | 'gateway' | 'mailbox' | 'none';

/** The senders of the configured providers, and the mailbox where it stands in for one. */
export async function createSenders(options: SendersOptions, store: Store, logger: Logger): Promise<Senders & { mailbox: Mailbox | undefined; close(): Promise<void> }> {
  const carriers = carriersOf(options);
  const mailbox = Object.values(carriers).includes('mailbox') ? createMailbox(store, logger) : undefined;
  const twilio = options.twilio && (await createTwilioSenders(options.twilio));
  const textSender = (channel: 'sms' | 'whatsapp'): TextSender | undefined => {
    if (carriers[channel] === 'gateway') return createSmsGateway(options.smsGateway!);
    return carriers[channel] === 'twilio' ? twilio?.[channel] : carriers[channel] === 'mailbox' ? mailbox?.texts(channel) : undefined;
  };
  const senders: Senders = {
    email: carriers.email === 'smtp' ? createMailer(options.email!, logger) : carriers.email === 'mailbox' ? mailbox : undefined,
    sms: textSender('sms'),
    whatsapp: textSender('whatsapp'),
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

/** Who carries what. The mailbox takes what no provider carries, in development only. */
export function carriersOf({ apiMode, mailboxChannels, email, twilio, smsGateway }: SendersOptions): Record<MessageChannel, Carrier> {
  const otherwise = (channel: MessageChannel): Carrier => (apiMode === 'development' && mailboxChannels.has(channel) ? 'mailbox' : 'none');
  return {
    email: email ? 'smtp' : otherwise('email'),
    sms: smsGateway ? 'gateway' : (twilio?.smsFrom ?? twilio?.messagingServiceSid) ? 'twilio' : otherwise('sms'),
    whatsapp: twilio?.whatsappFrom ? 'twilio' : otherwise('whatsapp'),
  };
}

/** The channels whose messages stay on the mailbox page. */
export function mailboxChannelsOf(options: SendersOptions): MessageChannel[] {
  const carriers = carriersOf(options);
  return [...options.mailboxChannels].filter((channel) => carriers[channel] === 'mailbox');
}
