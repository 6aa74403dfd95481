// Read by every Node.js that knows ES modules at all, so: old syntax, no imports.

var OLDEST_MAJOR = 20;
var OLDEST_MINOR = 12;

/** Ends the process with one sentence when this Node.js is too old to run anything below. */
export function requireNode() {
  var parts = process.versions.node.split('.').map(Number);
  if (parts[0] > OLDEST_MAJOR || (parts[0] === OLDEST_MAJOR && parts[1] >= OLDEST_MINOR)) return;
  console.error('Tessera needs Node.js ' + OLDEST_MAJOR + '.' + OLDEST_MINOR + ' or newer, and this is ' + process.version + ': install a newer one and run the same command again.');
  process.exit(1);
}
