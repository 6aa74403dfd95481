import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { Storage } from '@google-cloud/storage';
import { withDeadline } from './deadline.js';
import { FileStoreUnavailableError } from './file-store.errors.js';
import { checkFileKey } from './file-store.keys.js';
import type { FileStore, FileStoreOptions } from './file-store.js';

const CHECK_MS = 2_000;
const OBJECT_MS = 10_000;
const OK = 200;
const PRECONDITION_FAILED = 412;
const NOT_FOUND = 404;

/** Files in a Google Cloud Storage bucket. The account needs `storage.buckets.get` for `check`, besides its rights on objects. */
export function createBucketStore(options: FileStoreOptions & { bucket: string }): FileStore {
  // A client each: the library's time limit and retries belong to a client, and a health check wants one quick answer.
  const checked = createClient(options, { timeout: CHECK_MS, retryOptions: { autoRetry: false, maxRetries: 0 } }).bucket(options.bucket);
  const bucket = createClient(options, { timeout: OBJECT_MS, retryOptions: { autoRetry: true, maxRetries: 2, totalTimeout: OBJECT_MS / 1_000 } }).bucket(options.bucket);
  const objectOf = (key: string) => {
    checkFileKey(key);
    return bucket.file(key);
  };

  return {
    kind: 'gcs',
    async check() {
      const startedAt = performance.now();
      try {
        // Asking for metadata also asks for an access token first, which the library does not limit in time.
        const [exists] = await withDeadline(checked.exists(), CHECK_MS);
        if (!exists) throw new Error('There is no such bucket');
      } catch (error) {
        throw new FileStoreUnavailableError('The bucket for uploads cannot be used', error);
      }
      return { latency_ms: Math.round((performance.now() - startedAt) * 100) / 100 };
    },

    async put(key, content, contentType) {
      const object = objectOf(key);
      // Only as a new object: so a repeated request is known to be one, and the library repeats what was cut off. No rights are
      // given with it: who may read is the bucket's affair, and nobody but us need be.
      const saving = object.save(content, { resumable: false, contentType, metadata: { cacheControl: 'private, no-store' }, preconditionOpts: { ifGenerationMatch: 0 } });
      try {
        await withDeadline(saving, OBJECT_MS);
      } catch (error) {
        // Keys are used once: what is there is what we sent, and its answer was lost.
        if (codeOf(error) !== PRECONDITION_FAILED) throw new FileStoreUnavailableError('A file cannot be kept in the bucket', error);
      }
    },

    async open(key) {
      // As it was stored: our files are not compressed, and the bytes go on as they are.
      const stream = objectOf(key).createReadStream({ validation: false, decompress: false });
      // Whoever reads it hears of a failure all the same; when nobody does, it must not end the process (F18).
      stream.on('error', () => undefined);
      try {
        const answered = once(stream, 'response') as Promise<[IncomingMessage]>;
        // It asks when it is first read from.
        stream.read(0);
        const [{ statusCode, headers }] = await withDeadline(answered, OBJECT_MS);
        // A refusal, too, begins with an answer.
        if (statusCode !== OK) throw Object.assign(new Error('The bucket refused'), { code: statusCode });
        // What begins must also end: that a bucket breaks off or falls silent the library does not tell, and the client would wait with it.
        const tooSlow = setTimeout(() => stream.destroy(new FileStoreUnavailableError('The bucket has stopped sending', undefined)), OBJECT_MS);
        stream.once('close', () => clearTimeout(tooSlow));
        return { stream, size: Number(headers['content-length']) };
      } catch (error) {
        stream.destroy();
        if (codeOf(error) === NOT_FOUND) return undefined;
        throw new FileStoreUnavailableError('A file cannot be read from the bucket', error);
      }
    },

    async delete(key) {
      const object = objectOf(key);
      try {
        await withDeadline(object.delete({ ignoreNotFound: true }), OBJECT_MS);
      } catch (error) {
        throw new FileStoreUnavailableError('A file cannot be removed from the bucket', error);
      }
    },

    close: async () => undefined,
  };
}

function createClient(options: FileStoreOptions, limits: ConstructorParameters<typeof Storage>[0]): Storage {
  return new Storage({
    ...(options.credentialsFile === undefined ? {} : { keyFilename: options.credentialsFile }),
    ...(options.apiEndpoint === undefined ? {} : { apiEndpoint: options.apiEndpoint }),
    ...limits,
  });
}

function codeOf(error: unknown): unknown {
  return (error as { code?: unknown }).code;
}
