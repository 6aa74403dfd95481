import { describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const BENCH = fileURLToPath(new URL('../bench/run.mjs', import.meta.url));

/** How fast anything is, is not looked at here: only that the benchmark measures what it says, and that what no noise can excuse holds. */
describe('npm run bench', () => {
  it('measures the server as it is: requests that ask nothing of others, refreshes that all succeed, revoked sessions that stay out', async () => {
    const { code, output } = await bench('profile', 'refresh', 'revoked', '--seconds', '1', '--rounds', '1', '--connections', '4', '--sessions', '2000');
    const met = (claim: string) => new RegExp(`^claim: ${claim}.*· ok$`, 'm');
    expect(output).toMatch(met('every request is answered with 200'));
    expect(output).toMatch(met('no command to PostgreSQL or Redis in at least 10000 authorised requests'));
    expect(output).toMatch(met('every refresh is answered with 200'));
    expect(output).toMatch(met('live sessions are accepted and revoked ones refused'));
    expect(output).toMatch(/^claim: a refresh as one statement is at least 4 times as fast/m);
    expect(code).toBe(0);
  }, 600_000);

  it('asks for known and unknown addresses alike, whatever becomes of the mail, and finds no difference in the answers (C-09)', async () => {
    const { code, output } = await bench('enumeration', '--pairs', '5');
    expect(output).toMatch(/^claim: known and unknown addresses get the same status, headers and body · measured: 0 of \d+ pairs differ · ok$/m);
    for (const path of ['login-with-password', 'login-with-otp', 'send-one-time-password', 'forget-password', 'verify', 'verify-one-time-password', 'verify-email-and-phone']) expect(output).toContain(`/auth/${path}`);
    expect(code).toBe(0);
  }, 600_000);

  it('lists users and checks permissions as it says, with a thousand and with more', async () => {
    const { code, output } = await bench('users', 'permission-check', '--users', '6000', '--rounds', '1', '--seconds', '1', '--connections', '4');
    expect(output).toMatch(/^claim: no command to PostgreSQL or Redis for it · measured: 0 for \d+ checks · ok$/m);
    expect(output.match(/^claim: every request is answered with 200 · measured: 0 were not · ok$/gm)).toHaveLength(2);
    for (const list of ['searches', 'filters', 'sorts', 'deep pages']) expect(output).toContain(`claim: ${list}: p95 among 6,000 within 5 × of that among 1,000`);
    expect(output).toMatch(/^The row of an account takes \d/m);
    expect(code).toBe(0);
  }, 600_000);

  it('names what it knows when it is asked for something else', async () => {
    const { code, output } = await bench('nonsense');
    expect(code).toBe(1);
    expect(output).toContain('Not understood: nonsense');
    for (const name of ['profile', 'peers', 'refresh', 'revoked', 'frozen-redis', 'enumeration', 'users', 'permission-check', 'sign-ins']) expect(output).toContain(name);
  });
});

async function bench(...args: string[]): Promise<{ code: number | null; output: string }> {
  const child = spawn(process.execPath, [BENCH, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (chunk: string) => (output += chunk));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, output };
}
