import pg from 'pg';

/** Where the server is and how it is spoken to. */
export interface PostgresAddress {
  /** `postgresql://user:password@host:port/database`, with `options`, `schema` and libpq's `ssl…` parameters where needed. */
  url: string;
  /** TLS for an address that does not say; where given, it wins over the address's own `sslmode`. */
  ssl?: { rejectUnauthorized: boolean } | undefined;
  applicationName?: string | undefined;
}

export interface ConnectionSettings {
  config: pg.ClientConfig;
  /** The schema that Prisma and hand-written SQL both work in. */
  schema: string;
}

/**
 * Turns an address into what pg connects with.
 * @param settings session settings that every statement may rely on, for example `{ statement_timeout: 1800 }` (milliseconds)
 */
export function connectionSettings({ url, ssl, applicationName }: PostgresAddress, settings: Record<string, string | number>): ConnectionSettings {
  // pg lets the address override everything else, so what both may say is taken out of it and merged here.
  const address = new URL(url);
  const take = (parameter: string): string | undefined => {
    const value = address.searchParams.get(parameter) ?? undefined;
    address.searchParams.delete(parameter);
    return value;
  };
  const given = take('options');
  const schema = take('schema') ?? 'public';
  if (ssl) take('sslmode');

  // `timestamp` columns hold UTC: now(), CURRENT_TIMESTAMP and casts must not depend on the server's own settings.
  const session: Record<string, string | number> = { timezone: 'UTC', datestyle: 'ISO', ...settings };
  if (schema !== 'public') session['search_path'] = pg.escapeIdentifier(schema);
  const options = Object.entries(session).map(([name, value]) => `-c ${name}=${escapeOption(String(value))}`);

  return {
    schema,
    config: {
      connectionString: address.href,
      ...(ssl && { ssl }),
      ...(applicationName && { application_name: applicationName }),
      options: [...(given ? [given] : []), ...options].join(' '),
      keepAlive: true,
      types: utcTypes,
    },
  };
}

/** The server splits `options` at white space, and reads a backslash as an escape. */
function escapeOption(value: string): string {
  return value.replace(/[\\\s]/g, '\\$&');
}

const { builtins, getTypeParser } = pg.types;
const TIMESTAMP: number = builtins.TIMESTAMP;
const TIMESTAMP_ARRAY = 1115;
const TEXT_ARRAY = 1009 as typeof builtins.TEXT;
const parseInstant = getTypeParser(builtins.TIMESTAMPTZ) as (text: string) => Date;
const parseTexts = getTypeParser(TEXT_ARRAY) as (text: string) => (string | null)[];

/** pg reads a `timestamp` as local time; ours are UTC, so that the same instant comes out on every machine. */
function parseUtcTimestamp(text: string): Date {
  const date = new Date(`${text.slice(0, 10)}T${text.slice(11)}Z`);
  // Years beyond four digits, BC and infinity are rare and not ISO 8601: pg's own parser knows them.
  return Number.isNaN(date.getTime()) ? parseInstant(/^\d/.test(text) ? text.replace(/( BC)?$/, '+00$1') : text) : date;
}

const parseUtcTimestamps = (text: string): (Date | null)[] => parseTexts(text).map((entry) => (entry === null ? null : parseUtcTimestamp(entry)));

const utcTypes: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary'): unknown => {
    if (format !== 'binary' && oid === TIMESTAMP) return parseUtcTimestamp;
    if (format !== 'binary' && oid === TIMESTAMP_ARRAY) return parseUtcTimestamps;
    return format === 'binary' ? getTypeParser(oid, 'binary') : getTypeParser(oid, 'text');
  }) as typeof getTypeParser,
};

/**
 * A Date goes out as UTC. pg writes it in the process's own time zone by default, and a `timestamp` column drops the offset.
 * The switch is pg's, for the whole process; it is idempotent, and right for every use of pg.
 */
export function writeDatesAsUtc(): void {
  pg.defaults.parseInputDatesAsUTC = true;
}
