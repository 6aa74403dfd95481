/**
 * Tells whoever remembers something that it has changed. Listeners are called
 * before `announce` returns, so an answer that is sent after it never meets an
 * old memory in this process.
 */
export type Change =
  /** An account, its groups or its sessions. */
  | { kind: 'user'; userId: string }
  /** What groups grant: concerns everybody. */
  | { kind: 'access' };

export type Changes = {
  announce(change: Change): void;
  listen(listener: (change: Change) => void): void;
  /** Resolves when every worker obeys what was committed before the call: awaited before the answer to whatever ends or narrows access. Never rejects. */
  settled(): Promise<void>;
};

export function createChanges(): Changes {
  const listeners: ((change: Change) => void)[] = [];
  return {
    announce: (change) => listeners.forEach((listener) => listener(change)),
    listen: (listener) => void listeners.push(listener),
    settled: () => Promise.resolve(),
  };
}
