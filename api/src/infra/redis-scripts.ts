import type { Redis } from 'ioredis';

// A key without an end, or with one that is too far off because the server's clock was set back, gets its window anew.
const HIT = `
local amount = tonumber(ARGV[1])
if amount == 0 and redis.call('EXISTS', KEYS[1]) == 0 then return {0, tonumber(ARGV[2])} end
local hits = redis.call('INCRBY', KEYS[1], amount)
local left = redis.call('PTTL', KEYS[1])
if left < 0 or left > tonumber(ARGV[2]) then
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
  left = tonumber(ARGV[2])
end
return {hits, left}`;

const PUSH = `
redis.call('LPUSH', KEYS[1], ARGV[1])
redis.call('LTRIM', KEYS[1], 0, ARGV[2] - 1)
return 1`;

type ScriptCommands = {
  tesseraHit(key: string, amount: number, windowMs: number): Promise<[hits: number, resetMs: number]>;
  tesseraPush(key: string, value: string, max: number): Promise<number>;
};

/** Teaches a connection the two steps that must be atomic. A server that has forgotten a script is sent it again. */
export function defineScripts(redis: Redis): ScriptCommands {
  redis.defineCommand('tesseraHit', { numberOfKeys: 1, lua: HIT });
  redis.defineCommand('tesseraPush', { numberOfKeys: 1, lua: PUSH });
  // defineCommand adds methods that the type cannot know.
  return redis as unknown as ScriptCommands;
}
