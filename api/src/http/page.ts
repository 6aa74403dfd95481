import { readFileSync } from 'node:fs';
import { direction, LANGUAGES, type Language } from '../i18n/language.js';
import type { Translator } from '../i18n/translator.js';
import { escapeHtml } from '../shared/escape-html.js';

export type PageParts = {
  translator: Pick<Translator, 'text'>;
  language: Language;
  title: string;
  /** The path below which the page's own files lie, by this name: `x.css`, `x.client.js`, `x.svg`. */
  base: string;
  name: string;
  /** What the page's script reads, as attributes `data-…` of the body. */
  data: Readonly<Record<string, string>>;
  /** HTML: whoever writes it escapes what stands in it. */
  body: string;
};

/**
 * A page for people, the frame of all of them: in the caller's language and its direction, with links to the others. No
 * inline style and no inline script, so that a policy can forbid them.
 */
export function renderPage({ translator, language, title, base, name, data, body }: PageParts): string {
  const file = `${escapeHtml(base)}/${name}`;
  const attributes = Object.entries(data).map(([key, value]) => ` data-${key}="${escapeHtml(value)}"`).join('');
  return `<!doctype html>
<html lang="${language}" dir="${direction(language)}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex, nofollow">
<meta name="referrer" content="no-referrer">
<title>${escapeHtml(title)} · Tessera</title>
<link rel="icon" href="${file}.svg" type="image/svg+xml">
<link rel="stylesheet" href="${file}.css">
<script type="module" src="${file}.client.js"></script>
</head>
<body${attributes}>
${body}
<footer>
  <nav aria-label="${escapeHtml(translator.text(language, 'mailbox.language'))}"><ul>
${LANGUAGES.map((other) => `    <li><a href="?lang=${other}" hreflang="${other}" lang="${other}" dir="${direction(other)}"${other === language ? ' aria-current="true"' : ''}>${escapeHtml(translator.text(other, 'mailbox.language_name'))}</a></li>`).join('\n')}
  </ul></nav>
</footer>
</body>
</html>
`;
}

/** One of a page's own files. Its style comes after what all pages share: the colours for light and dark, and the footer's links. */
export function readPageFile(file: URL): string {
  const own = readFileSync(file, 'utf8');
  return file.pathname.endsWith('.css') ? `${readFileSync(new URL('./page.css', import.meta.url), 'utf8')}\n${own}` : own;
}
