import { types } from 'node:util';
import { maskText, shorten } from './mask-text.js';

/** How much of a value is kept: levels, members of one object or list, characters of one text, values in all. */
export interface MaskLimits {
  depth: number;
  entries: number;
  text: number;
  values: number;
}

export const LOG_LIMITS: Readonly<MaskLimits> = { depth: 6, entries: 50, text: 2_000, values: 500 };

const MASKED = '[masked]';
const SECRET_KEY = /pass(?:word|wd|phrase|code)|secret|token|authorization|cookie|credential|api[-_ ]?key|private[-_ ]?key|access[-_ ]?key|^auth$|jwt|otp(?:[-_]?code)?$|(?:verification|reset|recovery|backup|login|one[-_]?time)[-_]?codes?$/i;
const LONGEST_KEY = 128;

/**
 * What may be said of an error besides name, message, stack and cause. Drivers hang far more on their errors
 * (a query's values, a whole failing row, request headers), which is why the list says what is let through.
 */
const ERROR_FACTS = ['code', 'key', 'errno', 'syscall', 'address', 'port', 'path', 'status', 'statusCode', 'severity', 'schema', 'table', 'column', 'constraint', 'routine'] as const;
const SQLSTATE = /^[0-9A-Z]{5}$/;

/**
 * A copy of any value that can be written as JSON: secrets masked at every depth, bounded in size, safe with cycles,
 * errors, getters that throw and values that JSON has no word for. Never throws.
 */
export function maskValue(value: unknown, limits: Readonly<MaskLimits> = LOG_LIMITS): unknown {
  const ancestors = new Set<object>();
  let left = limits.values;

  function visit(value: unknown, depth: number): unknown {
    if (typeof value === 'string') return maskText(shorten(value, limits.text));
    if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
    if (typeof value === 'boolean' || value === null || value === undefined) return value;
    if (typeof value !== 'object') return typeof value === 'bigint' ? String(value) : `[${typeof value}]`;
    if (ancestors.has(value)) return '[circular]';
    if (depth > limits.depth || left <= 0) return '[more]';
    left -= 1;
    ancestors.add(value);
    try {
      return visitObject(value, depth);
    } catch {
      // A getter, proxy or toJSON of somebody else's object threw: its place is kept, the line is not lost.
      return '[unreadable]';
    } finally {
      ancestors.delete(value);
    }
  }

  function visitObject(value: object, depth: number): unknown {
    if (value instanceof Error || types.isNativeError(value)) return visitError(value, depth);
    if (types.isDate(value)) return Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString();
    if (ArrayBuffer.isView(value) || types.isAnyArrayBuffer(value)) return `[${value.byteLength} bytes]`;
    if (types.isRegExp(value) || value instanceof URL) return visit(String(value), depth);
    if (types.isMap(value)) return visitEntries(value.entries(), depth);
    if (types.isSet(value)) return visitList([...value], depth);
    if (Array.isArray(value)) return visitList(value, depth);
    if ('toJSON' in value && typeof value.toJSON === 'function') return visit((value.toJSON as () => unknown)(), depth + 1);
    return visitEntries(readable(value), depth);
  }

  function visitList(list: readonly unknown[], depth: number): unknown[] {
    const kept = list.slice(0, limits.entries).map((item) => visit(item, depth + 1));
    return list.length > limits.entries ? [...kept, `[${list.length - limits.entries} more]`] : kept;
  }

  function visitEntries(entries: Iterable<[unknown, unknown]>, depth: number): Record<string, unknown> {
    // Without a prototype, a key such as `__proto__` is a key like any other.
    const copy = Object.create(null) as Record<string, unknown>;
    let count = 0;
    for (const [name, value] of entries) {
      if ((count += 1) > limits.entries) {
        copy['[more]'] = true;
        break;
      }
      const key = String(name);
      copy[maskText(shorten(key, LONGEST_KEY))] = isSecret(key, value) ? MASKED : visit(value, depth + 1);
    }
    return copy;
  }

  function visitError(error: Error, depth: number): Record<string, unknown> {
    const copy: Record<string, unknown> = { name: visit(error.name, depth), message: visit(error.message, depth), stack: visit(error.stack, depth) };
    for (const fact of ERROR_FACTS) {
      const value = (error as unknown as Record<string, unknown>)[fact];
      if (typeof value === 'number' || typeof value === 'boolean') copy[fact] = value;
      // A SQLSTATE such as 23505 looks like a one-time code, but is shorter than any.
      else if (typeof value === 'string') copy[fact] = isSecret(fact, value) && !SQLSTATE.test(value) ? MASKED : visit(value, depth);
    }
    if (error.cause !== undefined) copy['cause'] = visit(error.cause, depth + 1);
    if ('errors' in error && Array.isArray(error.errors)) copy['errors'] = visitList(error.errors, depth);
    return copy;
  }

  return visit(value, 0);
}

/** A yes or no under a secret's name (`has_password`) gives nothing away; any other value does. */
function isSecret(key: string, value: unknown): boolean {
  if (typeof value === 'boolean' || value === null || value === undefined) return false;
  return SECRET_KEY.test(key) || (key.toLowerCase() === 'code' && typeof value === 'string' && /^\d+$/.test(value));
}

function* readable(value: object): Generator<[string, unknown]> {
  for (const key of Object.keys(value)) {
    let member: unknown;
    try {
      member = (value as Record<string, unknown>)[key];
    } catch {
      // The neighbours of a getter that throws are still worth their place.
      member = '[unreadable]';
    }
    yield [key, member];
  }
}
