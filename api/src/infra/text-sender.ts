import { SendError } from './send-error.js';

/** A message of plain text to a phone. */
export type TextMessage = {
  /** The same at every try. */
  id: string;
  /** E.164, with its `+`. */
  to: string;
  text: string;
  /** The one-time code the text carries, for providers that want it apart. */
  code?: string | undefined;
};

/** Whatever carries text messages away: a provider, or the mailbox page in development. */
export type TextSender = {
  /**
   * Resolves when the provider has taken the message over.
   * @throws SendError which says what is known of it
   */
  send(message: TextMessage): Promise<void>;
  close(): Promise<void>;
};

const E164 = /^\+[1-9][0-9]{4,14}$/;

/**
 * Refuses what is not one number: nothing else can stand where a provider expects one (E-21).
 * @throws SendError
 */
export function assertPhone(to: string): void {
  if (!E164.test(to)) throw new SendError('refused', 'NOT_A_PHONE_NUMBER');
}
