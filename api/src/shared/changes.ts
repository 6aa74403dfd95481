/** What has changed: something about a user (his account, groups or sessions), or something that concerns everybody. */
export type Change = { userId: string | undefined };

/**
 * Whether what was read of the record is still true. Whoever remembers rows
 * that decide about access forgets them when told, and trusts his memory only
 * while `current()` (docs/adr/0009).
 */
export type Changes = {
  /** False while this process may have missed a change: ask the record then. Costs nothing. */
  current(): boolean;
  /** Calls the listener with each change, before anybody may count on it. A listener does not throw. */
  listen(listener: (change: Change) => void): void;
  /**
   * Resolves when every worker obeys all that was committed before the call, or can no longer trust its memory of before.
   * Awaited before the answer to whatever ends or narrows access. Never rejects; within three seconds at the most.
   */
  settled(): Promise<void>;
};
