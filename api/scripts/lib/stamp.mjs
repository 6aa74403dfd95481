import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { ROOT } from './paths.mjs';

/** @returns the stamp a finished step left, or undefined: it never ran, or was stopped before its end */
export function readStamp(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR' || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Writes a stamp whole or not at all, so that a kill in between cannot pass for a finished step. */
export function writeStamp(file, stamp) {
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, JSON.stringify(stamp));
  renameSync(draft, file);
}

export const removeStamp = (file) => rmSync(file, { force: true });

/** @returns SHA-256 (hex) over the parts, each set apart from the next */
export function digest(...parts) {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part).update('\0');
  return hash.digest('hex');
}

/** @returns SHA-256 (hex) over the files' bytes and their places in the checkout, wherever that lies; a file that is not there counts as empty */
export const digestFiles = (files) => digest(...files.flatMap((file) => [relative(ROOT, file), readOrEmpty(file)]));

/** @returns the paths of all files below `folder`, sorted, without those `skip(path)` turns down */
export function filesBelow(folder, skip = () => false) {
  const found = [];
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (skip(path)) continue;
    if (entry.isDirectory()) found.push(...filesBelow(path, skip));
    else found.push(path);
  }
  return found.sort();
}

function readOrEmpty(file) {
  try {
    return readFileSync(file);
  } catch (error) {
    if (error.code === 'ENOENT') return '';
    throw error;
  }
}
