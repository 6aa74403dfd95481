import { Writable } from 'node:stream';
import winston from 'winston';
import { createLineSink } from './line-sink.js';
import { createLineFormat, type RequestLine } from './log-line.js';

export type { RequestLine } from './log-line.js';

export type LogLevel = 'error' | 'warn' | 'info' | 'debug';

/** The server's log. Messages are fixed English sentences; whatever varies goes into the fields, where secrets are masked. */
export interface Logger {
  error(message: string, fields?: object): void;
  warn(message: string, fields?: object): void;
  info(message: string, fields?: object): void;
  debug(message: string, fields?: object): void;
  /** One line a request: `info`, or `warn` when the status is 500 or more. */
  request(line: RequestLine): void;
  /** Writes what is left (2 s at the most) and lets go of the output. */
  close(): Promise<void>;
}

export interface LoggerOptions {
  /** The least important level that is written. */
  level: LogLevel;
  /** One line for people's eyes instead of JSON. */
  pretty: boolean;
  /** The name put into each JSON line, for logs that several programs share. */
  service?: string | undefined;
  /** Where the lines go (default: standard output). */
  output?: Writable;
  /** Colours in pretty lines (default: when the output is a terminal). */
  colour?: boolean;
}

/** The least important has the highest number, as winston wants it. */
const LEVELS: Readonly<Record<LogLevel, number>> = { error: 0, warn: 1, info: 2, debug: 3 };

/** The key under which winston keeps a formatted line. */
const MESSAGE = Symbol.for('message');

/**
 * A logger over winston whose lines leave in batches, so that a request never waits for the output.
 * An error is handed over at once; everything else within 50 ms or 64 KB. When the output is blocked, full or gone,
 * lines beyond 4 MB are dropped and one line says how many; nothing fails because of it (F10).
 */
export function createLogger(options: LoggerOptions): Logger {
  const output = options.output ?? process.stdout;
  const format = createLineFormat({ pretty: options.pretty, service: options.service, colour: options.colour ?? ('isTTY' in output && output.isTTY === true) });
  const sink = createLineSink(output, (lines) => format.event('warn', 'Log lines were lost because the output was blocked', { lines }));
  const toSink = new Writable({
    decodeStrings: false,
    write(line: string, _encoding, done) {
      sink.write(line);
      done();
    },
  });
  const logger = winston.createLogger({
    levels: LEVELS,
    level: options.level,
    format: { transform: (info) => Object.assign(info, { [MESSAGE]: format.event(info.level, String(info.message), info['fields']) }) },
    transports: [new winston.transports.Stream({ stream: toSink, eol: '' })],
  });
  const threshold = LEVELS[options.level];
  let closing: Promise<void> | undefined;

  const writer = (level: LogLevel) => (message: string, fields?: object) => {
    if (LEVELS[level] > threshold || closing) return;
    logger.log({ level, message, fields });
    if (level === 'error') sink.flush();
  };

  return {
    error: writer('error'),
    warn: writer('warn'),
    info: writer('info'),
    debug: writer('debug'),
    request(line) {
      const level = line.status >= 500 ? 'warn' : 'info';
      // Past winston's streams, which cost more than the line itself, into the same sink.
      if (LEVELS[level] <= threshold) sink.write(format.request(level, line));
    },
    close() {
      closing ??= finish();
      return closing;
    },
  };

  async function finish(): Promise<void> {
    const finished = new Promise((resolve) => logger.once('finish', resolve));
    logger.end();
    await finished;
    await sink.close();
  }
}
