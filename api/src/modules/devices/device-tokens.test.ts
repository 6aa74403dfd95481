import { createHmac, randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { createDeviceTokens } from './device-tokens.js';

const [KEY, OLD_KEY, FOREIGN_KEY] = ['a', 'b', 'c'].map((letter) => Buffer.alloc(32, letter)) as [Buffer, Buffer, Buffer];
const YEAR_MS = 365 * 86_400_000;
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

let time = Date.parse('2026-11-21T12:00:00Z');
const devices = createDeviceTokens({ keys: [KEY, OLD_KEY], now: () => time });
const people = (count: number) => Array.from({ length: count }, () => randomUUID());
const issueAll = (users: readonly string[]) => users.reduce<string | undefined>((token, user) => devices.issue(token, user), undefined)!;
const sign = (body: Buffer, key = KEY) => `${body.toString('base64url')}.${createHmac('sha256', key).update(body.toString('base64url')).digest('base64url')}`;

describe('a device token', () => {
  it('knows who has signed in on it, in any spelling of the id, and nobody else', () => {
    const [owner, stranger] = people(2) as [string, string];
    const token = devices.issue(undefined, owner);
    expect(devices.idFor(token, owner.toUpperCase())).toMatch(/^[0-9a-f]{32}$/);
    expect(devices.idFor(token, stranger)).toBeUndefined();
    expect(devices.idFor(undefined, owner)).toBeUndefined();
  });

  it('stays the same device for the next one, and knows the last five', () => {
    const users = people(6);
    const token = issueAll(users);
    expect(users.map((user) => devices.idFor(token, user) !== undefined)).toEqual([false, true, true, true, true, true]);
    const again = devices.issue(token, users[1]!);
    expect(devices.idFor(again, users[1]!)).toBe(devices.idFor(token, users[1]!));
    expect(devices.idFor(devices.issue(again, randomUUID()), users[1]!)).toBeDefined();
    expect(token.length).toBeLessThanOrEqual(256);
  });

  it('no two devices share an id', () => {
    const [owner] = people(1) as [string];
    expect(devices.idFor(devices.issue(undefined, owner), owner)).not.toBe(devices.idFor(devices.issue(undefined, owner), owner));
  });

  it('is good for a year, and each sign-in begins a new one', () => {
    const [owner] = people(1) as [string];
    const token = devices.issue(undefined, owner);
    time += YEAR_MS - 1_000;
    const renewed = devices.issue(token, owner);
    expect(devices.idFor(renewed, owner)).toBe(devices.idFor(token, owner));
    time += 1_000;
    expect(devices.idFor(token, owner)).toBeUndefined();
    expect(devices.idFor(renewed, owner)).toBeDefined();
  });

  it('A-20: of an older secret is still known, of a foreign one never', () => {
    const [owner] = people(1) as [string];
    const token = (key: Buffer) => createDeviceTokens({ keys: [key], now: () => time }).issue(undefined, owner);
    expect(devices.idFor(token(OLD_KEY), owner)).toBeDefined();
    expect(devices.idFor(token(FOREIGN_KEY), owner)).toBeUndefined();
    const renewed = devices.issue(token(OLD_KEY), owner);
    expect(createDeviceTokens({ keys: [KEY], now: () => time }).idFor(renewed, owner)).toBeDefined();
  });

  it('changed in any one place is ignored', () => {
    const [owner] = people(1) as [string];
    const token = devices.issue(undefined, owner);
    for (let at = 0; at < token.length; at += 1) {
      const other = token[at] === '.' ? '_' : ALPHABET[(ALPHABET.indexOf(token[at]!) + 32) % 64]!;
      expect([at, devices.idFor(token.slice(0, at) + other + token.slice(at + 1), owner)]).toEqual([at, undefined]);
    }
  });

  it('of another make, or of another kind, is ignored, also when it is signed', () => {
    const [owner] = people(1) as [string];
    const good = Buffer.from(devices.issue(undefined, owner).split('.')[0]!, 'base64url');
    const otherVersion = Buffer.from(good);
    otherVersion[0] = 2;
    expect(devices.idFor(sign(good), owner)).toBeDefined();
    for (const token of ['', '.', '..', 'x', 'x.y', 'e30.e30', `${sign(good)}.x.y`.slice(1), sign(otherVersion), sign(Buffer.alloc(0))]) expect([token, devices.idFor(token, owner)]).toEqual([token, undefined]);
  });
});
