import { randomUUID } from 'node:crypto';
import { ApiError } from '../../http/errors.js';
import type { ReceivedFile } from '../../http/multipart.js';
import { FileStoreUnavailableError } from '../../infra/file-store.errors.js';
import type { FileStore } from '../../infra/file-store.js';
import type { Images } from '../../infra/images.js';
import type { Database, Queryable } from '../../infra/postgres.js';
import { mayUseAccount } from '../../shared/account-state.js';
import type { Changes } from '../../shared/changes.js';
import { endingTransaction } from '../../shared/ending-transaction.js';
import type { Principal, RequestOrigin } from '../../shared/principal.js';
import { profileErrors } from '../../shared/profile-errors.js';
import type { ActivityService } from '../activity/activity.service.js';
import type { UsersRepo } from '../users/users.repo.js';
import type { PictureCleanUp } from './picture-clean-up.js';
import { PICTURE_TYPE, pathOfPicture, keyOfPicture } from './pictures.keys.js';
import { refusalOf } from './pictures.refusal.js';
import type { Picture, PicturesRepo } from './pictures.repo.js';

export type PicturesParts = {
  db: Database;
  users: Pick<UsersRepo, 'lockById'>;
  repo: PicturesRepo;
  files: Pick<FileStore, 'put' | 'open' | 'delete'>;
  images: Images;
  cleanUp: PictureCleanUp;
  activity: ActivityService;
  changes: Pick<Changes, 'settled'>;
  /** What stands before the path of a picture, the prefix of the API included. */
  baseUrl: string;
};

export type PicturesService = ReturnType<typeof createPicturesService>;

/** A file without an account that shows it is removed after so long; until then the upload that made it may still be going on. */
const UNUSED_SECONDS = 3_600;
/** Far less than that, and with a transaction that rests for ten seconds at the most: no upload is accepted after its file has gone. */
const UPLOAD_MS = 600_000;

/** Profile pictures: one file an account, drawn by us. */
export function createPicturesService({ db, users, repo, files, images, cleanUp, activity, changes, baseUrl }: PicturesParts) {
  return {
    /**
     * Shows a new picture in place of the one before.
     *
     * No crash leaves a file that nobody knows of: its removal is on record before the file exists, and looks into the
     * account when its time has come. It is not asked for when the transaction fails instead, because a COMMIT whose answer
     * was lost may have succeeded. The file before it is removed by the transaction that replaces it.
     * @returns the address of the new picture
     * @throws ApiError MEDIA_TYPE_NOT_SUPPORTED, MEDIA_TOO_LARGE, PROFILE_INVALID_PAYLOAD, PROFILE_NOT_FOUND; ImageQueueFullError, FileStoreUnavailableError
     */
    async replace(principal: Principal, file: ReceivedFile, origin: RequestOrigin): Promise<string> {
      const startedAt = performance.now();
      const image = await images.toSquare(() => file.bytes()).catch(refusalOf);
      // Chosen here: nothing that the client says of its file is part of the key (F-10).
      const id = randomUUID();
      const picture = { key: keyOfPicture(id), url: `${baseUrl}${pathOfPicture(id)}` };
      await cleanUp.ask(db, principal.userId, picture.key, UNUSED_SECONDS);
      await files.put(picture.key, image, PICTURE_TYPE);
      await show(principal, picture, origin, () => {
        if (performance.now() - startedAt > UPLOAD_MS) throw new FileStoreUnavailableError('The upload took so long that its file may have been removed', undefined);
      });
      return picture.url;
    },

    /** Shows none any more. Fine where none was shown. @throws ApiError PROFILE_NOT_FOUND */
    async remove(principal: Principal, origin: RequestOrigin): Promise<void> {
      await show(principal, undefined, origin);
    },

    /** @returns the picture with this id, whoever asks: its address is the secret. The caller reads or destroys it. */
    find: (id: string) => files.open(keyOfPicture(id)),

    /** Removes the file of an account that is being erased. @throws FileStoreUnavailableError, and may then be asked again */
    erasePicture: (key: string): Promise<void> => files.delete(key),
  };

  /** As if it ended access: when it returns, no worker shows the picture before. */
  async function show({ userId }: Principal, picture: Picture | undefined, origin: RequestOrigin, check?: () => void): Promise<void> {
    await endingTransaction(db, changes, async (tx: Queryable) => {
      const user = await users.lockById(tx, userId);
      // Since the request was let in it may have been erased: nothing of a person comes back.
      if (!user || !mayUseAccount(user)) throw new ApiError(profileErrors.PROFILE_NOT_FOUND);
      check?.();
      const before = user.profile_picture_key;
      if (!picture && before === null && user.profile_picture_url === null) return;
      await repo.show(tx, userId, picture);
      await activity.record(tx, origin, { action: 'picture_updated', userId, status: 200, metadata: { picture: picture ? 'set' : 'removed' } });
      if (before !== null) await cleanUp.ask(tx, userId, before);
    });
  }
}
