import { renderPage } from '../../http/page.js';
import type { Language } from '../../i18n/language.js';
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
  const text = (part: Part) => translator.text(language, `contact_page.${part}`);
  const say = (part: Part) => escapeHtml(text(part));
  return renderPage({
    translator,
    language,
    title: text('title'),
    base,
    name: 'undo-page',
    data: { action: base, working: text('working'), next: text('next'), unreachable: text('unreachable'), incomplete: text('incomplete') },
    body: `<header><img src="${escapeHtml(base)}/undo-page.svg" alt="" width="32" height="32"><span>Tessera</span></header>
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
</main>`,
  });
}
