import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

export type DeviceTokens = ReturnType<typeof createDeviceTokens>;

/** A device, and who has signed in on it, the last one first. Ids as 32 hexadecimal digits. */
type Device = { id: string; users: readonly string[] };

const VERSION = 1;
const ID_BYTES = 16;
const TIME_BYTES = 4;
const HEAD_BYTES = 1 + TIME_BYTES + ID_BYTES;
/** A family at one computer. A sixth takes the place of the one who was away longest. */
const MAX_USERS = 5;
const LIFE_SECONDS = 365 * 86_400;

/**
 * Device tokens (API.md §6): who has one has signed in on it, and is counted apart from strangers when a password is
 * tried. It names its users, so that one got with an account of one's own is no key to anybody else's. It opens nothing.
 * @param keys the first signs, all of them verify
 * @param now milliseconds since the epoch
 */
export function createDeviceTokens({ keys, now = Date.now }: { keys: readonly Buffer[]; now?: () => number }) {
  return {
    /** @returns the id of the device, if this user has signed in on it within a year; a token that is none is ignored */
    idFor(token: string | undefined, userId: string): string | undefined {
      const device = read(token);
      return device?.users.includes(compact(userId)) ? device.id : undefined;
    },

    /** @returns the token of the same device, or of a new one, that knows this user too, good for a year */
    issue(token: string | undefined, userId: string): string {
      const device = read(token) ?? { id: randomBytes(ID_BYTES).toString('hex'), users: [] };
      const user = compact(userId);
      return write({ id: device.id, users: [user, ...device.users.filter((other) => other !== user)].slice(0, MAX_USERS) });
    },
  };

  function read(token: string | undefined): Device | undefined {
    const [body = '', signature = ''] = token?.split('.') ?? [];
    const bytes = Buffer.from(body, 'base64url');
    if (!isSigned(body, Buffer.from(signature, 'base64url')) || bytes[0] !== VERSION) return undefined;
    if (bytes.readUInt32BE(1) <= now() / 1000) return undefined;
    const ids = bytes.subarray(HEAD_BYTES - ID_BYTES).toString('hex').match(/.{32}/g) ?? [];
    return { id: ids[0]!, users: ids.slice(1) };
  }

  function write({ id, users }: Device): string {
    const head = Buffer.alloc(1 + TIME_BYTES);
    head.writeUInt8(VERSION);
    head.writeUInt32BE(Math.floor(now() / 1000) + LIFE_SECONDS, 1);
    const body = Buffer.concat([head, Buffer.from(id + users.join(''), 'hex')]).toString('base64url');
    return `${body}.${sign(keys[0]!, body).toString('base64url')}`;
  }

  /** The text is signed, not what it says: whatever verifies was written here. */
  function isSigned(body: string, signature: Buffer): boolean {
    return keys.some((key) => {
      const expected = sign(key, body);
      return signature.length === expected.length && timingSafeEqual(signature, expected);
    });
  }
}

function sign(key: Buffer, body: string): Buffer {
  return createHmac('sha256', key).update(body).digest();
}

function compact(userId: string): string {
  return userId.replaceAll('-', '').toLowerCase();
}
