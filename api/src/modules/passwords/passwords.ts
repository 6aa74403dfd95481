import { createHash, randomBytes } from 'node:crypto';
import type { WorkerPool } from '../../infra/worker-pool.js';
import { isTooLongPassword, MAX_PASSWORD_CHARACTERS } from '../../shared/password-body.js';

/** Hashing and checking of passwords, always in a worker thread (C-19). */
export interface Passwords {
  /**
   * @param password up to 1,024 characters, taken exactly as they are: never trimmed, cut or normalised (ASVS 6.2.8)
   * @returns what to store
   * @throws RangeError when it is longer, or holds half of a surrogate pair, which has no bytes of its own
   * @throws PasswordQueueFullError when too many passwords are being hashed already
   */
  hash(password: string): Promise<string>;
  /**
   * @param stored what `hash` returned, an imported bcrypt hash (`$2a$`, `$2b$`, `$2y$`), or anything else, which matches nothing
   * @returns `ok`: it is the password; `outdated`: it is, and should be hashed anew, since the stored form is weaker than today's
   * @throws RangeError when it is longer than 1,024 characters
   * @throws PasswordQueueFullError when too many passwords are being hashed already
   */
  verify(password: string, stored: string): Promise<{ ok: boolean; outdated: boolean }>;
  /** Spends the time of a refused `verify`, so that an unknown account cannot be told from a wrong password (C-10). Throws as `verify` does. */
  verifyNothing(password: string): Promise<void>;
  /** @throws PasswordQueueFullError when a password would not be taken now: to be asked before any other work is done for it */
  assertRoom(): void;
  /** @returns a value to store for an account without a password: it matches none, and no two are alike */
  unusable(): string;
  isUnusable(stored: string): boolean;
}

/** Too many passwords are being hashed; answered as 503 with Retry-After. */
export class PasswordQueueFullError extends Error {
  override readonly name = 'PasswordQueueFullError';
  readonly retryAfterSeconds = 2;
  constructor(cause?: unknown) {
    super('Too many passwords are being hashed', { cause });
  }
}

/** What stands before a bcrypt hash that was made over a digest instead of the password itself. */
const DIGEST_PREFIX = '$bcrypt-sha384$';
const STORED = /^(\$bcrypt-sha384\$)?(\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53})$/;
const UNUSABLE_PREFIX = '!';
const LEAST_COST = 4;
/** A row that claims more would keep a thread busy for minutes; it is read as no password at all. */
const MOST_COST = 16;
/** Salt and digest of no password that anybody knows. */
const NOBODY = 'tessera.nobody.knows.itMxV5hT8cQw2LrZ0yEaUeB1sKdGfJ3o';

/** @param rounds cost of new hashes as a power of two: 12 takes 0.3 s of one core */
export function createPasswords({ pool, rounds }: { pool: WorkerPool; rounds: number }): Passwords {
  const nobody = `$2b$${String(rounds).padStart(2, '0')}$${NOBODY}`;

  async function hash(password: string): Promise<string> {
    assertLength(password);
    if (!password.isWellFormed()) throw new RangeError('The password holds half of a surrogate pair');
    return DIGEST_PREFIX + (await run<string>({ kind: 'hash', text: digest(password), rounds }));
  }

  async function verify(password: string, stored: string): Promise<{ ok: boolean; outdated: boolean }> {
    assertLength(password);
    const known = parse(stored);
    // Ill-formed text would be digested as if it held U+FFFD, and so could match another password.
    if (!known || (known.digested && !password.isWellFormed())) {
      await verifyNothing(password);
      return { ok: false, outdated: false };
    }
    const ok = await compare(known.digested ? digest(password) : password, known.bcrypt);
    return { ok, outdated: ok && (!known.digested || known.cost < rounds) };
  }

  async function verifyNothing(password: string): Promise<void> {
    assertLength(password);
    await compare(digest(password), nobody);
  }

  function compare(text: string, stored: string): Promise<boolean> {
    return run<boolean>({ kind: 'compare', text, stored, rounds });
  }

  async function run<T>(task: object): Promise<T> {
    try {
      return await pool.run<T>(task);
    } catch (error) {
      throw error instanceof Error && error.name === 'WorkerQueueFullError' ? new PasswordQueueFullError(error) : error;
    }
  }

  return {
    hash,
    verify,
    verifyNothing,
    assertRoom() {
      if (pool.isFull()) throw new PasswordQueueFullError();
    },
    unusable: () => UNUSABLE_PREFIX + randomBytes(24).toString('base64url'),
    isUnusable: (stored) => stored.startsWith(UNUSABLE_PREFIX),
  };
}

/** bcrypt reads 72 bytes and stops at a NUL: it is given 64 characters that depend on every byte of the password. */
function digest(password: string): string {
  return createHash('sha384').update(password, 'utf8').digest('base64');
}

function parse(stored: string): { bcrypt: string; cost: number; digested: boolean } | undefined {
  const [, prefix, bcrypt, digits] = STORED.exec(stored) ?? [];
  const cost = Number(digits);
  return bcrypt !== undefined && cost >= LEAST_COST && cost <= MOST_COST ? { bcrypt, cost, digested: prefix !== undefined } : undefined;
}

function assertLength(password: string): void {
  if (isTooLongPassword(password)) throw new RangeError(`The password is longer than ${MAX_PASSWORD_CHARACTERS} characters`);
}
