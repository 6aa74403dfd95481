import { z } from 'zod';
import { bytesOf } from '../../http/bytes.js';
import { PICTURE_TYPE } from './pictures.keys.js';

export const pictureSchema = z.object({ profile_picture_url: z.string().nullable() });

export const pictureParams = z.object({ file_id: z.uuid().transform((id) => id.toLowerCase()) });

export const pictureBytes = bytesOf(PICTURE_TYPE);
