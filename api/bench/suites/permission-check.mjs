import { load } from '../lib/load.mjs';
import { addPeople, signIn } from '../lib/people.mjs';
import { query, startPostgres } from '../lib/postgres.mjs';
import { claim, printTable } from '../lib/report.mjs';
import { startTarget } from '../lib/target.mjs';

const PERMISSIONS = 1_000;
const MOST_P99_MICROS = 20;

/** What it costs to know that a user with a thousand permissions has one of them: the check alone, and the whole request around it beside that of a user with three. */
export async function run(scope, { seconds, connections = 16 }) {
  const postgres = await scope.keep(startPostgres());
  const url = await postgres.createDatabase('permissions');
  const first = await scope.keep(startTarget('servers/tessera.mjs', { settings: { DATABASE_URL: url } }));
  const [few, many] = await addPeople(url, 'person', 2);
  await givePermissions(url, many);
  const tokens = { few: (await signIn(first.base, few)).session_token, many: (await signIn(first.base, many)).session_token };
  await first.stop();

  const target = await scope.keep(startTarget('servers/tessera-permission-check.mjs', { settings: { DATABASE_URL: url, BENCH_TOKEN: tokens.many } }));
  const { permissions, commands, calls, times } = await target.ask('permissionChecks');
  printTable(
    [`${permissions} permissions`, 'p50 µs', 'p99 µs', 'p99.9 µs'],
    Object.entries(times).map(([name, { p50, p99, p999 }]) => [name, p50.toFixed(2), p99.toFixed(2), p999.toFixed(2)]),
  );
  console.log('Single calls in the process, each with two looks at the clock, which are in it.\n');

  const rows = [];
  for (const [name, token] of [['three', tokens.few], ['a thousand', tokens.many]]) {
    const asking = { ...target, headers: { 'X-Session-Token': token } };
    await load(asking, { connections, seconds: 1 });
    rows.push({ name, ...(await load(asking, { connections, seconds })) });
  }
  printTable(
    ['GET /settings/profile, permissions', 'requests/s', 'CPU µs/request', 'p50 ms', 'p99 ms', 'not 200'],
    rows.map((row) => [row.name, row.requestsPerSecond.toFixed(0), row.cpuMicrosPerRequest.toFixed(1), row.p50Ms.toFixed(1), row.p99Ms.toFixed(1), String(row.failed)]),
  );

  const { p99 } = times['token, session and permission'];
  return [
    claim(`who is asking and what he may is known within ${MOST_P99_MICROS} µs (p99), with ${PERMISSIONS} permissions`, `${p99.toFixed(2)} µs, the permission alone ${times['the permission alone'].p99.toFixed(2)} µs`, p99 <= MOST_P99_MICROS && permissions >= PERMISSIONS),
    claim('no command to PostgreSQL or Redis for it', `${commands} for ${calls} checks`, commands === 0, { exact: true }),
    claim('every request is answered with 200', `${rows.reduce((sum, { failed }) => sum + failed, 0)} were not`, rows.every(({ failed }) => failed === 0), { exact: true }),
  ];
}

/** As an administrator would make them: a hundred groups of ten each. */
async function givePermissions(url, userName) {
  await query(url, `INSERT INTO permission (name, codename, category) SELECT 'Custom ' || n, 'custom_' || n, 'custom' FROM generate_series(1, $1::int) n`, [PERMISSIONS]);
  await query(url, `INSERT INTO "group" (name, codename) SELECT 'Team ' || n, 'team_' || n FROM generate_series(0, 99) n`);
  await query(url, `INSERT INTO group_permission (group_id, permission_id) SELECT g.group_id, p.permission_id FROM generate_series(1, $1::int) n JOIN permission p ON p.codename = 'custom_' || n JOIN "group" g ON g.codename = 'team_' || n % 100`, [PERMISSIONS]);
  await query(url, `INSERT INTO user_group (user_id, group_id) SELECT u.user_id, g.group_id FROM "user" u, "group" g WHERE u.user_name = $1 AND g.codename LIKE 'team\\_%'`, [userName]);
}
