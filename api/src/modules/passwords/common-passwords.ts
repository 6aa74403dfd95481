export type CommonPasswords = ReturnType<typeof createCommonPasswords>;

/** The passwords that most people use: an offline list of 49,233 (C-18, ASVS 6.2.4). Nobody is asked about a password. */
export function createCommonPasswords() {
  let words: Promise<ReadonlySet<string>> | undefined;

  return {
    /** Whether the whole of it is one of them, in any letter case. One that only begins like one is another password. */
    async includes(password: string): Promise<boolean> {
      words ??= load();
      return (await words).has(password.toLowerCase());
    },
  };
}

/** Read when it is first needed: a start should not wait for four megabytes that many a worker never asks for. */
async function load(): Promise<ReadonlySet<string>> {
  const { dictionary } = await import('@zxcvbn-ts/language-common');
  return new Set(dictionary['passwords-common']);
}
