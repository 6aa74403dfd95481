import { ApiError } from '../../http/errors.js';
import type { Database } from '../../infra/postgres.js';
import { authErrors } from '../../shared/auth-errors.js';
import type { Channel } from '../../shared/code-body.js';
import { maskIdentity, type Identity } from '../../shared/identity.js';
import type { RequestOrigin } from '../../shared/principal.js';
import { Refusal } from '../../shared/refusal.js';
import type { ActivityService } from '../activity/activity.service.js';
import type { WithCode } from '../otp/with-code.js';
import type { UsersRepo } from '../users/users.repo.js';
import type { IdentitiesRepo } from './identities.repo.js';
import type { Asked } from './identities.schema.js';

export type IdentitiesServiceParts = {
  db: Database;
  repo: IdentitiesRepo;
  users: Pick<UsersRepo, 'findIdByIdentity' | 'isUserNameTaken'>;
  withCode: WithCode;
  activity: ActivityService;
};

export type IdentitiesService = ReturnType<typeof createIdentitiesService>;

/** E-mail addresses, phone numbers and names: whether an account has them, and the proof that they are its owner's. */
export function createIdentitiesService({ db, repo, users, withCode, activity }: IdentitiesServiceParts) {
  return {
    /** Whether an account has this identity or, in whatever capitals, this name. Found on indexes by what is equal: `%` and `_` are characters like others (C-11). */
    async isTaken({ identity, userName }: Asked): Promise<boolean> {
      if (identity && (await users.findIdByIdentity(db, identity)) !== undefined) return true;
      return userName !== undefined && users.isUserNameTaken(db, userName, null);
    },

    /**
     * Marks an identity as proved, by a code that was sent to it. Opens no session.
     * @param written the identity as the caller wrote it
     * @throws ApiError AUTH_OTP_INVALID for a wrong code, and alike where no account has the identity (C-09)
     */
    async verify({ written, identity, channel, code, origin }: { written: string; identity: Identity; channel: Channel; code: string; origin: RequestOrigin }): Promise<void> {
      const metadata = { identity: maskIdentity(identity.key), channel };
      const wrong = () => new ApiError(authErrors.AUTH_OTP_INVALID, { details: { user_id: written, channel } });
      await withCode({ identity, channel, purpose: 'verify', code, origin }, {
        async proceed(tx) {
          const userId = await repo.markVerified(tx, identity);
          if (userId === undefined) throw new Refusal(wrong());
          await activity.record(tx, origin, { action: 'identity_verified', userId, status: 200, metadata });
        },
        failed: (tx, { status }) => activity.record(tx, origin, { action: 'code_failed', status, metadata: { ...metadata, purpose: 'verify' } }),
        wrong,
      });
    },
  };
}
