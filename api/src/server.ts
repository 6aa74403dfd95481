import { once } from 'node:events';
import { ConfigError, loadConfig, type Config } from './config.js';
import { createApp, type App } from './app.js';
import { createProgress, printBanner } from './banner.js';
import { createContext, type Context } from './context.js';
import { createHttpServer, type HttpServer } from './http/server.js';
import { rawAnswers } from './http/raw-answers.js';
import { createLogger, type Logger } from './infra/logger.js';
import { reportStart } from './start-report.js';
import { startupSentence } from './startup-failure.js';
import type { Lifecycle } from './modules/health/health.service.js';

/** The process: config → context → app → listen → ready → ordered shutdown. The one file with effects at import. */

const lifecycle: Lifecycle = { state: 'starting' };
let logger: Logger | undefined;
let http: HttpServer | undefined;
let context: Context | undefined;
let app: App | undefined;
let stopping: Promise<void> | undefined;

process.once('SIGINT', () => void stop('SIGINT', 0));
process.once('SIGTERM', () => void stop('SIGTERM', 0));
// A failure nobody awaited is a bug: it is reported, and the requests of others go on (F18).
process.on('unhandledRejection', (error) => reportStray('Unhandled rejection', error));
// After an exception nobody caught the process may be in any state: it ends in order and is started anew.
process.on('uncaughtException', (error) => {
  reportStray('Uncaught exception', error);
  void stop('uncaughtException', 1);
});

const starting = start();
await starting;

async function start(): Promise<void> {
  let config: Config | undefined;
  try {
    config = loadConfig();
    logger = createLogger({ level: config.log.level, pretty: config.log.pretty });
    http = createHttpServer(rawAnswers());
    // First of all the port: if it is taken, nothing else has been started.
    const address = await listen(http, config);
    context = await createContext({ config, logger, lifecycle, onProgress: createProgress(config.apiMode === 'development') });
    if (stopping) return;
    // Such as too many open files: new connections fail for a while, those that are there go on (F22).
    http.server.on('error', (error) => logger?.error('The listener met a problem', { error }));
    app = createApp(context);
    http.serve(app.app);
    lifecycle.state = 'ready';
    printBanner({ config, address, admin: context.admin });
    logger.info('Ready', { address: address.url, pid: process.pid });
    reportStart(config, logger);
    process.send?.('ready');
  } catch (error) {
    if (stopping) return;
    process.stderr.write(`\n${startupSentence(error, config)}\n`);
    if (!(error instanceof ConfigError)) logger?.debug('The start failed', { error });
    void stop('failed start', 1);
  }
}

async function listen({ server }: HttpServer, config: Config): Promise<{ url: string }> {
  server.listen({ host: config.host, port: config.port });
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  return { url: `http://${config.host.includes(':') ? `[${config.host}]` : config.host}:${port}` };
}

function stop(reason: string, code: number): Promise<void> {
  stopping ??= shutDown(reason, code);
  return stopping;
}

/**
 * Ordered shutdown (F15, F16): no new work, what is under way is finished, then
 * the parts are closed in the opposite order of their making, the database last.
 */
async function shutDown(reason: string, code: number): Promise<void> {
  lifecycle.state = 'draining';
  const seconds = context?.config.shutdownSeconds ?? 5;
  // A part that hangs must not keep the process for ever.
  const giveUp = setTimeout(() => process.exit(1), (seconds + 10) * 1000);
  giveUp.unref();
  logger?.info('Stopping', { reason });
  try {
    // Open mailbox pages listen for ever: they are let go first, or draining would wait for them.
    await context?.mailbox?.close();
    if (http) await http.drain(seconds * 1000);
    // A start that is still under way has made parts that only it knows of.
    await starting;
    await app?.close();
    await context?.close();
    await logger?.close();
  } catch (error) {
    process.stderr.write(`The shutdown failed: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  }
  process.exit(code);
}

function reportStray(message: string, error: unknown): void {
  logger?.error(message, { error });
  context?.errorReporter.capture(error);
}
