import { bounded, createAgentMemo, createClockText, MAX_MESSAGE, MAX_PATH, MAX_WORD, quote, word } from './log-text.js';

/** What is known of a request once it is answered. */
export interface RequestLine {
  request_id: string;
  method: string;
  /** Without the query string. */
  path: string;
  status: number;
  duration_ms: number;
  ip: string | undefined;
  user_id?: string | undefined;
  session_id?: string | undefined;
  user_agent?: string | undefined;
  /** Length of the response's body. */
  bytes?: number | undefined;
  /** The key of the error that was answered. */
  error_key?: string | undefined;
}

/** Turns events into lines without their line feed: never more than one line each, never more than 8 KB (E-20, ASVS 16.4.1). */
export interface LineFormat {
  event(level: string, message: string, fields?: unknown): string;
  request(level: string, line: RequestLine): string;
}

const ADDRESS = /^[\da-fA-F:.]{2,45}$/;

const COLOURS: Readonly<Record<string, string>> = { error: '\u001b[31m', warn: '\u001b[33m', info: '\u001b[32m', debug: '\u001b[90m' };
const DIM = '\u001b[2m';
const RESET = '\u001b[0m';

/** Chooses between JSON lines for machines and pretty lines for people. */
export function createLineFormat({ pretty, colour, service }: { pretty: boolean; colour: boolean; service?: string | undefined }): LineFormat {
  return pretty ? prettyFormat(colour) : jsonFormat(service);
}

function jsonFormat(service?: string): LineFormat {
  const owner = service === undefined ? '' : `,"service":${quote(service, MAX_WORD)}`;
  const now = createClockText();
  const agents = createAgentMemo();

  function event(level: string, message: string, fields?: unknown): string {
    const start = `{"level":"${level}","time":"${now()}","message":${quote(message, MAX_MESSAGE)}${owner}`;
    return bounded(fields, (json) => (json.length > 2 ? `${start},${json.slice(1)}` : `${start}}`));
  }

  // Written out by hand: this runs once a request, and a general serialiser costs several times as much.
  function request(level: string, line: RequestLine): string {
    let text = `{"level":"${level}","time":"${now()}","message":"request"${owner},"request_id":${word(line.request_id)},"method":${word(line.method)},"path":${word(pathOnly(line.path), MAX_PATH)},"status":${round(line.status)},"duration_ms":${round(line.duration_ms)}`;
    if (line.ip !== undefined) text += `,"ip":${ADDRESS.test(line.ip) ? `"${line.ip}"` : word(line.ip)}`;
    if (line.user_id !== undefined) text += `,"user_id":${word(line.user_id)}`;
    if (line.session_id !== undefined) text += `,"session_id":${word(line.session_id)}`;
    if (line.user_agent !== undefined) text += `,"user_agent":${agents(line.user_agent)}`;
    if (line.bytes !== undefined) text += `,"bytes":${round(line.bytes)}`;
    if (line.error_key !== undefined) text += `,"error_key":${word(line.error_key)}`;
    return `${text}}`;
  }

  return { event, request };
}

function prettyFormat(colour: boolean): LineFormat {
  const paint = (code: string | undefined, text: string) => (colour && code !== undefined ? `${code}${text}${RESET}` : text);
  const head = (level: string) => `${paint(DIM, new Date().toISOString().slice(11, 23))} ${paint(COLOURS[level], level.padEnd(5))}`;
  const plain = (text: string, most: number) => quote(text, most).slice(1, -1);

  function event(level: string, message: string, fields?: unknown): string {
    const start = `${head(level)} ${plain(message, MAX_MESSAGE)}`;
    return bounded(fields, (json) => (json.length > 2 ? `${start} ${paint(DIM, json)}` : start));
  }

  function request(level: string, { method, path, status, duration_ms, ...rest }: RequestLine): string {
    const facts = bounded(rest, (json) => paint(DIM, json));
    return `${head(level)} ${plain(method, MAX_WORD)} ${plain(pathOnly(path), MAX_PATH)} ${status} ${round(duration_ms)} ms ${facts}`;
  }

  return { event, request };
}

function pathOnly(path: string): string {
  const end = path.indexOf('?');
  return end === -1 ? path : path.slice(0, end);
}

/** Two decimals; what is no number would break the JSON, and becomes null as JSON itself does it. */
function round(number: number): number | null {
  return Number.isFinite(number) ? Math.round(number * 100) / 100 : null;
}
