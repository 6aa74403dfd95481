import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { createDatabase } from '../../test/harness.js';
import { createRecordingLogger } from '../../test/recording-logger.js';
import { until } from '../../test/until.js';
import { createChanges } from './changes.js';
import { createPostgres, type Database } from './postgres.js';

jest.setTimeout(120_000);

let database: Awaited<ReturnType<typeof createDatabase>>;
let db: Database;
const servers: Server[] = [];
beforeAll(async () => {
  database = await createDatabase();
  db = createPostgres({ url: database.url, poolMax: 5, poolMin: 0, idleTimeoutMs: 10_000, connectionTimeoutMs: 60_000, statementTimeoutMs: 60_000 }, createRecordingLogger());
});
afterAll(async () => {
  for (const server of servers) server.close();
  await db.close();
  await database.drop();
});

type Line = { url: string; swallow(): void; /** Holds what is asked back from the next question for that statement on. */ holdFrom(statement: string): Promise<void>; release(): void };

/** A worker's line to Postgres whose questions can be kept on their way. */
async function createLine(): Promise<Line> {
  const { port } = new URL(database.url);
  let isSwallowing = false;
  let held: (() => void)[] | undefined;
  let awaited: { statement: string; found: () => void } | undefined;
  const server = createServer((client) => {
    const target = connect(Number(port), '127.0.0.1');
    client.on('data', (bytes) => {
      if (awaited && bytes.includes(awaited.statement)) {
        held = [];
        awaited.found();
        awaited = undefined;
      }
      const pass = () => void target.write(bytes);
      if (isSwallowing) return;
      if (held) held.push(pass);
      else pass();
    });
    target.on('data', (bytes) => void (isSwallowing || client.write(bytes)));
    for (const [one, other] of [[client, target], [target, client]] as const) one.on('error', () => undefined).on('close', () => other.destroy());
  }).listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  const url = new URL(database.url);
  url.port = String((server.address() as AddressInfo).port);
  return {
    url: url.href,
    swallow: () => void (isSwallowing = true),
    holdFrom: (statement) => new Promise((found) => (awaited = { statement, found })),
    release() {
      const passing = held ?? [];
      held = undefined;
      for (const pass of passing) pass();
    },
  };
}

it('B-01, F9, F19: a worker that renewed while it was being counted is not taken for dead before its lease is over', async () => {
  const [nearLine, farLine] = [await createLine(), await createLine()];
  const follow = (line: Line) => createChanges({ address: { url: line.url }, db, logger: createRecordingLogger() });
  const near = await follow(nearLine);
  await until(() => near.current());
  const listed = async () => (await db.query<{ worker_id: string }>({ text: 'SELECT worker_id FROM worker_lease' })).rows.map(({ worker_id: id }) => id);
  const before = await listed();
  const far = await follow(farLine);
  await until(() => far.current());
  let farId: string | undefined;
  await until(async () => (farId = (await listed()).find((id) => !before.includes(id))) !== undefined);
  // The other worker has been seen to stand still for a moment, so that only the next count decides.
  await delay(2_500);
  await nearLine.holdFrom('lease_others');
  await delay(1_850);
  nearLine.release();
  await delay(15);
  farLine.swallow();
  // The near one may be off the list for a while, where it was held for longer than was meant.
  await until(async () => !(await listed()).includes(farId!));
  expect(far.current()).toBe(false);
  await Promise.all([near.close(), far.close()]);
});
