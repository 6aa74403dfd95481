import { describe, expect, it } from '@jest/globals';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const API = fileURLToPath(new URL('..', import.meta.url));

const scripts = ['scripts', 'bench', 'simulate'].flatMap((folder) =>
  readdirSync(join(API, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.mjs') && !path.includes('node_modules'))
    .map((path) => join(folder, path)),
);

describe('scripts, which no compiler reads', () => {
  it('import only what is built', () => {
    const imported = scripts.flatMap((script) => [...readFileSync(join(API, script), 'utf8').matchAll(/\/dist\/([\w./-]+)\.(m?)js'/g)].map(([, path, m]) => ({ script, source: `src/${path}.${m ? 'mjs' : 'ts'}` })));
    expect(imported.length).toBeGreaterThan(5);
    expect(imported.filter(({ source }) => !existsSync(join(API, source)))).toEqual([]);
  });
});
