import type { Database, Queryable } from '../../infra/postgres.js';
import {
  addMissingCatalogue,
  addToAdmins,
  findAccount,
  hasAdmin,
  insertAdmin,
  lockSeed,
  markAsAdmin,
  placeUngroupedUsers,
  readSeedState,
} from './seed.queries.js';

/** Who becomes the first administrator. The hash is asked for only when one is made: it costs a third of a second. */
export interface AdminToSeed {
  email: string;
  hashPassword(): Promise<string>;
}

export interface SeedOptions {
  admin?: AdminToSeed | undefined;
  /**
   * Also puts back mappings that somebody has taken away from the built-in groups, and gives every active user without a group
   * the everyday one. A start never does: an administrator's decision must outlive it.
   */
  thorough?: boolean | undefined;
  onProgress?: ((sentence: string) => void) | undefined;
}

const ADMIN_NAME = 'admin';

/**
 * Puts into the database what the server takes for granted: the built-in permissions and groups, with their mappings when they
 * are new, and a first administrator when nobody is one. Adds what is missing, changes and removes nothing, and may run in
 * several processes at once. When all is there it is one question.
 * @returns whether an administrator's account was made by this call
 */
export async function seed(db: Database, { admin, thorough = false, onProgress = () => undefined }: SeedOptions = {}): Promise<{ adminCreated: boolean }> {
  const state = await readSeedState(db);
  const complete = state.known && (state.mapped || !thorough);
  let adminCreated = false;
  if (!complete || (admin && !state.has_admin)) {
    const account = admin && !state.has_admin ? { email: admin.email, passwordHash: await admin.hashPassword() } : undefined;
    const outcome = await db.transaction(async (transaction) => {
      await lockSeed(transaction);
      await addMissingCatalogue(transaction, thorough);
      return account && !(await hasAdmin(transaction)) ? makeAdmin(transaction, account) : undefined;
    });
    adminCreated = outcome === 'created';
    if (outcome) onProgress(ADMIN_SENTENCES[outcome](admin!.email));
  }
  if (thorough) await placeEveryone(db, onProgress);
  return { adminCreated };
}

type AdminOutcome = 'created' | 'promoted' | 'refused';

const ADMIN_SENTENCES: Readonly<Record<AdminOutcome, (email: string) => string>> = {
  created: (email) => `Made the first administrator, ${email}.`,
  promoted: (email) => `The account ${email} is now the first administrator; its password is the one it had.`,
  refused: (email) => `No administrator was made: ${email} belongs to an account that is not active or has not proved the address. Set ADMIN_EMAIL to another address.`,
};

async function makeAdmin(transaction: Queryable, { email, passwordHash }: { email: string; passwordHash: string }): Promise<AdminOutcome> {
  const existing = await findAccount(transaction, email);
  if (existing) {
    // Only the owner of the mailbox is meant: whoever merely typed its address into an account does not get the keys.
    if (!existing.proven) return 'refused';
    await addToAdmins(transaction, existing.user_id);
    await markAsAdmin(transaction, existing.user_id);
    return 'promoted';
  }
  let userId: string | undefined;
  for (let suffix = 1; userId === undefined; suffix += 1) {
    userId = await insertAdmin(transaction, { email, passwordHash, userName: suffix === 1 ? ADMIN_NAME : `${ADMIN_NAME}${suffix}` });
  }
  await addToAdmins(transaction, userId);
  return 'created';
}

async function placeEveryone(db: Queryable, onProgress: (sentence: string) => void): Promise<void> {
  let total = 0;
  let next: string | undefined;
  do {
    const window = await placeUngroupedUsers(db, next);
    total += window.placed;
    next = window.next;
  } while (next);
  if (total > 0) onProgress(`Put ${total} active user(s) without a group into the group "user".`);
}
