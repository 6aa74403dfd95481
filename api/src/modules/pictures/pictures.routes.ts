import { bytes } from '../../http/bytes.js';
import { endpoint, type Endpoint } from '../../http/endpoint.js';
import { ApiError } from '../../http/errors.js';
import { profileErrors } from '../../shared/profile-errors.js';
import { PICTURE_TYPE, pathOfPicture } from './pictures.keys.js';
import { pictureBytes, pictureParams, pictureSchema } from './pictures.schema.js';
import type { PicturesService } from './pictures.service.js';

const tag = 'Profile and settings';
const MAX_BYTES = 15 * 1024 * 1024;

export function picturesRoutes({ pictures }: { pictures: PicturesService }): Endpoint[] {
  return [
    endpoint({
      method: 'POST',
      path: '/settings/profile-picture',
      aliases: ['/settings/update-profile-picture'],
      summary: 'Set your profile picture',
      description:
        'A JPEG, PNG, WebP, GIF or AVIF image of up to 15 MB. It is drawn anew as a square WebP of 512 pixels: orientation is applied, of an animation the first frame is taken, and nothing else that was in the file is kept, such as where it was taken.',
      tag,
      access: { permission: 'edit_profile' },
      limit: 'picture',
      request: { file: { field: 'file', maxBytes: MAX_BYTES, tooLarge: profileErrors.MEDIA_TOO_LARGE } },
      response: pictureSchema,
      message: 'picture_updated',
      invalid: profileErrors.PROFILE_INVALID_PAYLOAD,
      errors: [profileErrors.MEDIA_TYPE_NOT_SUPPORTED, profileErrors.MEDIA_UNREADABLE, profileErrors.PROFILE_NOT_FOUND],
      audit: ['picture_updated'],
      handler: async ({ principal, file, origin }) => ({ profile_picture_url: await pictures.replace(principal, file, origin) }),
    }),
    endpoint({
      method: 'DELETE',
      path: '/settings/profile-picture',
      summary: 'Remove your profile picture',
      tag,
      access: { permission: 'edit_profile' },
      limit: 'picture',
      response: pictureSchema,
      message: 'picture_removed',
      errors: [profileErrors.PROFILE_NOT_FOUND],
      audit: ['picture_updated'],
      async handler({ principal, origin }) {
        await pictures.remove(principal, origin);
        return { profile_picture_url: null };
      },
    }),
    endpoint({
      method: 'GET',
      path: pathOfPicture(':file_id'),
      summary: 'A profile picture',
      description: 'Whoever has its address sees it. An address shows the same picture for ever, or none any more.',
      tag,
      access: 'public',
      request: { params: pictureParams },
      response: pictureBytes,
      message: 'picture_fetched',
      errors: [profileErrors.MEDIA_NOT_FOUND],
      audit: 'reads only',
      async handler({ params: { file_id } }) {
        const found = await pictures.find(file_id);
        if (!found) throw new ApiError(profileErrors.MEDIA_NOT_FOUND);
        return bytes({ stream: found.stream, length: found.size, type: PICTURE_TYPE, headers: headersOf(file_id) });
      },
    }),
  ];
}

/** Pages of any origin show it as an image; opened by itself it does nothing, whatever it were (F-07). What caches keep outlives its removal by a day, and no longer. */
function headersOf(fileId: string): Record<string, string> {
  return {
    'Cache-Control': 'public, max-age=86400',
    ETag: `"${fileId}"`,
    'Content-Disposition': 'inline; filename="picture.webp"',
    'Content-Security-Policy': "default-src 'none'; sandbox",
    'Cross-Origin-Resource-Policy': 'cross-origin',
    'X-Content-Type-Options': 'nosniff',
  };
}
