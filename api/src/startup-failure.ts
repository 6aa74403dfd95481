import { ConfigError, type Config } from './config.js';
import { EmbeddedPostgresError } from './infra/embedded-postgres.js';
import { MigrationError } from './infra/migrator.js';
import { SigningKeyError } from './infra/signing-keys.js';

/** Failures that say themselves what is wrong and what to do. */
const KNOWN = [ConfigError, EmbeddedPostgresError, MigrationError, SigningKeyError];

/** One clear sentence for whoever typed `npm start`: what is wrong and what to do. Never a stack, never a password. */
export function startupSentence(error: unknown, config: Config | undefined): string {
  if (KNOWN.some((known) => error instanceof known)) return (error as Error).message;
  const { code, syscall, message } = error as NodeJS.ErrnoException;
  if (syscall === 'listen' && config) return listenSentence(code, config);
  const database = config?.database.url && describe(config.database.url);
  if (database) {
    const sentence = DATABASE_SENTENCES[code ?? ''];
    if (sentence) return sentence(database);
    if (/timeout/i.test(message ?? '')) return `The database at ${database} does not answer in time. Check DATABASE_URL and that the server is up.`;
    if (/does not support SSL/i.test(message ?? '')) return `The database at ${database} does not speak TLS; set DATABASE_SSL=false.`;
  }
  return `Tessera could not start: ${message ?? 'unknown reason'}`;
}

function listenSentence(code: string | undefined, { host, port }: Config): string {
  if (code === 'EADDRINUSE') return `Port ${port} is in use on ${host}. Stop the program that has it, or set API_INTERNAL_PORT to another one.`;
  if (code === 'EACCES') return `Port ${port} may not be used by this user. Set API_INTERNAL_PORT to one above 1023.`;
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') return `This machine has no address ${host}. Set API_HOST to one it has, such as 127.0.0.1 or 0.0.0.0.`;
  return `The server cannot listen on ${host}:${port} (${code ?? 'unknown reason'}).`;
}

const DATABASE_SENTENCES: Record<string, (database: string) => string> = {
  ECONNREFUSED: (database) => `Nothing answers at ${database}. Start the database, or correct DATABASE_URL; without it, an embedded one is used.`,
  ECONNRESET: (database) => `The database at ${database} closed the connection. Check DATABASE_URL and the server's log.`,
  ENOTFOUND: (database) => `The host of the database ${database} is not known. Correct DATABASE_URL.`,
  EAI_AGAIN: (database) => `The host of the database ${database} cannot be looked up. Correct DATABASE_URL, or check the network.`,
  ETIMEDOUT: (database) => `The database at ${database} does not answer in time. Check DATABASE_URL and the network.`,
  '28P01': (database) => `The database at ${database} refuses the password. Correct the user and password in DATABASE_URL.`,
  '28000': (database) => `The database at ${database} refuses this user. Correct DATABASE_URL, or allow the connection in pg_hba.conf.`,
  '3D000': (database) => `The database ${database} does not exist. Create it, or correct the name in DATABASE_URL.`,
  '42501': (database) => `The user of ${database} may not change its tables. Give it the right to create tables in the schema public.`,
  '57P03': (database) => `The database at ${database} is still starting up. Try again in a moment.`,
  '53300': (database) => `The database at ${database} has no connection left for us. Raise max_connections, or lower DB_POOL_MAX.`,
};

/** Host, port and name, without user and password. */
function describe(url: string): string {
  const { hostname, port, pathname } = new URL(url);
  return `${hostname}:${port || '5432'}${pathname}`;
}
