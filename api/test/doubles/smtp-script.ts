import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';

/** Where the script leaves the ordinary: `body` is in the middle of the message, `dot` at its end. */
export type SmtpMoment = 'greeting' | 'EHLO' | 'MAIL' | 'RCPT' | 'DATA' | 'body' | 'dot';
/** A line instead of the ordinary one; or the connection is cut, or nothing is said any more. */
export type SmtpTurn = { at: SmtpMoment; does: 'cut' | 'silence' | (string & {}) };

export type ScriptedSmtp = { port: number; /** Messages whose end has arrived. */ arrived(): number; connections(): number; cutIdle(): void; close(): Promise<void> };

const ORDINARY: Record<SmtpMoment, string> = { greeting: '220 ready', EHLO: '250 OK', MAIL: '250 OK', RCPT: '250 OK', DATA: '354 go on', body: '', dot: '250 taken' };

/** A mail server that breaks off at an exact moment, by bare sockets: with PIPELINING commands come together, as they do in life. */
export async function startScriptedSmtp(turn?: SmtpTurn, { pipelining = false } = {}): Promise<ScriptedSmtp> {
  const sockets = new Set<Socket>();
  let arrived = 0;
  let connections = 0;

  const server = createServer((socket) => {
    let buffer = '';
    let inMessage = false;
    let mute = false;
    connections += 1;
    sockets.add(socket);

    function reply(moment: SmtpMoment): void {
      if (mute) return;
      const does = turn?.at === moment ? turn.does : undefined;
      if (does === 'cut') socket.destroy();
      else if (does === 'silence') mute = true;
      else if (does ?? ORDINARY[moment]) socket.write(`${moment === 'EHLO' && does === undefined && pipelining ? '250-here\r\n250 PIPELINING' : (does ?? ORDINARY[moment])}\r\n`);
    }

    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
    socket.setEncoding('latin1').on('data', (text: string) => {
      buffer += text;
      for (;;) {
        if (inMessage && !buffer.includes('\r\n.\r\n')) return buffer.length > 0 ? reply('body') : undefined;
        const end = inMessage ? buffer.indexOf('\r\n.\r\n') + 5 : buffer.indexOf('\r\n') + 2;
        if (end === 1) return;
        const line = buffer.slice(0, end);
        buffer = buffer.slice(end);
        if (inMessage) {
          inMessage = false;
          // A body that broke off never ends.
          if (turn?.at === 'body') return reply('body');
          arrived += 1;
          reply('dot');
          continue;
        }
        const verb = line.slice(0, 4).toUpperCase();
        if (verb === 'QUIT') socket.end('221 bye\r\n');
        else if (verb === 'RSET') socket.write('250 OK\r\n');
        else if (verb === 'DATA' && turn?.at === 'RCPT') socket.write('554 no valid recipients\r\n');
        else {
          reply(verb as SmtpMoment);
          inMessage = verb === 'DATA' && turn?.at !== 'DATA';
        }
        if (mute || socket.destroyed) return;
      }
    });
    reply('greeting');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    arrived: () => arrived,
    connections: () => connections,
    cutIdle: () => {
      for (const socket of sockets) socket.destroy();
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
