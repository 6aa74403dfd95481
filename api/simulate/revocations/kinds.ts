import { PREFIX, type Fleet } from '../lib/fleet.js';
import type { Account } from '../lib/people.js';
import { credential } from '../lib/token.js';
import { encode } from '../lib/wire.js';
import type { Device } from '../lib/device.js';

export type Kind = 'logout all' | 'logout this' | 'logout others' | 'session deleted' | 'ended in the database' | 'group taken in the database';

/** Those that are asked of the API, whose answer is a promise; the others are statements of another program, which nobody answers for. */
export const ASKED: readonly Kind[] = ['logout all', 'logout this', 'logout others', 'session deleted'];
export const TOLD: readonly Kind[] = ['ended in the database', 'group taken in the database'];

/** The request that ends `victim` in the name of `caller` (the same device or another), and whether it ends the caller too. */
export function requestFor(kind: Kind, victim: Device, other: Device): { bytes: Buffer; spared: Device | undefined } {
  const as = (device: Device) => credential(device.tokens[1], false);
  const logout = (device: Device, scope: string | undefined) => encode({ method: 'POST', path: `${PREFIX}/auth/logout`, headers: as(device), ...(scope ? { body: { scope } } : {}) });
  if (kind === 'logout all') return { bytes: logout(other, undefined), spared: undefined };
  if (kind === 'logout this') return { bytes: logout(victim, 'this'), spared: other };
  if (kind === 'logout others') return { bytes: logout(other, 'others'), spared: other };
  return { bytes: encode({ method: 'DELETE', path: `${PREFIX}/auth/sessions/${victim.sessionId}`, headers: as(other) }), spared: other };
}

/** Ends it in the database. @returns the status that says a worker knows of it, and what puts things back */
export async function tell(kind: Kind, fleet: Fleet, { userId, groupId }: Account, victim: Device): Promise<{ refusal: number; undo: () => Promise<unknown> }> {
  if (kind === 'ended in the database') {
    await fleet.sql(`UPDATE session SET revoked_at = now(), revoke_reason = 'ended' WHERE session_id = $1`, [victim.sessionId]);
    return { refusal: 401, undo: () => Promise.resolve() };
  }
  await fleet.sql('DELETE FROM user_group WHERE user_id = $1 AND group_id = $2', [userId, groupId]);
  return { refusal: 403, undo: () => fleet.sql('INSERT INTO user_group (user_id, group_id) VALUES ($1, $2)', [userId, groupId]) };
}
