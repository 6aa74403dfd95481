import { request as plainRequest, type IncomingMessage } from 'node:http';
import { request as secureRequest } from 'node:https';
import { SendError } from './send-error.js';

export type FormAnswer = { status: number; body: string };
export type FormTimeouts = { connection: number; answer: number };

/** Milliseconds. Patient once the request has left: whoever gives up an answer that is on its way can no longer tell what became of the message. */
const DEFAULT_TIMEOUTS: FormTimeouts = { connection: 5_000, answer: 30_000 };
const MAX_ANSWER_BYTES = 65_536;

/**
 * Posts a form to a provider, once, and says of every failure whether the request can have arrived.
 * A connection of its own each time: on a kept one a reset could mean either.
 * @throws SendError `not_taken` before the connection stood, `unknown` after it
 */
export function postForm(address: string | URL, fields: Readonly<Record<string, string>>, options: { headers?: Record<string, string>; timeouts?: Partial<FormTimeouts> | undefined } = {}): Promise<FormAnswer> {
  const timeouts = { ...DEFAULT_TIMEOUTS, ...options.timeouts };
  const url = new URL(address);
  const secure = url.protocol === 'https:';
  const body = new URLSearchParams(fields).toString();
  const headers = { ...options.headers, 'Content-Type': 'application/x-www-form-urlencoded', 'Content-Length': Buffer.byteLength(body) };

  return new Promise((resolve, reject) => {
    let left = false;
    const fail = (reason: string, cause?: unknown): void => {
      clearTimeout(timer);
      request.destroy();
      reject(new SendError(left ? 'unknown' : 'not_taken', reason, { cause }));
    };
    // The certificate must prove the host, whatever the environment says (E-22).
    const request = (secure ? secureRequest : plainRequest)(url, { method: 'POST', agent: false, headers, ...(secure && { rejectUnauthorized: true, minVersion: 'TLSv1.2' as const }) });
    let timer = setTimeout(fail, timeouts.connection, 'CONNECTION_TIMEOUT');
    request.on('error', (error) => fail(codeOf(error), error));
    request.once('socket', (socket) => {
      // Not a byte before the connection stands and has proved who it is: until here, nothing can have arrived.
      socket.once(secure ? 'secureConnect' : 'connect', () => {
        left = true;
        clearTimeout(timer);
        timer = setTimeout(fail, timeouts.answer, 'ANSWER_TIMEOUT');
        request.end(body);
      });
    });
    request.once('response', (response) => {
      clearTimeout(timer);
      void readBody(response, timeouts.answer).then((text) => resolve({ status: response.statusCode ?? 0, body: text }));
    });
  });
}

/**
 * What an HTTP status says of the message that was posted; undefined when it was taken.
 * A wrong sign-in or path is a setting that can be mended while the message waits; behind a
 * proxy that lost its server (502, 504) the message may have gone on. A redirect of 302 or 303 may be
 * the answer to a form that was taken (RFC 9110 §15.4.4), and is never followed with our credentials.
 */
export function failureOfStatus(status: number, reason = `HTTP_${status}`): SendError | undefined {
  if (status >= 200 && status < 300) return undefined;
  if ([302, 303, 502, 504].includes(status)) return new SendError('unknown', reason);
  const mendable = [401, 403, 404, 405, 408, 429];
  return new SendError(status >= 400 && status < 500 && !mendable.includes(status) ? 'refused' : 'not_taken', reason);
}

/** The status has decided; what cannot be read of the rest is left out. */
async function readBody(response: IncomingMessage, ms: number): Promise<string> {
  const timer = setTimeout(() => response.destroy(), ms);
  const parts: Buffer[] = [];
  let size = 0;
  try {
    for await (const part of response as AsyncIterable<Buffer>) {
      size += part.length;
      if (size > MAX_ANSWER_BYTES) break;
      parts.push(part);
    }
  } catch {
    // Cut off: the caller reads what there is.
  } finally {
    clearTimeout(timer);
    response.destroy();
  }
  return Buffer.concat(parts).toString('utf8');
}

function codeOf(error: Error & { code?: unknown }): string {
  return typeof error.code === 'string' ? error.code.slice(0, 60) : 'CONNECTION_FAILED';
}
