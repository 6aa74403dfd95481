import type { Account } from '../lib/people.js';
import type { Held, TokenSet } from '../lib/token.js';
import type { Random } from '../lib/random.js';
import { createFact, type Fact } from './account-facts.js';
import type { Act, Rules } from './spec.js';
import type { TrackedSession } from './tracked-session.js';

/** One device of a person: a browser, whose tabs share one token store, or a mobile app, which is one tab. */
export type Client = { session: TrackedSession; tokens: TokenSet; tabs: number; };

/** What a thief copied at some moment, and what he has made of it since. */
export type Loot = { session: TrackedSession; tokens: TokenSet };

export type Person = {
  readonly name: string;
  readonly account: Account;
  readonly random: Random;
  /** Keeps its sessions for as long as the simulation lasts: their tokens get old. */
  readonly isSteady: boolean;
  /** Whether the account may be used at all. */
  readonly usable: Fact;
  /** Whether its groups grant what the probe asks for: all three must. */
  readonly member: Fact;
  readonly groupActive: Fact;
  readonly groupGrants: Fact;
  clients: Client[];
  loot: Loot[];
  /** Every session it has had, those that are over included: their tokens are tried again much later. */
  sessions: TrackedSession[];
  /** Sign-outs of all devices whose answer was lost: one may yet end a session that was opened after it. */
  looseEnds: Act[];
};

export function createPerson(account: Account, random: Random, isSteady: boolean, { obeyMs }: Rules): Person {
  const fact = () => createFact(true, obeyMs);
  return { name: account.name, account, random, isSteady, usable: fact(), member: fact(), groupActive: fact(), groupGrants: fact(), clients: [], loot: [], sessions: [], looseEnds: [] };
}

/** Any of some tokens of a session, the newest ones more often. */
export function anyToken(random: Random, tokens: readonly Held[], ...types: Held['type'][]): Held | undefined {
  const fitting = tokens.filter(({ type }) => types.includes(type));
  if (fitting.length === 0) return undefined;
  return random.chance(0.5) ? fitting.at(-1)! : random.pick(fitting);
}
