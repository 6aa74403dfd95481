import { maskText, shorten } from './mask-text.js';
import { LOG_LIMITS, maskValue, type MaskLimits } from './mask-value.js';

/** The pieces that log lines are made of: JSON that is masked, bounded and free of characters that steer a terminal. */

const MAX_LINE_BYTES = 8 * 1024 - 1;
/** Escaping can double a text that is cut out of JSON. */
const MAX_REMAINDER = 2_000;
const TIGHT_LIMITS: Readonly<MaskLimits> = { depth: 4, entries: 10, text: 400, values: 60 };
/** A character can become six (`\u001b`): the texts of one line together still keep the limit. */
export const MAX_MESSAGE = 500;
export const MAX_PATH = 400;
export const MAX_WORD = 100;
const MAX_AGENT = 200;
const MAX_AGENTS = 1_000;
/** Without a full stop, so that no token passes. */
const PLAIN = /^[\w/:-]{0,100}$/;

/** What JSON leaves as it is, but a terminal or a log viewer obeys: DEL, C1 controls (one is CSI), line and paragraph separators, bidirectional overrides. */
const CONTROL = /[\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]/;
const CONTROLS = new RegExp(CONTROL, 'g');

/** The fields as JSON inside a line that keeps the limit: in full, else abridged, else as a piece of text. */
export function bounded(fields: unknown, line: (json: string) => string): string {
  for (const limits of [LOG_LIMITS, TIGHT_LIMITS]) {
    const text = line(fieldsAsJson(fields, limits));
    if (text.length <= MAX_LINE_BYTES && Buffer.byteLength(text) <= MAX_LINE_BYTES) return text;
  }
  const json = fieldsAsJson(fields, TIGHT_LIMITS);
  return line(JSON.stringify({ abridged: Buffer.from(json).subarray(0, MAX_REMAINDER).toString('latin1').replace(/[^\x20-\x7e]/g, '?') }));
}

const RESERVED = new Set(['level', 'time', 'message', 'service']);

function fieldsAsJson(fields: unknown, limits: Readonly<MaskLimits>): string {
  if (fields === undefined || fields === null) return '{}';
  const named = fields instanceof Error || Array.isArray(fields) ? { value: fields } : fields;
  const masked = maskValue(named, limits);
  const own = Object.entries(typeof masked === 'object' && masked !== null ? masked : { value: masked }).map(([key, value]) => [RESERVED.has(key) ? `field_${key}` : key, value] as const);
  return escapeControls(JSON.stringify(Object.fromEntries(own)));
}

/** The time as ISO text; the part down to the second is made once a second. */
export function createClockText(): () => string {
  let second = NaN;
  let start = '';
  return () => {
    const now = Date.now();
    const milliseconds = now % 1_000;
    if (now - milliseconds !== second) {
      second = now - milliseconds;
      start = new Date(second).toISOString().slice(0, 20);
    }
    return `${start}${milliseconds < 10 ? '00' : milliseconds < 100 ? '0' : ''}${milliseconds}Z`;
  };
}

/** User agents are long and few: each is masked and escaped once, until there are too many to keep. */
export function createAgentMemo(): (agent: string) => string {
  const known = new Map<string, string>();
  return (agent) => {
    let quoted = known.get(agent);
    if (quoted === undefined) {
      quoted = quote(agent, MAX_AGENT);
      if (known.size >= MAX_AGENTS) known.clear();
      if (agent.length <= MAX_AGENT * 2) known.set(agent, quoted);
    }
    return quoted;
  };
}

/** Most ids, methods and paths need neither mask nor escape, which this test tells at a tenth of the price. */
export function word(text: string, most = MAX_WORD): string {
  return PLAIN.test(text) ? `"${text}"` : quote(text, most);
}

/** A text as a JSON string: masked, bounded, and on one line whatever is in it. */
export function quote(text: string, most: number): string {
  return escapeControls(JSON.stringify(maskText(shorten(text, most))));
}

function escapeControls(json: string): string {
  return CONTROL.test(json) ? json.replace(CONTROLS, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`) : json;
}
