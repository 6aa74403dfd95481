/** What an error of pg, of a socket, or of Prisma's driver inside an error of Prisma may carry. */
interface Failure {
  code?: unknown;
  originalCode?: unknown;
  kind?: unknown;
  message?: unknown;
  severity?: unknown;
  syscall?: unknown;
  constraint?: unknown;
  cause?: unknown;
  meta?: { driverAdapterError?: { cause?: unknown } };
}

/**
 * Codes that say that the database cannot serve right now, though the question was right.
 * Five digits and capitals: SQLSTATE (https://www.postgresql.org/docs/current/errcodes-appendix.html); `E…`: sockets; `P…`: Prisma.
 */
const UNAVAILABLE_CODES = new Set<unknown>([
  ...['25006', '25P03', '40001', '40P01', '55P03', '57014', '57P01', '57P02', '57P03', '57P05'],
  ...['EAI_AGAIN', 'ECONNABORTED', 'ECONNREFUSED', 'ECONNRESET', 'EHOSTUNREACH', 'ENETUNREACH', 'ENOTFOUND', 'EPIPE', 'ETIMEDOUT'],
  ...['P1001', 'P1002', 'P1008', 'P1017', 'P2024', 'P2028', 'P2034', 'P2037'],
]);
/** 08: connection exceptions; 53: insufficient resources (no connection left, disk full). */
const UNAVAILABLE_CLASSES = /^(08|53)[0-9A-Z]{3}$/;
/** Prisma's driver has these words where a code is missing. */
const UNAVAILABLE_KINDS = new Set<unknown>(['DatabaseNotReachable', 'ConnectionClosed', 'SocketTimeout', 'TooManyConnections', 'TransactionWriteConflict']);
/** pg and its pool give these no code. */
const UNAVAILABLE_MESSAGES = [
  'timeout exceeded when trying to connect',
  'timeout expired',
  'Query read timeout',
  'Connection terminated',
  'Client has encountered a connection error and is not queryable',
  'Client was closed and is not queryable',
  'Cannot use a pool after calling end on the pool',
];

/** The error itself, then what it says to have come from. */
function* layersOf(error: unknown): Generator<Failure> {
  for (let layer = error; typeof layer === 'object' && layer !== null; ) {
    const failure: Failure = layer;
    yield failure;
    layer = failure.meta?.driverAdapterError?.cause ?? failure.cause;
  }
}

const sqlState = ({ code, originalCode }: Failure): unknown => originalCode ?? code;

/**
 * Whether an error means that the database is out of reach, frozen, restarting, full or too busy: the caller did nothing
 * wrong, nothing is known to be wrong with the code, and trying again later may help (an answer of 503).
 */
export function isUnavailable(error: unknown): boolean {
  for (const layer of layersOf(error)) {
    const code = sqlState(layer);
    if (UNAVAILABLE_CODES.has(code) || (typeof code === 'string' && UNAVAILABLE_CLASSES.test(code)) || UNAVAILABLE_KINDS.has(layer.kind)) return true;
    // The socket file of a server on the same machine is there only while it runs.
    if (code === 'ENOENT' && layer.syscall === 'connect') return true;
    const { message } = layer;
    if (typeof message === 'string' && UNAVAILABLE_MESSAGES.some((text) => message.includes(text))) return true;
  }
  return false;
}

/**
 * Whether an error says that a row with the same unique value exists already (SQLSTATE 23505), from hand-written SQL or Prisma.
 * @param index its name, where the answer depends on which one it was: `user_email_lower_key`
 */
export function isUniqueViolation(error: unknown, index?: string): boolean {
  for (const layer of layersOf(error)) {
    if (sqlState(layer) !== '23505') continue;
    const { constraint } = layer;
    const violated = typeof constraint === 'object' && constraint !== null && 'index' in constraint ? constraint.index : constraint;
    return index === undefined || violated === index;
  }
  return false;
}

/** Whether two transactions got in each other's way, so that running one of them again is the remedy. */
export function isConflict(error: unknown): boolean {
  for (const layer of layersOf(error)) if (sqlState(layer) === '40001' || sqlState(layer) === '40P01') return true;
  return false;
}

/**
 * Whether the connection that an error of pg came from may serve on: only where the server itself refused the statement and
 * lived. After anything else (a timeout on our side, a cut socket, FATAL) its state is unknown.
 */
export function leavesConnectionUsable(error: unknown): boolean {
  return (error as Failure | undefined)?.severity === 'ERROR';
}
