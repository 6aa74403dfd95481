import { ImageRefusedError } from './images.errors.js';

/** Cameras make one scan, web pages ten; the most thorough encoders stay far below. */
const MOST_SCANS = 100;

const MARKER = 0xff;
const START_OF_SCAN = 0xda;
const END_OF_IMAGE = 0xd9;

/**
 * Refuses a JPEG of more scans than anybody needs. Each goes over every pixel and may have twenty bytes, and the decoder's
 * time limit is looked at only after all of them: without this, a third of a megabyte takes a core for twenty seconds (F-08).
 * @throws ImageRefusedError
 */
export function checkScans(jpeg: Buffer): void {
  let scans = 0;
  // Behind the marker that begins the image.
  for (let at = jpeg.indexOf(MARKER, 2); at !== -1; at = jpeg.indexOf(MARKER, at)) {
    const marker = jpeg[at + 1] ?? END_OF_IMAGE;
    if (marker === END_OF_IMAGE) return;
    if (marker === START_OF_SCAN && (scans += 1) > MOST_SCANS) throw new ImageRefusedError('too_large');
    // A filling byte may be the first of a marker.
    at += marker === MARKER ? 1 : isAlone(marker) ? 2 : 2 + lengthAt(jpeg, at + 2);
  }
}

/** Stuffed bytes and restarts stand between coefficients, and have no length. */
function isAlone(marker: number): boolean {
  return marker === 0x00 || marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8);
}

function lengthAt(jpeg: Buffer, at: number): number {
  return at + 2 <= jpeg.length ? jpeg.readUInt16BE(at) : 0;
}
