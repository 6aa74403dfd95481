/** What we draw, and so what we serve. */
export const PICTURE_TYPE = 'image/webp';

/** The path of pictures below the prefix, as the table of endpoints has it. */
export const PICTURES_PATH = '/media/profile-pictures';

export function pathOfPicture(id: string): string {
  return `${PICTURES_PATH}/${id}`;
}

/** A kind of its own in the file store: no other file is reached by the address of a picture (D-02). */
export function keyOfPicture(id: string): string {
  return `profile-pictures/${id}`;
}
