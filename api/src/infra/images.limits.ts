import type { Metadata } from 'sharp';
import { ImageRefusedError } from './images.errors.js';

export type ImageHead = Pick<Metadata, 'format' | 'width' | 'height' | 'pages' | 'isProgressive'>;

const MEGA = 1_000_000;
/** Decoded in stripes, or made smaller while they are decoded. */
const STREAMED = 50 * MEGA;
/** JPEG in several passes: all coefficients are held at once. */
const PROGRESSIVE_JPEG = 30 * MEGA;
/** Held whole, at up to ten bytes a pixel. */
const WHOLE = 20 * MEGA;
/** AVIF: eighteen bytes a pixel. Twelve million are a telephone's photograph. */
const AVIF = 12.5 * MEGA;

/**
 * Refuses an image whose pixels would take more than about 230 MB to decode, as measured for each way of storing them (F-08).
 * @throws ImageRefusedError
 */
export function checkPixels(head: ImageHead): void {
  if (head.width * head.height > mostPixels(head)) throw new ImageRefusedError('too_large');
}

function mostPixels({ format, isProgressive, pages = 1 }: ImageHead): number {
  if (format === 'jpeg') return isProgressive ? PROGRESSIVE_JPEG : STREAMED;
  if (format === 'png') return isProgressive ? WHOLE : STREAMED;
  if (format === 'webp') return pages > 1 ? WHOLE : STREAMED;
  return format === 'gif' ? WHOLE : AVIF;
}
