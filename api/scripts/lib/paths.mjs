import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folders the scripts work in, found from this file whatever the working directory. */
export const API = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
export const ROOT = resolve(API, '..');
export const MODULES = join(ROOT, 'node_modules');
export const SOURCE = join(API, 'src');
export const GENERATED = join(SOURCE, 'generated');
export const DIST = join(API, 'dist');
