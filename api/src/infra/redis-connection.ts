import { Redis } from 'ioredis';

/** No more than this between two attempts, so that service is whole within two seconds of Redis' return (F24). */
const MAX_RECONNECT_DELAY_MS = 500;
const FIRST_RECONNECT_DELAY_MS = 50;
const CONNECT_TIMEOUT_MS = 1_000;
/** Ends a handshake with a frozen server. Callers are let go earlier, by the breaker. */
const HANDSHAKE_TIMEOUT_MS = 300;
const DISCONNECT_TIMEOUT_MS = 200;

export type RedisConnectionEvents = {
  onReady: () => void;
  onError: (error: unknown) => void;
  onClose: () => void;
};

export type RedisConnection = {
  redis: Redis;
  /** Drops a connection on which nothing is answered any more; a new one is made by itself. */
  renew(): void;
  close(): void;
};

/**
 * One connection that comes back for ever, and on which no command waits for
 * a server that is away: commands are refused while there is none, and one
 * whose connection broke is never sent a second time.
 */
export function createRedisConnection(url: string, name: string, events: RedisConnectionEvents): RedisConnection {
  let closed = false;
  const redis = new Redis(url, {
    connectionName: name,
    // With RESP3 a password for a server that wants none leaves the two ends with different protocols, and subscriptions silent.
    protocol: 2,
    enableAutoPipelining: true,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    // ioredis would not notice when its own re-subscription fails.
    autoResubscribe: false,
    maxRetriesPerRequest: 0,
    commandTimeout: HANDSHAKE_TIMEOUT_MS,
    connectTimeout: CONNECT_TIMEOUT_MS,
    disconnectTimeout: DISCONNECT_TIMEOUT_MS,
    maxLoadingRetryTime: MAX_RECONNECT_DELAY_MS,
    retryStrategy: (attempt) => Math.min(FIRST_RECONNECT_DELAY_MS * 2 ** Math.min(attempt - 1, 10), MAX_RECONNECT_DELAY_MS),
    // After a failover the address belongs to another server: connect anew.
    reconnectOnError: (error) => error.message.startsWith('READONLY'),
  });
  redis.on('ready', events.onReady);
  redis.on('error', events.onError);
  redis.on('close', events.onClose);
  redis.on('end', () => {
    // ioredis gives up when it is told to disconnect in the moment between two attempts.
    if (!closed) setTimeout(() => void (closed || redis.connect().catch(events.onError)), MAX_RECONNECT_DELAY_MS).unref();
  });
  return {
    redis,
    renew() {
      if (redis.status === 'ready') redis.disconnect(true);
    },
    close() {
      closed = true;
      redis.disconnect();
    },
  };
}
