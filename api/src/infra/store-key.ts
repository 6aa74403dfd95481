import { createHash } from 'node:crypto';

/** Longer parts are hashed, so that nobody fills the store with keys of a megabyte. */
const MAX_PART_LENGTH = 128;
const PLAIN = /^[\w.@-]*$/;
const NOT_PLAIN = /[^\w.@-]/g;

/**
 * Makes one key of several parts, of which any may come from a caller. Two
 * different lists of parts never give the same key (B-18, ASVS 1.3.9):
 * everything but letters, digits and `_.@-` is escaped, and a hashed part
 * begins with `#`, which an escaped one cannot.
 */
export function storeKey(...parts: string[]): string {
  return parts.map(encodePart).join(':');
}

function encodePart(part: string): string {
  // UTF-16, because in UTF-8 all lone surrogates become the same replacement character.
  if (part.length > MAX_PART_LENGTH) return `#${createHash('sha256').update(part, 'utf16le').digest('base64url')}`;
  return PLAIN.test(part) ? part : part.replace(NOT_PLAIN, escapeUnit);
}

function escapeUnit(character: string): string {
  const unit = character.charCodeAt(0);
  return unit < 0x100 ? `%${unit.toString(16).padStart(2, '0')}` : `%u${unit.toString(16).padStart(4, '0')}`;
}
