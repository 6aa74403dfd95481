import type { Identity } from '../../shared/identity.js';

export type TestCodesOptions = Readonly<{
  testCodes: readonly Readonly<{ identity: string; code: string }>[];
  /** When they end, in milliseconds since the epoch; none: there are none. */
  testCodesUntil: number | undefined;
}>;

export type TestCodes = ReturnType<typeof createTestCodes>;

/** Fixed codes of a few listed identities, for whoever tests an app and cannot read its mail (API.md §5). They take the place of chance and of the message, and of nothing else. */
export function createTestCodes({ testCodes, testCodesUntil = 0 }: TestCodesOptions, now: () => number = Date.now) {
  const codes = new Map(testCodes.map(({ identity, code }) => [identity, code]));
  return {
    of: ({ key }: Identity): string | undefined => (now() < testCodesUntil ? codes.get(key) : undefined),
  };
}
