import { ApiError } from '../../http/errors.js';
import type { Queryable } from '../../infra/postgres.js';
import { authErrors } from '../../shared/auth-errors.js';
import type { Identity } from '../../shared/identity.js';
import type { RequestOrigin } from '../../shared/principal.js';
import type { Purpose } from '../otp/otp.repo.js';
import type { Channel, CodeKind } from '../otp/otp.service.js';
import type { WithCode } from '../otp/with-code.js';
import type { UsersRepo } from '../users/users.repo.js';
import type { Opening, Outcome, SignedIn } from './opening.js';

/** `written`: the identity as the caller wrote it. */
export type CodeAttempt = { identity: Identity; written: string; channel: Channel; code: string; origin: RequestOrigin };

/** What is done with a right code, in the transaction that uses it up. */
type Proceed = (tx: Queryable, used: CodeKind) => Promise<Outcome>;

export type ByCode = ReturnType<typeof createByCode>;

/** Signs in or up with a code: the story is `proceed`, all else is the same for both. */
export function createByCode({ withCode, users, opening }: { withCode: WithCode; users: UsersRepo; opening: Opening }) {
  /** @param first what is done before the code is tried, in the same transaction */
  return async function byCode(attempt: CodeAttempt, purpose: Purpose, proceed: Proceed, first?: (tx: Queryable) => Promise<void>): Promise<SignedIn> {
    const { identity, origin } = attempt;
    try {
      const outcome = await withCode({ ...attempt, purpose }, {
        first,
        proceed,
        async failed(tx, { status, userId, wrongCode }) {
          // Looked up for everybody, so that it takes everybody's time (C-10).
          const known = wrongCode ? await users.findIdByIdentity(tx, identity) : userId;
          await opening.failed(tx, origin, { name: identity.key, userId: known, status });
        },
        wrong: () => new ApiError(authErrors.AUTH_OTP_INVALID),
      });
      return await opening.settle(outcome);
    } catch (error) {
      throw error instanceof ApiError ? withDetails(error, attempt) : error;
    }
  };
}

/** The details are the caller's own words, the same for every reason. */
function withDetails({ definition, headers, params, details }: ApiError, { written, channel }: CodeAttempt): ApiError {
  return new ApiError(definition, { headers, params, details: { user_id: written, channel, ...details } });
}
