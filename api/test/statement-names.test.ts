import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { ROOT_DIR } from '../src/config.js';

const SOURCE = join(ROOT_DIR, 'api/src');

it('no two statements share a name: a connection that has prepared one refuses the other', () => {
  const files = readdirSync(SOURCE, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts') && !/\.test\.ts$|^generated\b/.test(file));
  const names = files.flatMap((file) => [...readFileSync(join(SOURCE, file), 'utf8').matchAll(/\bname: (['`])([a-z_]+(?:\$\{\w+\}\w*)*)\1,\s*text:/g)].map(([, , name]) => ({ name: name!, file })));
  expect(names.length).toBeGreaterThan(30);
  expect(names.filter(({ name }, index) => names.findIndex((other) => other.name === name) !== index)).toEqual([]);
});
