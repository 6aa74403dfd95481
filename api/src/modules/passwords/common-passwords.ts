import { createRequire } from 'node:module';

export type CommonPasswords = ReturnType<typeof createCommonPasswords>;

/** The passwords that most people use: an offline list of 49,233 (C-18, ASVS 6.2.4). Nobody is asked about a password. */
export function createCommonPasswords() {
  let words: ReadonlySet<string> | undefined;

  return {
    /** Whether the whole of it is one of them, in any letter case. One that only begins like one is another password. */
    includes(password: string): boolean {
      words ??= load();
      return words.has(password.toLowerCase());
    },
  };
}

/** Read when it is first needed: a start should not wait for four megabytes that many a worker never asks for. */
function load(): ReadonlySet<string> {
  const { dictionary } = createRequire(import.meta.url)('@zxcvbn-ts/language-common') as typeof import('@zxcvbn-ts/language-common');
  return new Set(dictionary['passwords-common']);
}
