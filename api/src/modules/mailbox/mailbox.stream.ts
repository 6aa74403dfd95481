import type { Request, Response } from 'express';
import { ApiError, httpErrors } from '../../http/errors.js';
import type { Mailbox } from '../../infra/mailbox.js';

const MAX_STREAMS = 50;
/** Below the 30 to 60 seconds after which proxies give up a silent connection. */
const HEARTBEAT_MS = 15_000;
const RETRY_MS = 1_000;
/** A reader this far behind has stopped reading. */
const MAX_UNSENT_BYTES = 64 * 1024;

/** Tells listeners that the mailbox has changed, as server-sent events (WHATWG HTML §9.2). The first event says: look now. */
export function createMailboxStream(mailbox: Pick<Mailbox, 'watch'>) {
  let open = 0;

  return async function mailboxStream(req: Request, res: Response): Promise<void> {
    if (open >= MAX_STREAMS) throw new ApiError(httpErrors.SERVICE_UNAVAILABLE);
    open += 1;
    const closed = new Promise((resolve) => res.once('close', resolve));
    const heartbeat = setInterval(() => write(':\n\n'), HEARTBEAT_MS);

    function write(text: string): void {
      if (res.writableLength > MAX_UNSENT_BYTES) res.destroy();
      else if (!res.writableEnded) res.write(text);
    }

    try {
      res.writeHead(200, { 'Content-Type': 'text/event-stream; charset=utf-8', 'Cache-Control': 'no-store', 'X-Accel-Buffering': 'no' });
      // Watched before the first event, so that nothing falls between the two.
      const unwatch = await mailbox.watch((news) => (news === 'closed' ? res.end() : write('event: changed\ndata: now\n\n')));
      write(`retry: ${RETRY_MS}\nevent: changed\ndata: now\n\n`);
      if (req.method === 'HEAD') res.end();
      await closed;
      await unwatch();
    } finally {
      open -= 1;
      clearInterval(heartbeat);
    }
  };
}
