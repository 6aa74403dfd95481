import { startFormServer, type FormServer, type Mischief } from './form-server.js';

export type SmsGatewayDouble = FormServer & { behave(fail: number | Mischief | undefined): void };

/** A gateway that takes text messages as a form, answers 200 and says in words of its own how it went. */
export async function startSmsGateway({ tls }: { tls?: { key: string; cert: string } } = {}): Promise<SmsGatewayDouble> {
  let fail: number | Mischief | undefined;
  const server = await startFormServer({
    ...(tls && { tls }),
    mischief: () => (typeof fail === 'string' ? fail : undefined),
    answer: () => (typeof fail === 'number' ? { status: fail, type: 'text/plain', body: 'ERROR' } : { status: 200, type: 'text/plain', body: 'OK: 1' }),
  });
  return { ...server, behave: (how) => void (fail = how) };
}
