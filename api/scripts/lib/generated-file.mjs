import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { API } from './paths.mjs';
import { ensureReady } from './ready.mjs';
import { Refusal } from './refusal.mjs';

/**
 * Writes a file below `docs/` that is made from the code; with `--check` it only says whether it is up to date.
 * @param make gives the text; called when all is built
 * @param tells what the file is to tell, and `command` what writes it
 * @throws Refusal with `--check`, when it is out of date
 */
export async function generateFile(name, { make, tells, command }) {
  await ensureReady();
  const file = join(API, 'docs', name);
  const text = await make();
  if (existsSync(file) && readFileSync(file, 'utf8') === text) return console.log(`api/docs/${name} is up to date.`);
  if (process.argv.includes('--check')) throw new Refusal(`api/docs/${name} does not tell ${tells}: run "${command}" and commit the file.`);
  writeFileSync(file, text);
  console.log(`Wrote api/docs/${name}.`);
}
