import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { spawn } from 'node:child_process';
import { readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from 'pg';
import {
  alive,
  ask,
  clusterOf,
  draftsIn,
  familyOf,
  giveTo,
  isThere,
  kept,
  openLab,
  openWorkshop,
  postmasterOf,
  processesOn,
  until,
  type Lab,
  type Starter,
  type Workshop,
} from '../../test/embedded-postgres.lab.js';
import { EmbeddedPostgresError } from './embedded-postgres.js';

jest.setTimeout(240_000);

/** The others end by themselves when the first of them does. */
function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

const anotherIsRunning = (dataDir: string) => `Another Tessera is already running on ${dataDir}; stop it, or give this one a DATA_DIR of its own.`;

let workshop: Workshop;
let lab: Lab;

beforeAll(async () => {
  workshop = await openWorkshop();
});
afterAll(() => workshop.cleanUp());

beforeEach(async () => {
  lab = await openLab();
});
afterEach(async () => {
  await lab.cleanUp();
  expect(await processesOn(lab.root)).toEqual([]);
});

describe('a start', () => {
  it('prepares a UTF-8 database in UTC on 127.0.0.1 alone, behind a random password, and says what it does', async () => {
    const dataDir = join(lab.root, 'new', 'data');
    const said: string[] = [];
    const database = await lab.start(dataDir, { onProgress: (sentence) => said.push(sentence) });

    expect(said).toEqual(['Preparing a new PostgreSQL 18 database…', 'Starting PostgreSQL…']);
    expect(database.url).toMatch(/^postgresql:\/\/tessera:[0-9a-f]{48}@127\.0\.0\.1:\d+\/tessera$/);
    expect(database.dataDir).toBe(dataDir);
    const settings = ['server_encoding', 'TimeZone', 'listen_addresses', 'unix_socket_directories', 'fsync', 'synchronous_commit', 'max_connections'];
    const rows = await ask<{ name: string; setting: string }>(database.url, 'SELECT name, setting FROM pg_settings WHERE name = ANY($1)', [settings]);
    expect(Object.fromEntries(rows.map(({ name, setting }) => [name, setting]))).toEqual({
      server_encoding: 'UTF8',
      TimeZone: 'UTC',
      listen_addresses: '127.0.0.1',
      unix_socket_directories: '',
      fsync: 'on',
      synchronous_commit: 'on',
      max_connections: '100',
    });
    expect(await ask(database.url, "SELECT lower('ÄÉ') AS small")).toEqual([{ small: 'äé' }]);
    await expect(ask(database.url.replace(/:[0-9a-f]{48}@/, ':guess@'), 'SELECT 1')).rejects.toThrow('password authentication failed');
    expect((await stat(clusterOf(dataDir))).mode & 0o777).toBe(0o700);
    expect((await stat(join(dataDir, 'postgres.json'))).mode & 0o777).toBe(0o600);
    expect(await draftsIn(dataDir)).toEqual([]);
  });

  it('of a database prepared before keeps its data and its address', async () => {
    const dataDir = await workshop.prepared(lab);
    const said: string[] = [];
    const first = await lab.start(dataDir);
    await ask(first.url, "INSERT INTO kept VALUES ('second')");
    await first.close();
    const second = await lab.start(dataDir, { onProgress: (sentence) => said.push(sentence) });
    expect(said).toEqual(['Starting PostgreSQL…']);
    expect(second.url).toBe(first.url);
    expect(await kept(second.url)).toEqual(['first', 'second']);
  });

  it('cuts a log that has grown back to its end', async () => {
    const dataDir = await workshop.prepared(lab);
    await writeFile(join(dataDir, 'postgres.log'), `${'an old line\n'.repeat(200_000)}the last line\n`);
    await lab.start(dataDir);
    const log = await readFile(join(dataDir, 'postgres.log'), 'utf8');
    expect(log.length).toBeLessThan(200_000);
    expect(log).toMatch(/^an old line\n[^]*\nthe last line\n[^]*ready to accept connections\n$/);
  });

  it('takes another port when its last one is taken', async () => {
    const [one, two] = [await workshop.prepared(lab, 'one'), await workshop.prepared(lab, 'two')];
    const [first, second] = [await lab.start(one), await lab.start(two)];
    expect(second.url).not.toBe(first.url);
    expect([await kept(first.url), await kept(second.url)]).toEqual([['first'], ['first']]);
  });

  it('works below a path that is long and has spaces, quotes and letters beyond ASCII', async () => {
    const dataDir = join(lab.root, "a folder with späces, 'quotes\" and $HOME", 'データ', ...Array.from({ length: 8 }, () => 'deep'.repeat(15)));
    const database = await lab.start(dataDir);
    expect(await ask(database.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('during the close of the one before waits for it, also when it has waited for the lock until then', async () => {
    const dataDir = await workshop.prepared(lab);
    const first = await lab.start(dataDir);
    const [second] = await Promise.all([lab.start(dataDir), first.close()]);
    const third = lab.start(dataDir);
    await until(async () => (await ask(second.url, "SELECT FROM pg_stat_activity WHERE application_name = 'tessera supervisor'")).length === 2);
    await second.close();
    expect(await kept((await third).url)).toEqual(['first']);
  });
});

describe('a close', () => {
  it('leaves no process behind, may be called twice, and resolves as well when PostgreSQL has died before', async () => {
    const dataDir = await workshop.prepared(lab);
    const database = await lab.start(dataDir);
    const family = await familyOf(await postmasterOf(clusterOf(dataDir)));
    expect(family.length).toBeGreaterThan(3);
    await Promise.all([database.close(), database.close()]);
    expect(await alive(family)).toEqual([]);

    const next = await lab.start(dataDir);
    process.kill(await postmasterOf(clusterOf(dataDir)), 'SIGKILL');
    await next.close();
  });

  it('does not wait for clients that stay connected', async () => {
    const database = await lab.start(await workshop.prepared(lab));
    const client = new Client(database.url);
    const ended = new Promise((resolve) => client.once('end', resolve));
    client.on('error', () => undefined);
    await client.connect();
    await database.close();
    await ended;
    const log = await readFile(join(database.dataDir, 'postgres.log'), 'utf8');
    expect(log.match(/received (\w+) shutdown request/g)?.at(-1)).toBe('received fast shutdown request');
    expect(log).toMatch(/database system is shut down\n$/);
  });
});

describe('after a kill -9', () => {
  it('of the process that started it, PostgreSQL lives on, is taken over, and stops with its new owner', async () => {
    const dataDir = await workshop.prepared(lab);
    const starter = lab.spawnStarter(dataDir, { install: workshop.installation });
    const { url } = await starter.outcome;
    const postmaster = await postmasterOf(clusterOf(dataDir));
    // The whole process group, as the terminal does on Ctrl-C: PostgreSQL is not part of it.
    process.kill(-starter.process.pid!, 'SIGKILL');
    await until(() => starter.process.signalCode === 'SIGKILL');

    const visitor = await lab.start(dataDir, { exclusive: false });
    await visitor.close();
    const database = await lab.start(dataDir);
    expect(await postmasterOf(clusterOf(dataDir))).toBe(postmaster);
    expect(database.url).toBe(url);
    expect(await kept(database.url)).toEqual(['first']);
    const family = await familyOf(postmaster);
    await database.close();
    expect(await alive(family)).toEqual([]);
  });

  it('of PostgreSQL no acknowledged row is lost', async () => {
    const dataDir = await workshop.prepared(lab);
    const database = await lab.start(dataDir);
    await ask(database.url, 'CREATE TABLE counted (number int)');
    const client = new Client(database.url);
    client.on('error', () => undefined);
    await client.connect();
    let acknowledged = 0;
    const writing = (async () => {
      for (;;) {
        await client.query('INSERT INTO counted VALUES ($1)', [acknowledged + 1]);
        acknowledged += 1;
      }
    })().catch(() => undefined);
    await until(() => acknowledged >= 200);
    for (const pid of await familyOf(await postmasterOf(clusterOf(dataDir)))) killIfThere(pid);
    await writing;
    await database.close();

    const again = await lab.start(dataDir);
    const [row] = await ask<{ highest: number; rows: number }>(again.url, 'SELECT max(number) AS highest, count(*)::int AS rows FROM counted');
    expect(row!.rows).toBe(row!.highest);
    expect(row!.rows).toBeGreaterThanOrEqual(acknowledged);
  });

  it('at any moment of the first start the next one works and removes what was half made', async () => {
    const dataDir = join(lab.root, 'data');
    const half = async (...path: string[]) => {
      const [draft] = (await isThere(dataDir)) ? (await draftsIn(dataDir)).filter((name) => name.startsWith('postgres.new-')) : [];
      return draft !== undefined && isThere(join(dataDir, draft, ...path));
    };
    const moments: Record<string, () => Promise<boolean>> = {
      'initdb has not begun': () => half('password'),
      'initdb makes its folders': () => half('data', 'PG_VERSION'),
      'initdb writes the catalogue': () => half('data', 'global', 'pg_control'),
      'initdb fills the databases': () => half('data', 'base', '4'),
      'the folder has its name': () => isThere(join(clusterOf(dataDir), 'PG_VERSION')),
      'PostgreSQL starts': () => isThere(join(clusterOf(dataDir), 'postmaster.pid')),
    };
    const killedAt = async (isNow: () => Promise<boolean>): Promise<Awaited<Starter['outcome']>> => {
      const starter = lab.spawnStarter(dataDir, { install: workshop.installation });
      let isOver = false;
      void starter.outcome.then(() => (isOver = true));
      await until(async () => isOver || (await isNow()));
      process.kill(-starter.process.pid!, 'SIGKILL');
      await until(() => starter.process.signalCode === 'SIGKILL');
      return starter.outcome;
    };
    for (const [moment, isNow] of Object.entries(moments)) {
      let outcome = await killedAt(isNow);
      // Where we were too slow to see the moment, there is a whole database, and it is tried again with none.
      for (let tries = 1; outcome.url !== undefined && tries < 10; tries += 1) {
        for (const pid of await familyOf(await postmasterOf(clusterOf(dataDir)))) killIfThere(pid);
        await until(async () => (await processesOn(dataDir)).length === 0);
        await rm(dataDir, { recursive: true });
        outcome = await killedAt(isNow);
      }
      expect({ moment, ...outcome }).toEqual({ moment, error: 'ended without a word' });
    }
    const database = await lab.start(dataDir);
    expect(await ask(database.url, 'SELECT current_database() AS name')).toEqual([{ name: 'tessera' }]);
    expect(await draftsIn(dataDir)).toEqual([]);
  });

  it('and a restart of the machine, another process may have the number in postmaster.pid', async () => {
    const dataDir = await workshop.prepared(lab);
    const { uid, gid } = await stat(clusterOf(workshop.template));
    const stranger = spawn('sleep', ['60'], { uid, gid });
    const pidFile = join(clusterOf(dataDir), 'postmaster.pid');
    await writeFile(pidFile, `${stranger.pid}\n${clusterOf(dataDir)}\n1\n54321\n\n127.0.0.1\n  1  1\nready   \n`);
    await giveTo(clusterOf(dataDir), uid, gid);
    try {
      const database = await lab.start(dataDir);
      expect(await kept(database.url)).toEqual(['first']);
      expect(stranger.exitCode).toBeNull();
    } finally {
      stranger.kill('SIGKILL');
    }
  });
});

describe('one Tessera per data folder', () => {
  it('refuses a second one with a sentence, also after a crash of one of PostgreSQL\'s processes', async () => {
    const dataDir = await workshop.prepared(lab);
    const database = await lab.start(dataDir);
    await expect(lab.start(dataDir)).rejects.toThrow(new EmbeddedPostgresError(anotherIsRunning(dataDir)));

    const [victim] = await ask<{ pid: number }>(database.url, "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted");
    process.kill(victim!.pid, 'SIGKILL');
    // Until the server has seen it, the lock is still the victim's.
    const isLocked = () => ask(database.url, "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND granted AND pid <> $1", [victim!.pid]).catch(() => []);
    await until(async () => (await alive([victim!.pid])).length === 0);
    await until(async () => (await isLocked()).length > 0);
    await expect(lab.start(dataDir)).rejects.toThrow(anotherIsRunning(dataDir));
    expect(await kept(database.url)).toEqual(['first']);
  });

  it('lets one of two first starts at the same moment win, and damages nothing', async () => {
    const dataDir = join(lab.root, 'data');
    const starters = [0, 1].map(() => lab.spawnStarter(dataDir, { install: workshop.installation }));
    const outcomes = await Promise.all(starters.map(({ outcome }) => outcome));
    const [winner] = outcomes.filter(({ url }) => url !== undefined);
    const losers = outcomes.filter(({ url }) => url === undefined);
    expect(losers).toEqual([{ error: anotherIsRunning(dataDir), name: 'EmbeddedPostgresError' }]);
    expect(await ask(winner!.url!, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    const postmaster = await postmasterOf(clusterOf(dataDir));
    await Promise.all(starters.map((starter) => starter.close()));
    expect(await alive([postmaster])).toEqual([]);
    expect(await draftsIn(dataDir)).toEqual([]);
  });

  it('lets tools visit: they stop only what they have started, and not under a server that has moved in or come back', async () => {
    const dataDir = await workshop.prepared(lab);
    const alone = await lab.start(dataDir, { exclusive: false });
    const first = await postmasterOf(clusterOf(dataDir));
    await alone.close();
    expect(await alive([first])).toEqual([]);

    const starter = await lab.start(dataDir, { exclusive: false });
    const server = await lab.start(dataDir);
    const guest = await lab.start(dataDir, { exclusive: false });
    const second = await postmasterOf(clusterOf(dataDir));
    await guest.close();
    await starter.close();
    expect(await alive([second])).toEqual([second]);
    expect(await kept(server.url)).toEqual(['first']);

    process.kill(second, 'SIGKILL');
    await until(async () => (await alive([second])).length === 0);
    const helper = await lab.start(dataDir, { exclusive: false });
    const third = await postmasterOf(clusterOf(dataDir));
    await until(async () => (await ask(helper.url, "SELECT 1 FROM pg_locks WHERE locktype = 'advisory'")).length > 0);
    await helper.close();
    expect(await kept(server.url)).toEqual(['first']);
    await server.close();
    expect(await alive([third])).toEqual([]);
  });
});
