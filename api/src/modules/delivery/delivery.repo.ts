import type { Queryable } from '../../infra/postgres.js';

export type Channel = 'email' | 'sms' | 'whatsapp';

/** A message as the records know it: nothing of whom it is for. */
export type MessageRef = { id: string; kind: string; channel: Channel };

/** `waiting`: certainly not taken, and tried again. The last three are for good. */
export type DeliveryState = 'sending' | 'waiting' | 'sent' | 'failed' | 'unknown';

/** A message that is given up. */
export type Undelivered = MessageRef & { state: 'failed' | 'unknown'; reason: string };

export const WORKER_DIED = 'WORKER_DIED';
export const EXPIRED = 'EXPIRED';

const KEPT_DAYS = 30;
/** Longer than any sender waits for an answer. */
const ABANDONED_AFTER_MINUTES = 15;
const CLEARED_AT_ONCE = 100;

export type DeliveryRepo = ReturnType<typeof createDeliveryRepo>;

/** What became of each message; every step is one statement, so that two workers with the same message never both send it. */
export function createDeliveryRepo() {
  return {
    /** Says that the message is about to leave. @returns the number of the try; undefined when it may have left already */
    async begin(db: Queryable, { id, kind, channel }: MessageRef): Promise<number | undefined> {
      const { rows } = await db.query<{ attempts: number }>({
        name: 'delivery_begin',
        text: `INSERT INTO message_delivery AS m (message_id, kind, channel, state, attempts) VALUES ($1, $2, $3, 'sending', 1)
               ON CONFLICT (message_id) DO UPDATE SET state = 'sending', attempts = m.attempts + 1, reason = NULL, changed_at = now()
               WHERE m.state = 'waiting'
               RETURNING attempts`,
        values: [id, kind, channel],
      });
      return rows[0]?.attempts;
    },

    /** Moves a message on from where it is expected to be. @returns false when it is elsewhere: another worker has decided */
    async move(db: Queryable, id: string, from: readonly DeliveryState[], to: DeliveryState, reason: string | null): Promise<boolean> {
      const { rowCount } = await db.query({
        name: 'delivery_move',
        text: 'UPDATE message_delivery SET state = $3, reason = $4, changed_at = now() WHERE message_id = $1 AND state = ANY($2)',
        values: [id, from, to, reason],
      });
      return rowCount === 1;
    },

    /** Gives up a message whose time has passed: unknown when a try of it never ended. @returns undefined when its end was known before */
    async expire(db: Queryable, { id, kind, channel }: MessageRef): Promise<Undelivered | undefined> {
      const { rows } = await db.query<Undelivered>({
        name: 'delivery_expire',
        text: `INSERT INTO message_delivery AS m (message_id, kind, channel, state, reason) VALUES ($1, $2, $3, 'failed', '${EXPIRED}')
               ON CONFLICT (message_id) DO UPDATE SET changed_at = now(),
                 state = CASE WHEN m.state = 'sending' THEN 'unknown' ELSE 'failed' END,
                 reason = CASE WHEN m.state = 'sending' THEN '${WORKER_DIED}' ELSE '${EXPIRED}' END
               WHERE m.state IN ('sending', 'waiting')
               RETURNING message_id AS id, kind, channel, state, reason`,
        values: [id, kind, channel],
      });
      return rows[0];
    },

    /** Gives up some messages whose worker died and whose job is gone too: a newer one took its place. */
    async giveUpAbandoned(db: Queryable): Promise<Undelivered[]> {
      const { rows } = await db.query<Undelivered>({
        name: 'delivery_give_up_abandoned',
        text: `UPDATE message_delivery SET state = 'unknown', reason = '${WORKER_DIED}', changed_at = now()
               WHERE message_id = ANY(ARRAY(
                 SELECT message_id FROM message_delivery WHERE state = 'sending' AND changed_at < now() - interval '${ABANDONED_AFTER_MINUTES} minutes'
                 ORDER BY changed_at LIMIT ${CLEARED_AT_ONCE} FOR UPDATE SKIP LOCKED))
               RETURNING message_id AS id, kind, channel, state, reason`,
      });
      return rows;
    },

    /** Forgets some old messages: more at a time than are made between two times, so the table stays small. */
    async forgetOld(db: Queryable): Promise<void> {
      await db.query({
        name: 'delivery_forget_old',
        text: `DELETE FROM message_delivery WHERE message_id = ANY(ARRAY(
                 SELECT message_id FROM message_delivery WHERE created_at < now() - interval '${KEPT_DAYS} days' ORDER BY created_at LIMIT ${CLEARED_AT_ONCE} FOR UPDATE SKIP LOCKED))`,
      });
    },
  };
}
