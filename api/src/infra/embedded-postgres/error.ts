/** What keeps the embedded PostgreSQL from running; the message is one sentence that the person who runs Tessera can act on. */
export class EmbeddedPostgresError extends Error {
  override name = 'EmbeddedPostgresError';
}

/** The code of a system error (`ENOENT`) or of a PostgreSQL error (`3D000`); undefined when there is none. */
export function codeOf(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null | undefined)?.code;
  return typeof code === 'string' ? code : undefined;
}

/** Turns a refusal of the file system into a sentence; any other error comes back as it is. */
export function explainRefusal(error: unknown, dataDir: string): unknown {
  const path = (error as NodeJS.ErrnoException | undefined)?.path ?? dataDir;
  switch (codeOf(error)) {
    case 'EACCES':
    case 'EPERM':
      return new EmbeddedPostgresError(
        `Tessera may not read or write ${path}; start it as the user who owns ${dataDir}, or set DATA_DIR to a folder of its own.`,
        { cause: error },
      );
    case 'EROFS':
      return new EmbeddedPostgresError(`${path} cannot be written to; set DATA_DIR to a folder that can, or set DATABASE_URL.`, { cause: error });
    case 'ENOSPC':
      return new EmbeddedPostgresError(`No space is left for the database in ${dataDir}; free some and start again.`, { cause: error });
    case 'ENOTDIR':
    case 'EEXIST':
      return new EmbeddedPostgresError(`${path} is in the way: DATA_DIR (${dataDir}) has to be a folder.`, { cause: error });
    default:
      return error;
  }
}
