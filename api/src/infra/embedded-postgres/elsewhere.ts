import { createHash } from 'node:crypto';
import { chmod, mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { succeedsAs, type Account } from './account.js';
import { SYSTEM_FOLDER } from './binaries.js';
import { EmbeddedPostgresError } from './error.js';
import { readFacts, type Facts } from './facts.js';

const OUR_PLACE = new RegExp(`^${SYSTEM_FOLDER}/data/[0-9a-f]{16}$`);

/**
 * The folder elsewhere that the facts name; undefined when they name none.
 * Any other than ours is not believed: root must not be led to change the owner of a foreign folder.
 * @throws EmbeddedPostgresError when these facts are a copy of another data folder's, whose database they would open
 */
export async function notedPlace(dataDir: string, { folder, dataDir: before }: Facts): Promise<string | undefined> {
  if (folder === undefined || !OUR_PLACE.test(folder)) return undefined;
  if (before !== undefined && before !== dataDir && (await readFacts(join(before, 'postgres.json')))?.folder === folder) {
    throw new EmbeddedPostgresError(`${dataDir} is a copy of ${before} and names the same database (${folder}); remove postgres.json from the copy to begin with an empty one.`);
  }
  return folder;
}

/** True when the account can enter the folder: tried out, since permissions, lists and mounts together decide that. */
export async function canEnter(account: Account, folder: string): Promise<boolean> {
  return succeedsAs(account, 'test', ['-x', folder]);
}

/** The one place elsewhere for this data folder, different again once its facts have been removed to begin anew. */
export async function placeElsewhere(dataDir: string, { password }: Facts): Promise<string> {
  const place = join(SYSTEM_FOLDER, 'data', createHash('sha256').update(`${dataDir}\n${password}`).digest('hex').slice(0, 16));
  await mkdir(dirname(place), { recursive: true });
  for (const above of [SYSTEM_FOLDER, dirname(place)]) await chmod(above, 0o755);
  return place;
}
