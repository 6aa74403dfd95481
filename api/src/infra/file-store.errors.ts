/** The place where files are kept cannot be used; the reason is in `cause`. */
export class FileStoreUnavailableError extends Error {
  override readonly name = 'FileStoreUnavailableError';
  constructor(what: string, cause: unknown) {
    super(what, { cause });
  }
}
