import { createHash, randomBytes } from 'node:crypto';

const TOKEN_BYTES = 32;

/** What undoes a change, whoever has it: 256 bits of chance, so that nobody finds one by trying. */
export function createUndoToken(): string {
  return randomBytes(TOKEN_BYTES).toString('base64url');
}

/** All that is stored of a token: whoever reads the table can undo nothing. A plain digest will do for so much chance. */
export function hashUndoToken(token: string): Buffer {
  return createHash('sha256').update(`contact-undo\n${token}`).digest();
}
