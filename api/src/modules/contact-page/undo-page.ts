import type { Response } from 'express';
import { ApiError, httpErrors } from '../../http/errors.js';
import { readPageFile } from '../../http/page.js';
import { languageOf } from '../../http/request-context.js';
import type { Step } from '../../http/steps.js';
import type { Translator } from '../../i18n/translator.js';
import { renderUndoPage } from './undo-page.html.js';

const PATH = '/settings/undo-contact-change';
const PAGE_METHODS = 'GET, HEAD, POST';
const FILE_METHODS = 'GET, HEAD';
/** Its own files, and answers from where it came: nothing inline, nothing from elsewhere, in nobody's frame. */
const POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const FILES = { 'undo-page.css': 'text/css', 'undo-page.client.js': 'text/javascript', 'undo-page.svg': 'image/svg+xml' } as const;

/**
 * The page behind the link of a notice that an e-mail address or a phone number was changed. It asks whether to take
 * the change back, and its button sends the link's token by POST to the same path, which is an endpoint of the table.
 * GET looks at nothing and changes nothing, because link previews and virus scanners follow every link of a mail.
 */
export function undoContactPage({ prefix, translator }: { prefix: string; translator: Pick<Translator, 'text'> }): Step {
  const base = `${prefix}${PATH}`;
  const files = new Map(Object.entries(FILES).map(([name, type]) => [`/${name}`, { type, content: readPageFile(new URL(name, import.meta.url)) }]));
  return function undoContactPage(req, res) {
    const below = pathBelow(req.path, base);
    if (below === undefined) return;
    if (below === '') {
      if (req.method === 'POST') return;
      req.context.route = base;
      if (!mayRead(req.method, res, PAGE_METHODS)) return;
      const language = languageOf(req);
      res.setHeader('Content-Language', language);
      return send(res, 'text/html', renderUndoPage(translator, language, base));
    }
    const file = files.get(below);
    if (!file) return;
    req.context.route = `${base}${below}`;
    if (mayRead(req.method, res, FILE_METHODS)) send(res, file.type, file.content);
  };
}

/** What follows the path of the page, in small letters and without a slash at its end; undefined for every other path. */
function pathBelow(path: string, base: string): string | undefined {
  // Asked of every request: most are shorter, and for them that is all.
  if (path.length < base.length || path.slice(0, base.length).toLowerCase() !== base.toLowerCase()) return undefined;
  const rest = path.slice(base.length).toLowerCase();
  return rest.endsWith('/') ? rest.slice(0, -1) : rest;
}

/** @throws ApiError 405 where the method is none of the page's; answers OPTIONS itself */
function mayRead(method: string, res: Response, allowed: string): boolean {
  if (method === 'GET' || method === 'HEAD') return true;
  if (method !== 'OPTIONS') throw new ApiError(httpErrors.METHOD_NOT_ALLOWED, { headers: { Allow: allowed } });
  res.setHeader('Allow', allowed);
  res.setHeader('Content-Length', '0');
  res.statusCode = 204;
  res.end();
  return false;
}

function send(res: Response, type: string, content: string): void {
  res.setHeader('Content-Type', `${type}; charset=utf-8`);
  res.setHeader('Content-Length', Buffer.byteLength(content));
  res.setHeader('Content-Security-Policy', POLICY);
  // The token stands in the address: no cache, no other site and no search engine gets to know it.
  res.setHeader('Cache-Control', 'no-store');
  res.setHeader('Referrer-Policy', 'no-referrer');
  res.setHeader('X-Robots-Tag', 'noindex, nofollow, noarchive');
  res.end(content);
}
