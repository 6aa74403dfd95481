import { fileTypeFromBuffer } from 'file-type';
import type { Sharp } from 'sharp';
import { ImageRefusedError } from './images.errors.js';
import { checkPixels } from './images.limits.js';
import { checkScans } from './images.scans.js';
import { createImageQueue } from './images.queue.js';

/** Pictures from strangers, made into ones of our own. */
export interface Images {
  /**
   * Decodes an image and draws it anew as a square WebP: nothing of the original's bytes is left, neither what hides behind
   * the picture (F-07) nor where it was taken (F-09). Orientation is applied; of an animation the first frame is taken.
   * @param read gives the original; called when it is this image's turn, so that few are in memory at a time
   * @throws ImageRefusedError for what is no such image, is broken or too large; ImageQueueFullError when too many wait
   */
  toSquare(read: () => Promise<Buffer>): Promise<Buffer>;
}

/** What decoders exist for; everything else, SVG with its scripts above all, has none in this process. */
const LOADERS = { 'image/jpeg': 'Jpeg', 'image/png': 'Png', 'image/webp': 'Webp', 'image/gif': 'Nsgif', 'image/avif': 'Heif' } as const;

/** Enough for the type. More would let archives make the detection work for them. */
const HEAD_BYTES = 4_100;
const SIDE_PIXELS = 512;
const QUALITY = 82;
const DECODE_SECONDS = 10;
/** One at a time: decoding takes all of a core and up to 230 MB, whatever came in. Those that wait cost a file on disk each. */
const WAITING = { atOnce: 1, maxWaiting: 64, maxWaitMs: 20_000 };

export function createImages(): Images {
  const queue = createImageQueue(WAITING);
  let library: Promise<SharpFactory> | undefined;

  return {
    toSquare: (read) =>
      queue.run(async () => {
        // Loaded with the first picture: most processes start for other things.
        library ??= loadSharp();
        const sharp = await library;
        const original = await read();
        await checkType(original);
        return draw(sharp, original);
      }),
  };
}

type SharpFactory = (input: Buffer, options: object) => Sharp;

async function loadSharp(): Promise<SharpFactory> {
  const { default: sharp } = await import('sharp');
  // Pictures come once each: a cache would only hold memory. Threads of its own would compete with the event loop.
  sharp.cache(false);
  sharp.concurrency(1);
  sharp.block({ operation: ['VipsForeignLoad'] });
  sharp.unblock({ operation: Object.values(LOADERS).map((name) => `VipsForeignLoad${name}`) });
  return sharp;
}

/** The type is what the first bytes say, never what the client says. */
async function checkType(original: Buffer): Promise<void> {
  const type = await fileTypeFromBuffer(original.subarray(0, HEAD_BYTES));
  if (type === undefined || !(type.mime in LOADERS)) throw new ImageRefusedError('type');
}

async function draw(sharp: SharpFactory, original: Buffer): Promise<Buffer> {
  const image = sharp(original, { failOn: 'error', limitInputPixels: false, pages: 1 });
  // Its head alone is read for this: a bomb is refused before it is decoded (F-08).
  const head = await image.metadata().catch(refuseBroken);
  checkPixels(head);
  if (head.format === 'jpeg') checkScans(original);
  return image
    .timeout({ seconds: DECODE_SECONDS })
    .autoOrient()
    .resize(SIDE_PIXELS, SIDE_PIXELS, { fit: 'cover' })
    .webp({ quality: QUALITY })
    .toBuffer()
    .catch(refuseBroken);
}

function refuseBroken(cause: Error): never {
  throw new ImageRefusedError(/timeout/i.test(cause.message) ? 'too_large' : 'broken', cause);
}
