import { isUnavailable as isDatabaseUnavailable } from './infra/postgres.js';
import { FileStoreUnavailableError } from './infra/file-store.errors.js';
import { ImageQueueFullError } from './infra/images.queue.js';
import { StoreUnavailableError } from './infra/store.js';
import { PasswordQueueFullError } from './modules/passwords/passwords.js';

/** Whether a failure says that something we depend on is down or full: 503, and no bug of ours. */
export function isUnavailable(error: unknown): boolean {
  return error instanceof StoreUnavailableError || error instanceof PasswordQueueFullError || error instanceof FileStoreUnavailableError || error instanceof ImageQueueFullError || isDatabaseUnavailable(error);
}
