import type { Logger } from '../src/infra/logger.js';

export type RecordedLine = { level: string; message: string; fields: object | undefined };
export type RecordingLogger = Logger & { readonly lines: RecordedLine[] };

/** A logger that keeps its lines for a test to read. */
export function createRecordingLogger(): RecordingLogger {
  const lines: RecordedLine[] = [];
  const writer = (level: string) => (message: string, fields?: object) => void lines.push({ level, message, fields });
  return {
    lines,
    error: writer('error'),
    warn: writer('warn'),
    info: writer('info'),
    debug: writer('debug'),
    request: (line) => void lines.push({ level: 'info', message: 'request', fields: line }),
    close: async () => {},
  };
}
