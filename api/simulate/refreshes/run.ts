import { startFleet, PREFIX, type Fleet } from '../lib/fleet.js';
import { createAccounts } from '../lib/people.js';
import { createRandom, type Random } from '../lib/random.js';
import { readToken } from '../lib/token.js';
import { openLine, type Line, type Reply } from '../lib/volley.js';
import { encode } from '../lib/wire.js';
import { signInDevice, type Device } from '../lib/device.js';

export type RefreshesOptions = { seed: number; rounds: number; atOnce: number; workers?: number; entry?: string | undefined };

export type RefreshesReport = {
  answers: Readonly<Record<string, number>>;
  /** One sentence for each promise that was not kept. */
  broken: readonly string[];
  /** From the first request of a round to its last answer, in milliseconds. */
  roundMs: readonly number[];
};

/** A session is refreshed so many times before the next one takes its place. */
const CHAIN = 20;
const RACE_SECONDS = 60;

/**
 * Rounds of one refresh token submitted many times at the same moment to
 * several processes (B-11): all must be answered with the very same successor,
 * which is the only one that goes on.
 */
export async function simulateRefreshes({ seed, rounds, atOnce, workers = 2, entry }: RefreshesOptions): Promise<RefreshesReport> {
  const random = createRandom(seed);
  const fleet = await startFleet({ workers, entry, env: { REFRESH_RACE_SECONDS: String(RACE_SECONDS) } });
  try {
    const accounts = await createAccounts(fleet, 1);
    const lines = await Promise.all(Array.from({ length: atOnce }, (_, index) => openLine(fleet.workers[index % workers]!.port)));
    const report = { answers: {} as Record<string, number>, broken: [] as string[], roundMs: [] as number[] };
    for (let round = 0; round < rounds; ) {
      const device = await signInDevice(fleet, random, accounts[0]!.name);
      const length = Math.min(CHAIN, rounds - round);
      await runChain({ fleet, lines, random, device, first: round, length, report });
      round += length;
    }
    for (const line of lines) line.close();
    return report;
  } finally {
    await fleet.close();
  }
}

type Chain = { fleet: Fleet; lines: readonly Line[]; random: Random; device: Device; first: number; length: number; report: { answers: Record<string, number>; broken: string[]; roundMs: number[] } };

async function runChain({ fleet, lines, random, device, first, length, report }: Chain): Promise<void> {
  let newest = device.refreshToken;
  const before: string[] = [];
  for (let round = first; round < first + length; round += 1) {
    const bytes = submit(newest);
    const replies = await Promise.all(random.shuffle(lines).map((line) => line.fire(bytes)));
    report.roundMs.push(Math.max(...replies.map(({ ended }) => ended)) - Math.min(...replies.map(({ sent }) => sent)));
    for (const reply of replies) count(report.answers, reply);
    const successors = new Set(replies.map(({ answer }) => answer?.body?.data?.refresh_token as string | undefined));
    const [successor] = successors;
    if (successors.size !== 1 || successor === undefined) {
      report.broken.push(`round ${round}: ${successors.size} different successors of one token`);
      return;
    }
    if (readToken(successor).generation !== readToken(newest).generation + 1) report.broken.push(`round ${round}: the successor is of generation ${readToken(successor).generation}`);
    await checkTokens(replies, lines, random, round, report);
    before.push(newest);
    newest = successor;
  }
  // Of all that were made only the last goes on; then one from further back is theft, and ends it.
  const wire = random.pick(fleet.workers).wire;
  const last = await wire.exchange(refreshRequest(newest));
  if (last.answer?.status !== 200) report.broken.push(`after round ${first + length - 1}: the one live successor was answered ${last.answer?.status} ${last.answer?.body?.error_key}`);
  const old = await wire.exchange(refreshRequest(random.pick(before)));
  if (old.answer?.body?.error_key !== 'AUTH_REFRESH_REUSED') report.broken.push(`after round ${first + length - 1}: a token from generations back was answered ${old.answer?.status} ${old.answer?.body?.error_key}`);
  const after = await wire.exchange(refreshRequest((last.answer?.body?.data?.refresh_token as string | undefined) ?? newest));
  if (after.answer?.status !== 401) report.broken.push(`after round ${first + length - 1}: after a theft the newest token was answered ${after.answer?.status}`);
}

/** Whichever answer a client kept, its tokens are good. */
async function checkTokens(replies: readonly Reply[], lines: readonly Line[], random: Random, round: number, report: Chain['report']): Promise<void> {
  const { access_token, session_token } = random.pick(replies).answer!.body.data as { access_token: string; session_token: string };
  for (const token of [access_token, session_token]) {
    const { answer } = await random.pick(lines).fire(encode({ method: 'GET', path: `${PREFIX}/settings/profile`, headers: { 'X-Session-Token': token } }));
    if (answer?.status !== 200) report.broken.push(`round ${round}: a token of its answers was answered ${answer?.status} ${answer?.body?.error_key}`);
  }
}

function refreshRequest(token: string) {
  return { method: 'POST', path: `${PREFIX}/auth/refresh-token`, body: { refresh_token: token } } as const;
}

function submit(token: string): Buffer {
  return encode(refreshRequest(token));
}

function count(answers: Record<string, number>, { answer }: Reply): void {
  const what = answer ? `${answer.status} ${answer.body?.error_key ?? ''}`.trim() : 'no answer';
  answers[what] = (answers[what] ?? 0) + 1;
}
