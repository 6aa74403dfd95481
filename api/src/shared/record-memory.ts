import { createBoundedMap } from './bounded-map.js';
import type { Changes } from './changes.js';

export type RecordMemory<Value> = {
  /** What is remembered of the user, if it can be trusted now. */
  get(userId: string): Value | undefined;
  /**
   * Reads the record, and keeps what was read unless something has changed meanwhile.
   * @param keep makes the value to remember from what was remembered so far; undefined remembers nothing
   */
  read<Row>(userId: string, load: () => Promise<Row>, keep: (row: Row, known: Value | undefined) => Value | undefined): Promise<Row>;
};

/**
 * A bounded memory of what the record says of users, forgotten user by user as
 * changes are announced. A read counts only from its own beginning on, so
 * reads under way are never shared: one that began earlier may not know of a
 * change that was answered before this request was sent.
 */
export function createRecordMemory<Value>({ changes, maxUsers }: { changes: Changes; maxUsers: number }): RecordMemory<Value> {
  const known = createBoundedMap<string, Value>(maxUsers);
  let heard = 0;

  changes.listen(({ userId }) => {
    heard += 1;
    if (userId === undefined) known.clear();
    else known.delete(userId);
  });

  return {
    get: (userId) => (changes.current() ? known.get(userId) : undefined),
    async read(userId, load, keep) {
      const begun = heard;
      const row = await load();
      // What was announced during the read may be missing from it, and will not be announced again.
      const value = begun === heard ? keep(row, known.get(userId)) : undefined;
      if (value !== undefined) known.set(userId, value);
      return row;
    },
  };
}
