import { createDiskStore } from './file-store.disk.js';
import type { Logger } from './logger.js';

/** Where uploaded files are kept. */
export interface FileStore {
  readonly kind: 'disk' | 'gcs';
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
