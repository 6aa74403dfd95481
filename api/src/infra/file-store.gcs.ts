import { Storage } from '@google-cloud/storage';
import { withDeadline } from './deadline.js';
import { FileStoreUnavailableError } from './file-store.errors.js';
import type { FileStore, FileStoreOptions } from './file-store.js';

const CHECK_MS = 2_000;

/** Files in a Google Cloud Storage bucket. The account needs `storage.buckets.get` for `check`, besides its rights on objects. */
export function createBucketStore(options: FileStoreOptions & { bucket: string }): FileStore {
  // A client of its own: the library's time limit and retries belong to a client, and a health check wants one quick answer.
  const storage = new Storage({
    ...(options.credentialsFile === undefined ? {} : { keyFilename: options.credentialsFile }),
    ...(options.apiEndpoint === undefined ? {} : { apiEndpoint: options.apiEndpoint }),
    timeout: CHECK_MS,
    retryOptions: { autoRetry: false, maxRetries: 0 },
  });
  const bucket = storage.bucket(options.bucket);

  return {
    kind: 'gcs',
    async check() {
      const startedAt = performance.now();
      try {
        // Asking for metadata also asks for an access token first, which the library does not limit in time.
        const [exists] = await withDeadline(bucket.exists(), CHECK_MS);
        if (!exists) throw new Error('There is no such bucket');
      } catch (error) {
        throw new FileStoreUnavailableError('The bucket for uploads cannot be used', error);
      }
      return { latency_ms: Math.round((performance.now() - startedAt) * 100) / 100 };
    },
    close: async () => undefined,
  };
}
