import { copyFileSync, cpSync, existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, extname, join, relative } from 'node:path';
import { runQuietly } from './child.mjs';
import { generateKey } from './generate.mjs';
import { withLock } from './lock.mjs';
import { API, DIST, GENERATED, MODULES, SOURCE } from './paths.mjs';
import { step } from './progress.mjs';
import { Refusal } from './refusal.mjs';
import { digest, digestFiles, filesBelow, readStamp, removeStamp, writeStamp } from './stamp.mjs';

const STAMP_NAME = '.built.json';
/** The compiler for what goes into dist, to be run by Node.js in the api folder. */
export const COMPILER_ARGS = [join(MODULES, 'typescript/bin/tsc'), '-p', 'tsconfig.build.json', '--pretty', 'false', '--locale', 'en'];
const NEXT = join(API, '.dist-next');
const OLD = join(API, '.dist-old');
const COMPILED = ['.ts', '.mts', '.js', '.mjs'];

/**
 * Makes sure that dist is the compiled form of src as it is now.
 * @throws Refusal with the compiler's words when the sources do not compile; dist is left as it was
 */
export async function ensureBuilt() {
  if (isBuilt()) return;
  await withLock(async () => {
    if (!isBuilt()) await step('Building', build);
  });
}

/** @returns whether dist is the compiled form of src as it is now */
export const isBuilt = () => readStamp(join(DIST, STAMP_NAME))?.key === buildKey();

/** What dist follows from: every source that goes into it, the compiler's settings, and what the client is generated from. */
export function buildKey() {
  const sources = filesBelow(SOURCE, (path) => path === GENERATED || path.endsWith('.test.ts'));
  return digest(digestFiles([...sources, join(API, 'tsconfig.json'), join(API, 'tsconfig.build.json')]), generateKey());
}

/** Compiles beside dist and changes the folders over at the end: a kill leaves the old one or none, never a mixture. */
async function build() {
  const key = buildKey();
  for (const folder of [NEXT, OLD]) rmSync(folder, { recursive: true, force: true });
  if (readStamp(join(DIST, STAMP_NAME))) {
    // The compiler's memory of the last build lies in dist too: with it only what changed is compiled.
    cpSync(DIST, NEXT, { recursive: true });
    removeStamp(join(NEXT, STAMP_NAME));
    removeOrphans();
  }
  const args = [...COMPILER_ARGS, '--outDir', NEXT, '--tsBuildInfoFile', join(NEXT, '.tsbuildinfo')];
  const { code, output } = await runQuietly(process.execPath, args, { cwd: API });
  if (code !== 0) {
    rmSync(NEXT, { recursive: true, force: true });
    throw new Refusal(`${output.trimEnd()}\n\nThe sources do not compile: the compiler's words stand above.`);
  }
  complete(NEXT, key);
  if (existsSync(DIST)) renameSync(DIST, OLD);
  renameSync(NEXT, DIST);
  rmSync(OLD, { recursive: true, force: true });
}

/** The compiler leaves the output of a source that was removed where it lies. */
function removeOrphans() {
  for (const path of filesBelow(NEXT)) {
    const source = join(SOURCE, relative(NEXT, path)).replace(/\.map$/, '');
    const stem = source.slice(0, -extname(source).length);
    const comesFrom = [source, `${stem}.ts`, `${stem}.mts`];
    if (!path.endsWith('.tsbuildinfo') && !comesFrom.some(existsSync)) rmSync(path);
  }
}

/** Adds to a compiled folder what is not compiled, and the stamp that makes it count as built from the sources of `key`. */
export function complete(folder, key) {
  copyAssets(folder);
  writeStamp(join(folder, STAMP_NAME), { key });
}

/** @returns whether a file of src goes into dist by way of the compiler; browser scripts do not, since it would turn them into modules */
export const isCompiled = (path) => COMPILED.includes(extname(path)) && !path.endsWith('.client.js');

function copyAssets(folder) {
  for (const path of filesBelow(SOURCE, (below) => below === GENERATED)) {
    if (isCompiled(path)) continue;
    const target = join(folder, relative(SOURCE, path));
    mkdirSync(dirname(target), { recursive: true });
    copyFileSync(path, target);
  }
}
