import type { ApiError } from '../http/errors.js';

/** Undoes the transaction it is thrown in, and says what to answer and of whom the entry is. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  constructor(
    readonly answer: ApiError,
    /** The account it is about, where it is known. */
    readonly userId?: string,
  ) {
    super(answer.message);
  }
}
