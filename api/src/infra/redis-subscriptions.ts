import { withDeadline } from './deadline.js';
import type { Logger } from './logger.js';
import { createRedisConnection } from './redis-connection.js';
import type { Store } from './store.js';

/** Nothing is sent on this connection for hours: only a question shows that the other end is gone. */
const HEARTBEAT_EVERY_MS = 1_000;
const HEARTBEAT_DEADLINE_MS = 500;

type Subscription = { listener: (message: string) => void; onResume: (() => void) | undefined };
type Channel = { live: boolean; subscriptions: Set<Subscription> };

export type RedisSubscriptions = { subscribe: Store['subscribe']; close(): void };

/** Subscriptions on a connection of their own, which Redis demands; they come back by themselves. */
export function createRedisSubscriptions(url: string, prefix: string, logger: Logger): RedisSubscriptions {
  const channels = new Map<string, Channel>();
  const connection = createRedisConnection(url, 'tessera-subscriptions', {
    onReady: () => void activate([...channels.keys()], true),
    // The command connection goes to the same server and says in the log what is wrong.
    onError: () => undefined,
    onClose: () => channels.forEach((channel) => (channel.live = false)),
  });
  const { redis } = connection;

  redis.on('message', (name: string, message: string) => {
    for (const { listener } of channels.get(name)?.subscriptions ?? []) guarded(() => listener(message));
  });

  const heartbeat = setInterval(() => {
    if (redis.status === 'ready') withDeadline(redis.ping(), HEARTBEAT_DEADLINE_MS).catch(() => connection.renew());
  }, HEARTBEAT_EVERY_MS);
  heartbeat.unref();

  async function activate(names: string[], resumed: boolean): Promise<void> {
    if (redis.status !== 'ready' || names.length === 0) return;
    try {
      await redis.subscribe(...names);
    } catch {
      // Whatever it was, a new connection subscribes again.
      return connection.renew();
    }
    for (const name of names) {
      const channel = channels.get(name);
      if (!channel) continue;
      channel.live = true;
      if (resumed) for (const { onResume } of channel.subscriptions) if (onResume) guarded(onResume);
    }
  }

  function guarded(call: () => void): void {
    try {
      call();
    } catch (error) {
      logger.error('A listener failed on a message from Redis.', { error });
    }
  }

  return {
    async subscribe(channelName, listener, onResume) {
      const name = prefix + channelName;
      const channel = channels.get(name) ?? { live: false, subscriptions: new Set() };
      const subscription = { listener, onResume };
      channels.set(name, channel);
      channel.subscriptions.add(subscription);
      if (!channel.live) await activate([name], false);
      return async () => {
        channel.subscriptions.delete(subscription);
        if (channel.subscriptions.size > 0 || channels.get(name) !== channel) return;
        channels.delete(name);
        // When this fails the connection is gone, and the subscription with it.
        if (redis.status === 'ready') await redis.unsubscribe(name).catch(() => undefined);
      };
    },
    close() {
      clearInterval(heartbeat);
      connection.close();
      channels.clear();
    },
  };
}
