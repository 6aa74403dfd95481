import { describe, expect, it } from '@jest/globals';
import { ipKeyGenerator } from 'express-rate-limit';
import { isIP } from 'node:net';
import { addressKey } from './address-key.js';

/** Repeatable pseudo-random numbers (mulberry32). */
function createRandom(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let value = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value;
    return ((value ^ (value >>> 14)) >>> 0) / 4_294_967_296;
  };
}

describe('the name under which an address is counted (G-05)', () => {
  it.each([
    ['203.0.113.7', 'ip:203.0.113.7'],
    ['::ffff:203.0.113.7', 'ip:203.0.113.7'],
    ['::FFFF:203.0.113.7', 'ip:203.0.113.7'],
    ['::ffff:cb00:7107', 'ip:203.0.113.7'],
    ['0:0:0:0:0:ffff:203.0.113.7', 'ip:203.0.113.7'],
    ['2001:db8:1:2:3:4:5:6', 'ip:2001:db8:1:2::/64'],
    ['2001:0DB8:0001:0002::', 'ip:2001:db8:1:2::/64'],
    ['2001:db8::1', 'ip:2001:db8:0:0::/64'],
    ['fe80::1%eth0', 'ip:fe80:0:0:0::/64'],
    ['::1', 'ip:0:0:0:0::/64'],
    ['::', 'ip:0:0:0:0::/64'],
    ['1:2:3:4:5:6:203.0.113.7', 'ip:1:2:3:4::/64'],
    ['64:ff9b::203.0.113.7', 'ip:64:ff9b:0:0::/64'],
  ])('%s is %s', (ip, key) => {
    expect(addressKey(ip)).toBe(key);
  });

  it('agrees with express-rate-limit on which addresses are one client', () => {
    const seed = Date.now();
    const random = createRandom(seed);
    const group = () => (random() < 0.3 ? '0' : Math.floor(random() * 0x10000).toString(16));
    for (let round = 0; round < 2_000; round += 1) {
      const groups = Array.from({ length: 8 }, group);
      const start = Math.floor(random() * 7);
      const compressed = `${groups.slice(0, start).join(':')}::${groups.slice(start + 1 + Math.floor(random() * (7 - start))).join(':')}`;
      const ip = random() < 0.5 ? groups.join(':') : compressed;
      if (isIP(ip) !== 6) throw new Error(`seed ${seed}: ${ip} is no address`);
      const theirs = ipKeyGenerator(ip, 64);
      // Its network form is an address with a prefix: naming that address must give our name again.
      const ours = addressKey(ip);
      if (theirs.endsWith('/64') && addressKey(theirs.slice(0, -3)) !== ours) throw new Error(`seed ${seed}: ${ip} is ${ours} here and ${theirs} there`);
    }
  });
});
