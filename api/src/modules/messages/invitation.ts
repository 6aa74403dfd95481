import type { Language } from '../../i18n/language.js';
import type { Translator } from '../../i18n/translator.js';
import type { MessageChannel } from '../../infra/senders.js';
import type { Block, MessageContent } from './blocks.js';
import { toGsm } from './gsm.js';
import { renderHtml } from './layout.js';
import { momentText } from './moment.js';
import { renderPlainText } from './plain-text.js';

/** An invitation as it was when it was sent. Dates are ISO texts: a job keeps them. */
export type InvitationRef = { invitationId: string; sentAt: string };

/** Neither who is invited nor who invites stands in it: it is not known yet whose the address is. */
export type InvitationMessage = InvitationRef & {
  channel: MessageChannel;
  to: string;
  language: Language;
  /** When it ends, ISO. */
  until: string;
  /** IANA, of the moment as the message says it. */
  timezone: string;
  /** Where the app signs people up, the same for everybody. */
  url?: string | undefined;
};

type Words = Pick<Translator, 'text'>;
type Sender = { appName: string; supportEmail?: string | undefined };
type Facts = Pick<InvitationMessage, 'language' | 'until' | 'timezone' | 'url'>;

/** The e-mail of an invitation. */
export function renderInvitation(translator: Words, { language, until, timezone, url }: Facts, { appName, supportEmail }: Sender): { subject: string; text: string; html: string } {
  const params = { app: appName, until: momentText(new Date(until), language, timezone) };
  const say = (part: 'subject' | 'heading' | 'text' | 'button' | 'until' | 'ignore') => translator.text(language, `mail.invitation.${part}`, params);
  const button: Block[] = url === undefined ? [] : [{ kind: 'button', label: say('button'), url }];
  const content: MessageContent = {
    language,
    appName,
    heading: say('heading'),
    blocks: [{ kind: 'text', text: say('text') }, ...button, { kind: 'note', text: say('until') }, { kind: 'note', text: say('ignore') }],
    footer: [translator.text(language, 'mail.one_time_code.footer', params), ...(supportEmail ? [supportEmail] : [])],
  };
  return { subject: say('subject'), text: renderPlainText(content), html: renderHtml(content) };
}

/** The text message of an invitation. */
export function renderInvitationText(translator: Words, { language, until, timezone, url }: Facts, { appName }: Sender): string {
  const params = { app: appName, until: momentText(new Date(until), language, timezone), ...(url !== undefined && { url }) };
  return toGsm(translator.text(language, url === undefined ? 'sms.invitation' : 'sms.invitation_at', params));
}
