import type { Readable } from 'node:stream';
import { createDiskStore } from './file-store.disk.js';
import type { Logger } from './logger.js';

/**
 * Where uploaded files are kept: private ones, which leave through us alone. A key is `<kind>/<uuid>`, made by us: nothing a
 * client says is part of it (F-10), and any other key is refused with a RangeError. Each operation ends within ten seconds.
 */
export interface FileStore {
  readonly kind: 'disk' | 'gcs';
  /**
   * Keeps a new file. It is there whole or not at all, and stays when the machine stops.
   * @throws FileStoreUnavailableError when it cannot be kept; a part of it may then be left until `delete`
   */
  put(key: string, content: Buffer, contentType: string): Promise<void>;
  /**
   * @returns the file, `size` in bytes, to be read or destroyed by the caller; undefined when there is none
   * @throws FileStoreUnavailableError
   */
  open(key: string): Promise<{ stream: Readable; size: number } | undefined>;
  /** Also what a failed `put` has left; a file that is not there is fine. @throws FileStoreUnavailableError */
  delete(key: string): Promise<void>;
  /**
   * Proves that files can be stored just now.
   * @returns how long the proof took, in milliseconds
   * @throws FileStoreUnavailableError when they cannot, after 2 s at the latest
   */
  check(): Promise<{ latency_ms: number }>;
  close(): Promise<void>;
}

export interface FileStoreOptions {
  /** Name of a Google Cloud Storage bucket; without it files go to the disk. */
  bucket?: string | undefined;
  /** Key file of a service account; without it the machine's own identity is used. */
  credentialsFile?: string | undefined;
  /** The folder in which the folder `uploads` is made. */
  dataDir: string;
  /** Address of another server that speaks the bucket's protocol. */
  apiEndpoint?: string | undefined;
}

/**
 * Chooses the bucket when one is configured, the disk otherwise. The bucket's library is loaded only when it is needed.
 * @throws FileStoreUnavailableError when the folder on disk cannot be made
 */
export async function createFileStore(options: FileStoreOptions, logger: Pick<Logger, 'info'>): Promise<FileStore> {
  const { bucket } = options;
  if (bucket === undefined) {
    logger.info('Uploads are kept on disk');
    return createDiskStore(options.dataDir);
  }
  const { createBucketStore } = await import('./file-store.gcs.js');
  logger.info('Uploads are kept in a bucket', { bucket });
  return createBucketStore({ ...options, bucket });
}
