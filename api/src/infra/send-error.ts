/**
 * What is known of a message that a provider did not take.
 * `refused`: every further try would be refused too. `not_taken`: it was certainly
 * not accepted, and may be tried again. `unknown`: it left, and no answer came:
 * whoever sends it again may send it twice.
 */
export type SendOutcome = 'refused' | 'not_taken' | 'unknown';

const SENTENCES: Record<SendOutcome, string> = {
  refused: 'The message was refused',
  not_taken: 'The message was not taken',
  unknown: 'Nobody can tell whether the message was taken',
};

/** Why a message did not go through. */
export class SendError extends Error {
  /** Says nothing against the channel: its provider has answered, about this recipient alone, or was not asked. */
  readonly sparesChannel: boolean;

  /** @param reason a short code for logs and records: never an address, nor what a provider wrote, which may quote one */
  constructor(
    readonly outcome: SendOutcome,
    readonly reason: string,
    { sparesChannel = outcome === 'refused', ...options }: ErrorOptions & { sparesChannel?: boolean } = {},
  ) {
    super(`${SENTENCES[outcome]} (${reason})`, options);
    this.name = 'SendError';
    this.sparesChannel = sparesChannel;
  }
}
