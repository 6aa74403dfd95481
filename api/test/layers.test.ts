import { describe, expect, it } from '@jest/globals';
import { ESLint } from 'eslint';
import { join } from 'node:path';
import { ROOT_DIR } from '../src/config.js';

const API = join(ROOT_DIR, 'api');

/** The rule names (without the part before the slash) that a line breaks when it stands in a file of src. */
async function broken(file: string, line: string): Promise<string[]> {
  const lint = new ESLint({
    cwd: API,
    // Without type information: these rules need none, and the files do not exist.
    overrideConfig: { files: ['**/*.ts'], languageOptions: { parserOptions: { projectService: false, project: false } } },
    ruleFilter: ({ ruleId }) => ['tessera/layers', '@typescript-eslint/no-restricted-imports', 'no-restricted-properties', 'no-restricted-syntax', 'no-console'].includes(ruleId),
  });
  const [result] = await lint.lintText(line, { filePath: join(API, 'src', file) });
  return result!.messages.map(({ ruleId, message }) => ruleId?.split('/').at(-1) ?? message);
}

describe('the import rules that lint keeps', () => {
  it.each([
    ['modules/a/a.service.ts', `import { conflict } from '../../http/errors.js'; export const x = conflict;`],
    ['modules/a/a.service.ts', `import type { Store } from '../../infra/store.js'; export type X = Store;`],
    ['modules/a/a.service.ts', `import { StoreUnavailableError, type Store } from '../../infra/store.js'; export const x = (e: Store) => e instanceof StoreUnavailableError;`],
    ['modules/a/a.service.ts', `import { type Sessions } from '../sessions/sessions.service.js'; export type X = Sessions;`],
    ['modules/a/a.service.ts', `import { rows } from './a.repo.js'; export const x = rows;`],
    ['modules/a/a.repo.ts', `import pg from 'pg'; import { isUniqueViolation } from '../../infra/postgres.js'; export const x = [pg, isUniqueViolation];`],
    ['infra/postgres.ts', `import { PrismaClient } from '../generated/prisma/client.js'; export const x = PrismaClient;`],
    ['services.ts', `import { createSessions } from './modules/sessions/sessions.service.js'; export const x = createSessions;`],
    ['config.ts', `export const x = process.env;`],
  ])('%s may say: %s', async (file, line) => expect(await broken(file, line)).toEqual([]));

  it.each([
    ['modules/a/a.service.ts', `import { createStore } from '../../infra/store.js'; export const x = createStore;`, 'layers'],
    ['modules/a/a.service.ts', `import '../../infra/store.js';`, 'layers'],
    ['modules/a/a.service.ts', `export const x = () => import('../../infra/store.js');`, 'layers'],
    ['modules/a/a.service.ts', `import { createSessions } from '../sessions/sessions.service.js'; export const x = createSessions;`, 'layers'],
    ['modules/a/a.service.ts', `export * from '../sessions/sessions.service.js';`, 'layers'],
    ['modules/a/a.service.ts', `import { loadConfig } from '../../config.js'; export const x = loadConfig;`, 'layers'],
    ['modules/a/a.service.ts', `import { PrismaClient } from '../../generated/prisma/client.js'; export const x = PrismaClient;`, 'layers'],
    ['http/guard.ts', `import type { Sessions } from '../modules/sessions/sessions.service.js'; export type X = Sessions;`, 'layers'],
    ['infra/store.ts', `import type { Guard } from '../http/guard.js'; export type X = Guard;`, 'layers'],
    ['infra/store.ts', `import type { Sessions } from '../modules/sessions/sessions.service.js'; export type X = Sessions;`, 'layers'],
    ['shared/x.ts', `import { createStore } from '../infra/store.js'; export const x = createStore;`, 'layers'],
    ['modules/a/a.service.ts', `import pg from 'pg'; export const x = pg;`, 'no-restricted-imports'],
    ['infra/store.ts', `import { PrismaPg } from '@prisma/adapter-pg'; export const x = PrismaPg;`, 'no-restricted-imports'],
    ['modules/a/a.service.ts', `import { env } from 'node:process'; export const x = env;`, 'no-restricted-imports'],
    ['modules/a/a.service.ts', `export const x = process.env['HOME'];`, 'no-restricted-properties'],
    ['modules/a/a.service.ts', `const { env } = process; export const x = env;`, 'no-restricted-properties'],
    ['modules/a/a.service.ts', `export default 1;`, 'no-restricted-syntax'],
    ['modules/a/a.service.ts', `const start = () => 1; start();`, 'no-restricted-syntax'],
    ['modules/a/a.service.ts', `export const x = () => console.log(1);`, 'no-console'],
  ])('%s may not say: %s', async (file, line, rule) => expect(await broken(file, line)).toEqual([rule]));
});
