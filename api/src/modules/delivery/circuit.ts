import type { Logger } from '../../infra/logger.js';
import type { Queryable } from '../../infra/postgres.js';
import type { ChannelHealth, CircuitRepo } from './circuit.repo.js';
import type { Channel } from './delivery.repo.js';

/** The channel rests, and the message waits with it: `postponeSeconds` tells the jobs that this was no try. */
export class ChannelDownError extends Error {
  constructor(readonly postponeSeconds: number) {
    super('The channel is known to be down');
    this.name = 'ChannelDownError';
  }
}

export type Circuit = ReturnType<typeof createCircuit>;

/**
 * What all workers know of the providers. After some failures in a row a channel is down for a
 * while: no message is tried and no code is promised. Then the next message tries; the first
 * that is taken ends it.
 */
export function createCircuit({ repo, logger }: { repo: CircuitRepo; logger: Logger }) {
  return {
    health: (db: Queryable, channel: Channel): Promise<ChannelHealth> => repo.health(db, channel),

    /** @returns the whole seconds for which the channel is known to be down; 0 while it works */
    async isDown(db: Queryable, channel: Channel): Promise<number> {
      return (await repo.health(db, channel)).downSeconds;
    },

    async failed(db: Queryable, channel: Channel, reason: string): Promise<void> {
      const seconds = await repo.countFailure(db, channel);
      if (seconds > 0) logger.warn('A message channel is down and rests', { channel, seconds, reason });
    },

    async worked(db: Queryable, channel: Channel): Promise<void> {
      if (await repo.recover(db, channel)) logger.info('A message channel works again', { channel });
    },
  };
}
