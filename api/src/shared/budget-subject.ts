import { createHash } from 'node:crypto';

/** Whom a budget is counted for, as it is stored: 32 bytes that say neither the address nor the number. @param kind keeps subjects of different kinds apart */
export function budgetSubject(kind: string, subject: string): Buffer {
  return createHash('sha256').update(`${kind}\n${subject}`).digest();
}
