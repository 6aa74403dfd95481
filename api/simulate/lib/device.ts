import { PREFIX, type Fleet } from './fleet.js';
import { PASSWORD } from './people.js';
import type { Random } from './random.js';
import { credential, readToken, type Held } from './token.js';
import { encode } from './wire.js';

/** A session whose tokens are about to be tried. */
export type Device = { sessionId: string; tokens: readonly [Held, Held]; refreshToken: string };

export async function signInDevice(fleet: Fleet, random: Random, username: string): Promise<Device> {
  for (;;) {
    const { answer } = await random.pick(fleet.workers).wire.exchange({ method: 'POST', path: `${PREFIX}/auth/login-with-password`, body: { username, password: PASSWORD } });
    if (answer?.status === 200) {
      const { session_id, access_token, session_token, refresh_token } = answer.body.data as Record<'session_id' | 'access_token' | 'session_token' | 'refresh_token', string>;
      return { sessionId: session_id, tokens: [readToken(access_token), readToken(session_token)], refreshToken: refresh_token };
    }
    if (answer?.status !== 503) throw new Error(`sign-in was answered ${answer?.status}: ${JSON.stringify(answer?.body)}`);
  }
}

/** The bytes of a request with one of a device's tokens. */
export function probe({ tokens }: Device, random: Random): Buffer {
  return encode({ method: 'GET', path: `${PREFIX}/settings/profile`, headers: credential(random.pick(tokens), random.chance(0.5)) });
}
