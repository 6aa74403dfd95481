import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { MUTATIONS } from '../simulate/tokens.mutations.mjs';
import { runTokens, type Target } from '../simulate/tokens.run.mjs';
import { signUp } from './accounts.js';
import { startApi, type Api } from './harness.js';

const COMMAND = fileURLToPath(new URL('../simulate/tokens.mjs', import.meta.url));
const SEED = 20_261_121;
const MUTATED = 6_000;
const OVER_WIRE = 600;

let apis: Api[];
let targets: Target[];
beforeAll(async () => {
  apis = [];
  for (const algorithm of ['HS256', 'RS256', 'ES256']) apis.push(await startApi({ env: { JWT_ALGORITHM: algorithm } }));
  targets = await Promise.all(apis.map(target));
});
afterAll(async () => {
  for (const api of apis) await api.close();
});

async function target({ client, context, url, prefix }: Api, index: number): Promise<Target> {
  const people = [await signUp(apis[index]!), await signUp(apis[index]!)];
  return {
    name: context.config.tokens.algorithm,
    url,
    prefix,
    live: people.flatMap(({ accessToken, sessionToken, refreshToken }) => [{ type: 'access', token: accessToken }, { type: 'session', token: sessionToken }, { type: 'refresh', token: refreshToken }]),
    jwks: (await client.get('//.well-known/jwks.json')).body.keys,
    authenticate: context.services.authenticate,
    refresh: (token) => context.services.sessions.refresh(token, { requestId: 'r', ip: '127.0.0.1', address: '127.0.0.1', userAgent: 'x', origin: undefined, method: 'POST', endpoint: '/', sessionId: undefined, elapsedMs: () => 0 }),
  };
}

it(`A-01 … A-05: of ${MUTATED} mutations of live tokens, of every kind, none opens anything or is a 5xx (seed ${SEED})`, async () => {
  const { rows, findings } = await runTokens({ targets, mutations: MUTATED, overWire: OVER_WIRE, seed: SEED });
  expect(findings).toEqual([]);
  expect(rows.map(({ kind }) => kind)).toEqual(Object.keys(MUTATIONS));
  for (const { kind, inside, wire } of rows) expect({ kind, often: inside > 100 && wire > 5 }).toEqual({ kind, often: true });
});

it('a door that is open is found', async () => {
  const open = { ...targets[0]!, authenticate: () => ({}) };
  const broken = { ...targets[1]!, authenticate: () => { throw new TypeError('no such thing'); } };
  const { rows, findings } = await runTokens({ targets: [open, broken], mutations: 40, overWire: 0, seed: SEED });
  const total = (name: 'accepted' | 'failed') => rows.reduce((sum, row) => sum + row[name], 0);
  expect([total('accepted') > 0, total('failed') > 0, total('accepted') + total('failed')]).toEqual([true, true, 40]);
  expect(findings).toContainEqual(expect.stringMatching(/accepted/));
  expect(findings).toContainEqual(expect.stringMatching(/failed: TypeError/));
});

it.each([['--mutations', 'abc'], ['--mutations', '0'], ['--mutations', '1.5'], ['--mutations', ''], ['--http', '-1'], ['--seed', 'x']])('%s %s is refused: a simulation that tries nothing finds nothing wrong', (option, value) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [COMMAND, `${option}=${value}`], { encoding: 'utf8' });
  expect([status, stdout]).toEqual([1, '']);
  expect(stderr).toMatch(/^--\w+ .*: write a whole number from [01] on\.\n$/);
});
