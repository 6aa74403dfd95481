import { chmod, lchown, mkdir, readdir, realpath, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isRoot, serviceAccount, type Account } from './account.js';
import { binariesFor, findBinaries, type Binaries } from './binaries.js';
import { removeAbandonedDrafts } from './drafts.js';
import { canEnter, notedPlace, placeElsewhere } from './elsewhere.js';
import { EmbeddedPostgresError, codeOf } from './error.js';
import { claimFacts, writeFacts, type Facts } from './facts.js';

/** All that belongs to one data folder: where its database lies, who runs it, and with which programs. */
export type Home = {
  dataDir: string;
  cluster: string;
  log: string;
  factsFile: string;
  facts: Facts;
  account: Account | undefined;
  binaries: Binaries;
};

/** PostgreSQL cuts longer paths off (MAXPGPATH is 1,024) and would then look in the wrong place. */
const LONGEST_PATH_BYTES = 900;

/**
 * Makes the data folder ready for use and decides where the database lies.
 * @throws EmbeddedPostgresError when the folder, the programs or a user to run them cannot be had
 */
export async function openHome(dataDir: string, say: (sentence: string) => void): Promise<Home> {
  // As root the folder stays enterable, since PostgreSQL runs as somebody else; what is secret in it is closed file by file.
  await mkdir(dataDir, { recursive: true, mode: isRoot() ? 0o711 : 0o700 });
  const folder = await realpath(dataDir);
  const factsFile = join(folder, 'postgres.json');
  const usual = join(folder, 'postgres');
  const claimed = await claimFacts(factsFile);
  const noted = await notedPlace(folder, claimed);

  const account = await accountFor(noted ?? usual);
  const installed = await findBinaries();
  const [binaries, cluster] = account
    ? await Promise.all([binariesFor(account, installed, say), noted ?? withinReach(account, usual, claimed)])
    : [installed, noted ?? usual];
  if (Buffer.byteLength(cluster) > LONGEST_PATH_BYTES) {
    throw new EmbeddedPostgresError(`The path ${cluster} is too long for PostgreSQL; set DATA_DIR to a shorter one.`);
  }
  let facts = claimed;
  if (cluster !== usual) {
    say(`The database of ${folder} lies in ${cluster}, where the user that PostgreSQL runs as can reach it.`);
    facts = { ...claimed, folder: cluster, dataDir: folder };
    if (claimed.folder !== cluster || claimed.dataDir !== folder) await writeFacts(factsFile, facts);
  }

  for (const place of new Set([folder, dirname(cluster)])) await removeAbandonedDrafts(place);
  if (await exists(join(cluster, 'PG_VERSION'))) await closeToOthers(cluster, account);
  return { dataDir, cluster, log: join(folder, 'postgres.log'), factsFile, facts, account, binaries };
}

/** Who runs PostgreSQL on this folder: its owner, so that a start by root never takes a database away from the user who made it. */
async function accountFor(cluster: string): Promise<Account | undefined> {
  const owner = await ownerOf(cluster);
  if (isRoot()) return owner && owner.uid !== 0 ? owner : serviceAccount();
  if (owner && process.getuid && owner.uid !== process.getuid()) {
    throw new EmbeddedPostgresError(
      `The database in ${cluster} belongs to another user (number ${owner.uid}); start Tessera as that user or as root, or give this one a DATA_DIR of its own.`,
    );
  }
  return undefined;
}

async function ownerOf(path: string): Promise<Account | undefined> {
  if (!(await exists(path))) return undefined;
  const { uid, gid } = await stat(path);
  return { name: `number ${uid}`, uid, gid };
}

/** The usual folder when the account can get there, else one below /var/lib/tessera. */
async function withinReach(account: Account, usual: string, facts: Facts): Promise<string> {
  if (await canEnter(account, dirname(usual))) return usual;
  if (!(await exists(join(usual, 'PG_VERSION')))) return placeElsewhere(dirname(usual), facts);
  throw new EmbeddedPostgresError(
    `The user ${account.name}, as whom PostgreSQL runs, cannot reach the database in ${usual}; let it enter the folders above (chmod o+x), or start Tessera as an ordinary user.`,
  );
}

/** PostgreSQL refuses a folder that others may enter or that is not its own, which is what copying a backup back as root makes. */
async function closeToOthers(cluster: string, account: Account | undefined): Promise<void> {
  if (account && (await stat(cluster)).uid === 0) {
    for (const entry of await readdir(cluster, { recursive: true })) await lchown(join(cluster, entry), account.uid, account.gid);
    await lchown(cluster, account.uid, account.gid);
  }
  await chmod(cluster, 0o700);
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    (error) => {
      if (codeOf(error) === 'ENOENT') return false;
      throw error;
    },
  );
}
