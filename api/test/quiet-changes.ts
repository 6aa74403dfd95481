import type { Changes } from '../src/shared/changes.js';

/** For a service that is tried alone: nobody else remembers anything. */
export const quietChanges: Changes = { current: () => false, listen: () => undefined, settled: () => Promise.resolve() };
