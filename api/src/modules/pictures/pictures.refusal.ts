import { ApiError } from '../../http/errors.js';
import { ImageRefusedError } from '../../infra/images.errors.js';
import { profileErrors } from '../../shared/profile-errors.js';

const DEFINITIONS = {
  type: profileErrors.MEDIA_TYPE_NOT_SUPPORTED,
  too_large: profileErrors.MEDIA_TOO_LARGE,
  broken: profileErrors.MEDIA_UNREADABLE,
} as const;

/** Says of an image that was refused what its sender can do about it; any other failure goes on as it is. */
export function refusalOf(error: unknown): never {
  if (error instanceof ImageRefusedError) throw new ApiError(DEFINITIONS[error.reason], { cause: error });
  throw error;
}
