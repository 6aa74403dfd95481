/** A token taken apart and put together again, as anybody can who has one. */

/** @param {string | Buffer} content */
export const bytes = (content) => Buffer.from(content).toString('base64url');

/** @param {string} token @param {number} index */
export const partOf = (token, index) => token.split('.')[index];

/** @param {string} token @param {number} index 0 for the header, 1 for the claims */
export const jsonOf = (token, index) => JSON.parse(Buffer.from(partOf(token, index), 'base64url').toString());

/** @param {string} token */
export const headOf = (token) => jsonOf(token, 0);

/** @param {object} head @param {object} claims @param {string} signature */
export const tokenOf = (head, claims, signature) => `${bytes(JSON.stringify(head))}.${bytes(JSON.stringify(claims))}.${signature}`;

/** @param {string} text @param {number} at @param {string} character */
export const replaceAt = (text, at, character) => text.slice(0, at) + character + text.slice(at + 1);
