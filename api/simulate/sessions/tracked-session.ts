import { Violation } from '../lib/violation.js';
import type { Held, TokenSet } from '../lib/token.js';
import { createHistory, type History } from './history.js';
import type { Act, Rules } from './spec.js';

/** A session as the simulation follows it: what is known of its record, and every token of it that anybody has. */
export type TrackedSession = {
  readonly id: string;
  readonly history: History;
  /** Those of the last generations that somebody has, newest last. */
  readonly tokens: readonly Held[];
  /** Those too that were made and lost on their way: nobody can use them, so they confirm nothing, but they must die with the session. */
  readonly everyToken: readonly Held[];
  /** Something other than its honest client may have ended it: its owner, a thief, the account's state. */
  suspect: string | undefined;
  /** The refresh whose answer was lost last, and when it was sent: a duplicate of it may still be on its way. */
  lostRefresh: { sent: number; generation: number };
  /** Whether it is over for certain, so that a use sent now must be refused. */
  isOver(now: number): boolean;
  /** Whether the record has it live for certain. */
  isLive(): boolean;
  /** @throws Violation when the tokens are not what a refresh of `presented` may give */
  learn(tokens: TokenSet, presented: Held | undefined, heard: boolean): void;
  /** A session token that came in the header of an answer, in place of a stale one. */
  renew(token: Held, heard: boolean): void;
};

/** Enough for access tokens that are older than they may be. */
const KEPT_TOKENS = 90;

export function trackSession(tokens: TokenSet, born: { sent: number; answered: number; loose: readonly Act[] }, rules: Rules): TrackedSession {
  const id = tokens.refresh.sessionId;
  const history = createHistory(born, rules);
  const held: Held[] = [];
  const made: Held[] = [];
  const refreshTokens = new Map<number, Held>();

  function learn(set: TokenSet, presented: Held | undefined, heard: boolean): void {
    const generation = presented ? presented.generation + 1 : 0;
    for (const [type, token] of Object.entries(set)) {
      if (token.type !== type || token.sessionId !== id || token.generation !== generation) {
        throw new Violation('I3', `a refresh of generation ${presented?.generation} of ${id} gave a ${token.type} token of generation ${token.generation} of ${token.sessionId} as its ${type} token`);
      }
    }
    const before = refreshTokens.get(generation);
    if (before && before.raw !== set.refresh.raw) throw new Violation('I3', `two successors of generation ${generation} of ${id}: ${before.raw} and ${set.refresh.raw}`);
    if (presented && presented.expiresAt !== set.refresh.expiresAt) throw new Violation('B-15', `a refresh moved the end of ${id} from ${presented.expiresAt} to ${set.refresh.expiresAt}`);
    refreshTokens.set(generation, set.refresh);
    keep([set.access, set.session, set.refresh], heard);
  }

  function keep(tokens: readonly Held[], heard: boolean): void {
    for (const list of heard ? [held, made] : [made]) {
      list.push(...tokens.filter(({ raw }) => !list.some((known) => known.raw === raw)));
      if (list.length > KEPT_TOKENS) list.splice(0, list.length - KEPT_TOKENS);
    }
  }

  learn(tokens, undefined, true);
  return {
    id,
    history,
    tokens: held,
    everyToken: made,
    suspect: undefined,
    lostRefresh: { sent: -Infinity, generation: -1 },
    isOver: (now) => history.possibilities().every(({ ended }) => ended !== undefined && ended <= now),
    isLive: () => history.possibilities().every(({ ended }) => ended === undefined),
    learn,
    renew: (token, heard) => keep([token], heard),
  };
}
