/** A kind of file in plain letters, and the id of one of them. */
const KEY = /^([a-z]{1,20}(?:-[a-z]{1,20}){0,3})\/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;

/**
 * Nothing but a key that we could have made becomes part of a path or of an object's name (F-10): no dots, no slashes but
 * one, no letters that a file system may take for others.
 * @throws RangeError for any other text; that is a bug of ours, so it is not said which
 */
export function checkFileKey(key: string): { kind: string; id: string } {
  const [, kind, id] = KEY.exec(key) ?? [];
  if (kind === undefined || id === undefined) throw new RangeError('This is no key of the file store');
  return { kind, id };
}
