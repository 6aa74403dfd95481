import { createHmac } from 'node:crypto';
import type { Channel } from '../../shared/code-body.js';
import type { Identity } from '../../shared/identity.js';
import type { Purpose } from './otp.repo.js';

/**
 * What a code is stored as. Comparing keyed hashes tells nothing of the code by time (C-06, C-07); identity, channel and
 * purpose are part of what is signed, so a hash fits nowhere else (C-02).
 */
export function hashCode(key: Buffer, bound: { identity: Identity; channel: Channel; purpose: Purpose }, code: string): Buffer {
  return createHmac('sha256', key).update(['otp', bound.purpose, bound.channel, bound.identity.key, code].join('\n')).digest();
}
