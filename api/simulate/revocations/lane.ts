import type { Fleet } from '../lib/fleet.js';
import type { Account } from '../lib/people.js';
import type { Random } from '../lib/random.js';
import { openLine, type Line, type Reply } from '../lib/volley.js';
import type { Worker } from '../lib/worker.js';
import { probe, signInDevice, type Device } from '../lib/device.js';
import { requestFor, tell, type Kind } from './kinds.js';
import type { Tally } from './tally.js';

/** A worker with a line for requests that end something and one for tokens to be tried, opened once and kept. */
type Post = { worker: Worker; control: Line; trial: Line };

export type Lane = {
  /** One trial; `stopOne` stops another worker than the one that is asked, until the tokens are on their way to it. */
  run(kind: Kind, tally: Tally, stopOne: boolean): Promise<void>;
  close(): void;
};

/** After so long without obeying, it never will. */
const NEVER_MS = 60_000;

/** One account and its lines to every worker; trials of one lane come one after the other. */
export async function openLane(fleet: Fleet, account: Account, random: Random): Promise<Lane> {
  const posts: Post[] = await Promise.all(fleet.workers.map(async (worker) => ({ worker, control: await openLine(worker.port), trial: await openLine(worker.port) })));

  async function warm(device: Device): Promise<void> {
    // By all tokens: each worker now knows them by heart, and would let them in without asking anybody.
    for (const held of device.tokens) {
      // On all lines, which also keeps those open that are not used in every trial.
      const replies = await Promise.all(posts.flatMap(({ trial, control }) => [trial, control].map((line) => line.fire(probe({ ...device, tokens: [held, held] }, random)))));
      const refused = replies.find(({ answer }) => answer?.status !== 200);
      if (refused) throw new Error(`a fresh token was answered ${refused.answer?.status}: ${JSON.stringify(refused.answer?.body)}`);
    }
  }

  async function ask(kind: Kind, victim: Device, other: Device, tally: Tally, stopOne: boolean): Promise<void> {
    const { bytes, spared } = requestFor(kind, victim, other);
    const { control, worker } = random.pick(posts);
    const stopped = stopOne ? random.pick(fleet.workers.filter((each) => each !== worker)) : undefined;
    const tokens = posts.map(() => probe(victim, random));
    stopped?.stop();
    const { answer, sent, ended } = await control.fire(bytes);
    // Here the answer is known and nothing else has happened since: the tokens leave in this very turn of the loop.
    const volley = answer?.status === 200 ? posts.map(({ trial }, index) => trial.fire(tokens[index]!)) : [];
    stopped?.resume();
    tally.asked(kind, answer?.status, ended - sent);
    for (const reply of await Promise.all(volley)) tally.refused(kind, reply);
    if (!spared || answer?.status !== 200) return;
    for (const reply of await Promise.all(posts.map(({ trial }) => trial.fire(probe(spared, random))))) tally.spared(kind, reply);
  }

  /** Asks one worker again and again until it obeys. @returns milliseconds from `told` to the first request that it refused */
  async function untilObeyed({ trial }: Post, bytes: Buffer, refusal: number, told: number): Promise<number> {
    for (;;) {
      const reply: Reply = await trial.fire(bytes);
      if (reply.answer?.status === refusal) return Math.max(0, reply.sent - told);
      if (!reply.answer) throw new Error('a worker closed a line that should stay open');
      if (reply.ended - told > NEVER_MS) throw new Error(`a worker had not heard of it after ${NEVER_MS} ms: ${reply.answer?.status}`);
    }
  }

  return {
    async run(kind, tally, stopOne) {
      const [victim, other] = await Promise.all([signInDevice(fleet, random, account.name), signInDevice(fleet, random, account.name)]);
      await warm(victim);
      if (!kind.endsWith('in the database')) return ask(kind, victim, other, tally, stopOne);
      const { refusal, undo } = await tell(kind, fleet, account, victim);
      const told = performance.now();
      const delays = await Promise.all(posts.map((post) => untilObeyed(post, probe(victim, random), refusal, told)));
      await undo();
      for (const delay of delays) tally.obeyed(kind, delay);
      if (kind.startsWith('group')) {
        const again = performance.now();
        await Promise.all(posts.map((post) => untilObeyed(post, probe(victim, random), 200, again)));
      }
    },
    close: () => posts.forEach(({ control, trial }) => [control, trial].forEach((line) => line.close())),
  };
}
