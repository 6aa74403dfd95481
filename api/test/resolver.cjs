// Jest loads its resolver with require, hence CommonJS.
const { existsSync } = require('node:fs');
const { resolve, sep } = require('node:path');

const IN_PACKAGE = `${sep}node_modules${sep}`;

/** Our sources import `./x.js` and mean `./x.ts`, as TypeScript has it; packages mean what they say. */
module.exports = (request, options) => {
  if (request.startsWith('.') && request.endsWith('.js') && !options.basedir.includes(IN_PACKAGE)) {
    const source = resolve(options.basedir, request.replace(/\.js$/, '.ts'));
    if (existsSync(source)) return source;
  }
  return options.defaultResolver(request, options);
};
