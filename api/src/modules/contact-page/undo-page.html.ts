import { direction, LANGUAGES, type Language } from '../../i18n/language.js';
import type { Translator } from '../../i18n/translator.js';
import { escapeHtml } from '../../shared/escape-html.js';

type Words = Pick<Translator, 'text'>;
type Part = 'title' | 'heading' | 'intro' | 'effects' | 'restored' | 'signed_out' | 'password' | 'working' | 'next' | 'unreachable' | 'incomplete' | 'no_script';

/**
 * The page as it is for everybody: nothing of the request but its language is in it, no token and no host (G-11). No
 * inline style and no inline script, as its policy wants it.
 * @param base the page's own path: below it are its files, and to it goes the POST
 */
export function renderUndoPage(translator: Words, language: Language, base: string): string {
  const say = (part: Part) => escapeHtml(translator.text(language, `contact_page.${part}`));
  const path = escapeHtml(base);
  return `<!doctype html>
<html lang="${language}" dir="${direction(language)}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex, nofollow">
<meta name="referrer" content="no-referrer">
<title>${say('title')} · Tessera</title>
<link rel="icon" href="${path}/undo-page.svg" type="image/svg+xml">
<link rel="stylesheet" href="${path}/undo-page.css">
<script type="module" src="${path}/undo-page.client.js"></script>
</head>
<body data-action="${path}" data-working="${say('working')}" data-next="${say('next')}" data-unreachable="${say('unreachable')}" data-incomplete="${say('incomplete')}">
<header><img src="${path}/undo-page.svg" alt="" width="32" height="32"><span>Tessera</span></header>
<main>
  <h1 id="heading" tabindex="-1">${say('heading')}</h1>
  <div id="question">
    <p>${say('intro')}</p>
    <p class="effects" id="effects">${say('effects')}</p>
    <ul aria-labelledby="effects">
      <li>${say('restored')}</li>
      <li>${say('signed_out')}</li>
      <li>${say('password')}</li>
    </ul>
    <button id="undo" type="button" disabled>${escapeHtml(translator.text(language, 'mail.undo.button'))}</button>
    <noscript><p class="notice">${say('no_script')}</p></noscript>
  </div>
  <p id="state" role="status"></p>
</main>
<footer>
  <nav aria-label="${escapeHtml(translator.text(language, 'mailbox.language'))}"><ul>
${LANGUAGES.map((other) => `    <li>${languageLink(translator, other, other === language)}</li>`).join('\n')}
  </ul></nav>
</footer>
</body>
</html>
`;
}

function languageLink(translator: Words, language: Language, current: boolean): string {
  return `<a href="?lang=${language}" hreflang="${language}" lang="${language}" dir="${direction(language)}"${current ? ' aria-current="true"' : ''}>${escapeHtml(translator.text(language, 'mailbox.language_name'))}</a>`;
}
