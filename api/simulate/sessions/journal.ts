/** What was done and answered, newest last: printed when a promise was not kept. */
export type Journal = {
  note(actor: string, text: string): void;
  count(what: string): void;
  counts(): Readonly<Record<string, number>>;
  /** The last steps of everybody, and those of one actor further back. */
  tail(actor?: string): string;
};

const KEPT = 5_000;
const SHOWN = 50;

export function createJournal(): Journal {
  const lines: { at: number; actor: string; text: string }[] = [];
  const counts: Record<string, number> = {};
  const show = (some: typeof lines) => some.slice(-SHOWN).map(({ at, actor, text }) => `${(at / 1000).toFixed(3).padStart(9)}  ${actor.padEnd(10)} ${text}`).join('\n');
  return {
    note(actor, text) {
      lines.push({ at: performance.now(), actor, text });
      if (lines.length > 2 * KEPT) lines.splice(0, KEPT);
    },
    count: (what) => void (counts[what] = (counts[what] ?? 0) + 1),
    counts: () => Object.fromEntries(Object.entries(counts).sort(([one], [other]) => one.localeCompare(other))),
    tail: (actor) => `the last steps:\n${show(lines)}${actor ? `\n\nthe last steps of ${actor} and the faults:\n${show(lines.filter((line) => line.actor === actor || line.actor === 'fault'))}` : ''}`,
  };
}
