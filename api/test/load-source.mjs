import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { transformFileSync } from '@swc/core';

const SOURCE = fileURLToPath(new URL('../src', import.meta.url));
/** Below node_modules, so that packages are found from there. */
const CACHE = fileURLToPath(new URL('../../node_modules/.cache', import.meta.url));
const RELATIVE_IMPORT = /(?:from|import)\s*\(?\s*['"](\.{1,2}\/[^'"]+)\.js['"]/g;

/**
 * Imports modules of src as they are now, outside of jest and without a build: types are dropped, not checked.
 * @param paths below src, such as 'infra/migrator.ts'
 * @returns the modules, in the same order
 */
export async function loadSource(...paths) {
  mkdirSync(CACHE, { recursive: true });
  const folder = mkdtempSync(join(CACHE, 'tessera-test-'));
  try {
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
    const entries = paths.map((path) => join(SOURCE, path));
    const waiting = [...entries];
    for (const path of waiting) {
      const { code } = transformFileSync(path, { swcrc: false, jsc: { target: 'es2022', parser: { syntax: 'typescript' } }, module: { type: 'es6' } });
      const target = compiled(folder, path);
      mkdirSync(dirname(target), { recursive: true });
      writeFileSync(target, code);
      for (const [, name] of code.matchAll(RELATIVE_IMPORT)) {
        const next = join(dirname(path), `${name}.ts`);
        if (!waiting.includes(next)) waiting.push(next);
      }
    }
    return await Promise.all(entries.map((path) => import(pathToFileURL(compiled(folder, path)))));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const compiled = (folder, path) => join(folder, relative(SOURCE, path)).replace(/\.ts$/, '.js');
