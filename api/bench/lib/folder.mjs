import { chmod } from 'node:fs/promises';

/** PostgreSQL runs as another user when we are root, and must get into the folder. */
export const openToPostgres = (folder) => (process.getuid?.() === 0 ? chmod(folder, 0o711) : Promise.resolve());
