import type { UserView } from '../../shared/user-view.js';

/** Prose and names: the beginning of one still says something. The rest is whole or nothing: half an address is a wrong address. */
const PROSE: ReadonlySet<string> = new Set<keyof UserView>(['bio', 'first_name', 'last_name', 'user_name', 'country']);
/** What no limit reaches: they have a fixed form, and clients rely on them. */
const FIXED: ReadonlySet<string> = new Set<keyof UserView>(['user_id', 'invited_by_user_id', 'status', 'dob', 'last_sign_in_at', 'email_verified_at', 'created_at', 'last_updated']);

/** The same profile with no text longer than so many bytes of JSON: prose is cut at a character, anything else is left out (null). */
export function shortened<View extends Partial<UserView>>(view: View, maxBytes: number): View {
  return Object.fromEntries(Object.entries(view).map(([name, value]) => [name, FIXED.has(name) ? value : shorten(value, maxBytes, PROSE.has(name))])) as View;
}

function shorten(value: unknown, maxBytes: number, prose: boolean): unknown {
  if (typeof value === 'boolean' || value === null || jsonBytes(value) <= maxBytes) return value;
  return prose && typeof value === 'string' ? cut(value, maxBytes) : null;
}

function cut(text: string, maxBytes: number): string {
  let end = 0;
  let bytes = 0;
  for (const character of text) {
    bytes += jsonBytes(character);
    if (bytes > maxBytes) break;
    end += character.length;
  }
  return text.slice(0, end);
}

function jsonBytes(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value)) - (typeof value === 'string' ? '""'.length : 0);
}
