import { PREFIX } from '../lib/fleet.js';
import type { Cut, Exchange, WireRequest } from '../lib/wire.js';
import { credential, type Held } from '../lib/token.js';
import type { Worker } from '../lib/worker.js';
import type { TrackedSession } from './tracked-session.js';

export type Scope = 'all' | 'this' | 'others';

/** One request that somebody is about to send. */
export type Intent = {
  session: TrackedSession;
  held: Held;
  worker: Worker;
  cut?: Cut | undefined;
  /** Waits for a stopped worker until it goes on, as no client would: to know what it would have said. */
  patient?: boolean;
} & (
  | { do: 'use'; bearer: boolean }
  | { do: 'refresh' }
  | { do: 'logout'; scope: Scope; /** Those it ends. */ targets: readonly TrackedSession[] }
  | { do: 'delete'; target: TrackedSession }
);

export type Outcome = { intent: Intent; exchange: Exchange; /** Of an answer that came whole, whether the client heard it or not. */ status: number | undefined; key: string | undefined };

export function requestOf(intent: Intent): WireRequest {
  switch (intent.do) {
    case 'use':
      return { method: 'GET', path: `${PREFIX}/settings/profile`, headers: credential(intent.held, intent.bearer) };
    case 'refresh':
      return { method: 'POST', path: `${PREFIX}/auth/refresh-token`, body: { refresh_token: intent.held.raw } };
    case 'logout':
      // Without a body it means all devices, as it always has.
      return { method: 'POST', path: `${PREFIX}/auth/logout`, headers: credential(intent.held, false), ...(intent.scope === 'all' ? {} : { body: { scope: intent.scope } }) };
    case 'delete':
      return { method: 'DELETE', path: `${PREFIX}/auth/sessions/${intent.target.id}`, headers: credential(intent.held, false) };
  }
}

export function describe({ intent, exchange, status, key }: Outcome): string {
  const what = intent.do === 'logout' ? `logout ${intent.scope}` : intent.do === 'delete' ? `delete ${intent.target.id.slice(0, 8)}` : intent.do;
  const said = status === undefined ? (exchange.late ? 'no answer in time' : exchange.reached ? 'lost' : 'not sent') : `${status}${key ? ` ${key}` : ''}${exchange.heard ? '' : ' (unheard)'}`;
  return `w${intent.worker.index} ${intent.session.id.slice(0, 8)} ${what} ${intent.held.type[0]}${intent.held.generation}${intent.cut ? ` cut ${intent.cut}` : ''} → ${said} [${exchange.sent.toFixed(0)}+${(exchange.ended - exchange.sent).toFixed(0)}]`;
}
