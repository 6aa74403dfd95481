import { Router, type Request, type RequestHandler, type Response } from 'express';
import { sendJson, successBody } from '../../http/envelope.js';
import { ApiError, httpErrors } from '../../http/errors.js';
import { readPageFile } from '../../http/page.js';
import type { Language } from '../../i18n/language.js';
import type { Translator } from '../../i18n/translator.js';
import type { Mailbox } from '../../infra/mailbox.js';
import { renderMailboxPage } from './mailbox.page.js';
import { presentMessage } from './mailbox.presenter.js';
import { createMailboxStream } from './mailbox.stream.js';
import { requireSameOrigin } from './same-origin.js';

export type MailboxRouterParts = { mailbox: Mailbox; translator: Translator; languageOf: (req: Request) => Language };

const BASE = '/dev/mailbox';
/** Nothing but the page's own files; no inline script or style. */
const PAGE_POLICY = "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
/** A mail may bring its inline styles, and nothing else: no script, no request, no form, an origin of its own. Links open beside the page. */
const MAIL_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox";

const ASSETS = { 'mailbox.css': 'text/css', 'mailbox.client.js': 'text/javascript', 'mailbox.svg': 'image/svg+xml' } as const;

/**
 * The mailbox page of a development server at `/dev/mailbox`: what would have
 * been mailed, live. Its streams end when the mailbox is closed.
 */
export function createMailboxRouter({ mailbox, translator, languageOf }: MailboxRouterParts): Router {
  const router = Router();

  route(BASE, {
    get(req, res) {
      res.setHeader('Content-Language', languageOf(req));
      send(res, 'text/html', renderMailboxPage(translator, languageOf(req), req.baseUrl + BASE), PAGE_POLICY);
    },
  });
  for (const [name, type] of Object.entries(ASSETS)) {
    const content = readPageFile(new URL(name, import.meta.url));
    route(`${BASE}/${name}`, { get: (_req, res) => send(res, type, content, PAGE_POLICY) });
  }
  route(`${BASE}/stream`, { get: createMailboxStream(mailbox) });
  route(`${BASE}/messages`, {
    async get(req, res) {
      const messages = (await mailbox.list()).map(presentMessage);
      succeed(req, res, JSON.stringify({ messages }));
    },
    async delete(req, res) {
      requireSameOrigin(req);
      await mailbox.clear();
      succeed(req, res, '{}');
    },
  });
  route(`${BASE}/messages/:id/html`, {
    async get(req, res) {
      const message = (await mailbox.list()).find(({ id }) => id === req.params['id']);
      if (!message) throw new ApiError(httpErrors.ROUTE_NOT_FOUND);
      res.setHeader('X-Frame-Options', 'SAMEORIGIN');
      // A sandboxed document has no origin to be keyed by, and browsers complain of the wish.
      res.removeHeader('Origin-Agent-Cluster');
      send(res, 'text/html', message.html, MAIL_POLICY);
    },
  });

  function route(path: string, handlers: { get: RequestHandler; delete?: RequestHandler }): void {
    const allow = handlers.delete ? 'GET, HEAD, DELETE' : 'GET, HEAD';
    const methods = router.route(path).get(handlers.get);
    if (handlers.delete) methods.delete(handlers.delete);
    methods.all(() => {
      throw new ApiError(httpErrors.METHOD_NOT_ALLOWED, { headers: { Allow: allow } });
    });
  }

  function succeed(req: Request, res: Response, data: string): void {
    sendJson(res, 200, successBody(req.context.id, JSON.stringify(translator.text(languageOf(req), 'mailbox.title')), data));
  }

  return router;
}

function send(res: Response, type: string, content: string, policy: string): void {
  res.setHeader('Content-Type', `${type}; charset=utf-8`);
  res.setHeader('Content-Security-Policy', policy);
  // Codes are in it, and the files change with the server.
  res.setHeader('Cache-Control', 'no-store');
  res.setHeader('X-Content-Type-Options', 'nosniff');
  res.setHeader('Referrer-Policy', 'no-referrer');
  res.end(content);
}
