import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';

/**
 * Numbers from the command line, such as `--seed 7 --steps 1000`; names not listed are refused.
 * @param defaults also says which names there are
 */
export function readNumbers<Name extends string>(defaults: Readonly<Record<Name, number>>): Record<Name, number> {
  const options = Object.fromEntries(Object.keys(defaults).map((name) => [name, { type: 'string' as const }]));
  const { values } = parseArgs({ options, strict: true });
  return Object.fromEntries(
    Object.entries(defaults).map(([name, value]) => {
      const given = values[name];
      if (given !== undefined && (typeof given !== 'string' || !/^\d+$/.test(given))) throw new Error(`--${name}: write a whole number`);
      return [name, given === undefined ? value : Number(given)];
    }),
  ) as Record<Name, number>;
}

/** One of some words after a name, taken out of the arguments so that `readNumbers` does not meet it. */
export function takeWord<Word extends string>(name: string, words: readonly Word[], args: string[] = process.argv): Word | undefined {
  const at = args.indexOf(`--${name}`);
  if (at < 0) return undefined;
  const [, given] = args.splice(at, 2);
  const word = words.find((each) => each === given);
  if (word === undefined) throw new Error(`--${name}: write one of ${words.join(', ')}`);
  return word;
}

export function anySeed(): number {
  return randomInt(2 ** 31);
}

/** Names and numbers, one a line. */
export function table(rows: Readonly<Record<string, string | number>>): string {
  const width = Math.max(...Object.keys(rows).map((name) => name.length));
  return Object.entries(rows).map(([name, value]) => `  ${name.padEnd(width)}  ${value}`).join('\n');
}
