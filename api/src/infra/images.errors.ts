/** `type`: nothing we draw. `too_large`: more pixels or more work than we give to one. `broken`: it cannot be decoded. */
export type ImageRefusal = 'type' | 'too_large' | 'broken';

/** An image that is not taken; why the library refused it, if it did, is in `cause`. */
export class ImageRefusedError extends Error {
  override readonly name = 'ImageRefusedError';
  constructor(
    readonly reason: ImageRefusal,
    cause?: unknown,
  ) {
    super(`The image was refused: ${reason}`, { cause });
  }
}
