import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../../infra/logger.js';
import type { Database, Queryable } from '../../infra/postgres.js';
import { SendError } from '../../infra/send-error.js';
import type { RequestOrigin } from '../../shared/principal.js';
import type { ActivityService } from '../activity/activity.service.js';
import { ChannelDownError, type Circuit } from './circuit.js';
import { WORKER_DIED, type DeliveryRepo, type DeliveryState, type MessageRef, type Undelivered } from './delivery.repo.js';

export type DeliveryParts = { db: Database; repo: DeliveryRepo; circuit: Circuit; activity: Pick<ActivityService, 'record'>; logger: Logger };

/** How often a message may be tried, and whether its job comes again at all. */
export type Tries = { most: number; isLastRun: boolean };

export type Delivery = ReturnType<typeof createDelivery>;

/** Where a message may be whose try this worker has begun: another that took this worker for dead may have given it up meanwhile. */
const BEGUN: readonly DeliveryState[] = ['sending', 'unknown'];
/** How long the outcome of a try is kept in hand while the database is away. */
const RECORD_FOR_MS = 60_000;
const RECORD_AGAIN_MS = 500;
const TIDY_EVERY = 20;
/** The server could not do what it had promised. */
const STATUS = 503;

/**
 * Messages leave once, or are reported. Jobs are run at least once, and a provider can be asked
 * only once: so before it is asked, it is written down that it will be, and whoever finds that
 * without an outcome does not ask again (F12, F13).
 */
export function createDelivery({ db, repo, circuit, activity, logger }: DeliveryParts) {
  let delivered = 0;

  return {
    /**
     * Hands a message to its provider by `send`, at most once. Resolves when its end is known.
     * @throws ChannelDownError while the channel rests; SendError when it was certainly not taken and may be tried again
     */
    async deliver(message: MessageRef, { most, isLastRun }: Tries, send: () => Promise<void>): Promise<void> {
      const { downSeconds, failures } = await circuit.health(db, message.channel);
      if (downSeconds > 0) throw new ChannelDownError(downSeconds);
      const attempt = await repo.begin(db, message);
      // Begun and without an outcome: the worker was killed with the message in its hands.
      if (attempt === undefined) return giveUp({ ...message, state: 'unknown', reason: WORKER_DIED });
      const failure = await outcomeOf(send);
      const isLast = isLastRun || attempt >= most;
      await insist(() => settle(message, failure, isLast));
      if (!failure && failures > 0) await circuit.worked(db, message.channel);
      if (delivered++ % TIDY_EVERY === 0) await tidy();
      if (failure?.outcome === 'not_taken' && !isLast) throw failure;
    },

    /** The time of a message has passed: it is not sent any more. */
    expire: (message: MessageRef): Promise<void> => report(async (tx) => toList(await repo.expire(tx, message))),
  };

  async function settle(message: MessageRef, failure: SendError | undefined, isLast: boolean): Promise<void> {
    if (!failure) return void (await repo.move(db, message.id, BEGUN, 'sent', null));
    const { outcome, reason, sparesChannel } = failure;
    if (outcome === 'not_taken' && !isLast) await repo.move(db, message.id, ['sending'], 'waiting', reason);
    else await giveUp({ ...message, state: outcome === 'unknown' ? 'unknown' : 'failed', reason }, failure);
    // Whoever refuses a recipient has answered: the channel works, and no stranger can close it for others (C-10).
    if (!sparesChannel) await circuit.failed(db, message.channel, reason);
  }

  function giveUp(message: Undelivered, error?: SendError): Promise<void> {
    return report(async (tx) => ((await repo.move(tx, message.id, ['sending'], message.state, message.reason)) ? [message] : []), error);
  }

  /** Messages that are given up, their entries in the same transaction, and a line in the log for each. */
  async function report(change: (tx: Queryable) => Promise<Undelivered[]>, error?: SendError): Promise<void> {
    const messages = await db.transaction(async (tx) => {
      const given = await change(tx);
      for (const { id, kind, channel, reason } of given) {
        await activity.record(tx, originOf(id, kind), { action: 'message_undelivered', status: STATUS, metadata: { message_id: id, kind, channel, reason } });
      }
      return given;
    });
    for (const { id, kind, channel, state, reason } of messages) {
      logger.error(state === 'unknown' ? 'Nobody can tell whether a message was delivered' : 'A message was not delivered', { messageId: id, kind, channel, reason, ...(error && { error }) });
    }
  }

  async function tidy(): Promise<void> {
    await repo.forgetOld(db);
    await report((tx) => repo.giveUpAbandoned(tx));
  }

  /** Repeats until the database has taken it: an outcome that is lost would have to be called unknown. */
  async function insist(record: () => Promise<void>): Promise<void> {
    const until = performance.now() + RECORD_FOR_MS;
    for (;;) {
      try {
        return await record();
      } catch (error) {
        if (performance.now() > until) throw error;
        logger.warn('The outcome of a message could not be recorded yet', { error });
        await sleep(RECORD_AGAIN_MS, undefined, { ref: false });
      }
    }
  }
}

/** What is no SendError may have happened at any moment: so nobody can tell. */
async function outcomeOf(send: () => Promise<void>): Promise<SendError | undefined> {
  try {
    return void (await send());
  } catch (error) {
    return error instanceof SendError ? error : new SendError('unknown', 'UNEXPECTED', { cause: error });
  }
}

/** Where an entry comes from that no request has made. */
function originOf(messageId: string, kind: string): RequestOrigin {
  return { requestId: messageId, ip: undefined, address: '', userAgent: undefined, origin: undefined, method: 'JOB', endpoint: kind, sessionId: undefined, elapsedMs: () => 0 };
}

function toList<T>(item: T | undefined): T[] {
  return item === undefined ? [] : [item];
}
