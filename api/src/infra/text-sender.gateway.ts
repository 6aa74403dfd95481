import { failureOfStatus, postForm, type FormTimeouts } from './post-form.js';
import { assertPhone, type TextSender } from './text-sender.js';

export type SmsGatewayOptions = {
  endpoint: string;
  username?: string | undefined;
  password?: string | undefined;
  sender?: string | undefined;
  /** Sent as `test`: what the gateway calls its mode. */
  mode: string;
  timeouts?: Partial<FormTimeouts>;
};

/** English, as far as the gateway asks: the text itself may be in any language. */
const LANG = '1';

/** Sends text messages through a gateway that takes a form (REFERENCE §17). Any 2xx means that it took the message. */
export function createSmsGateway({ endpoint, username = '', password = '', sender = '', mode, timeouts }: SmsGatewayOptions): TextSender {
  return {
    async send({ to, text }) {
      assertPhone(to);
      const { status } = await postForm(endpoint, { username, password, sender, mobile: to, lang: LANG, test: mode, message: text }, { timeouts });
      const failure = failureOfStatus(status);
      if (failure) throw failure;
    },
    async close() {},
  };
}
