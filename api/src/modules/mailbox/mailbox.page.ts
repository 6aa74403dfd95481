import { renderPage } from '../../http/page.js';
import type { Language } from '../../i18n/language.js';
import type { Translator } from '../../i18n/translator.js';
import { escapeHtml } from '../../shared/escape-html.js';
import { mailboxTexts } from './mailbox.texts.js';

/**
 * The page without its messages: those come from the script as text, never as
 * markup. No inline style and no inline script, as its policy wants it.
 * @param base the page's own path, below which its parts are found
 */
export function renderMailboxPage(translator: Pick<Translator, 'text'>, language: Language, base: string): string {
  const say = (key: 'title' | 'intro' | 'empty' | 'to' | 'code' | 'clear') => escapeHtml(translator.text(language, `mailbox.${key}`));
  const own = Object.fromEntries(Object.entries(mailboxTexts[language]).map(([name, text]) => [name, escapeHtml(text)])) as typeof mailboxTexts[Language];
  const path = escapeHtml(base);
  return renderPage({
    translator,
    language,
    title: translator.text(language, 'mailbox.title'),
    base,
    name: 'mailbox',
    data: { base },
    body: `<a class="skip" href="#messages">${own.skip}</a>
<header class="top">
  <div class="bar">
    <img class="icon" src="${path}/mailbox.svg" alt="" width="40" height="40">
    <div class="words">
      <h1>${say('title')}</h1>
      <p>${say('intro')}</p>
    </div>
    <div class="tools">
      <span class="state" id="state" role="status" data-live="${own.live}" data-lost="${own.lost}"><span class="dot"></span><span class="label">${own.lost}</span></span>
      <button class="quiet" id="clear" type="button" disabled>${say('clear')}</button>
    </div>
  </div>
</header>
<main id="messages" tabindex="-1">
  <noscript><p class="notice">${own.noScript}</p></noscript>
  <div class="empty" id="empty" hidden>
    <img src="${path}/mailbox.svg" alt="" width="72" height="72">
    <p class="strong">${say('empty')}</p>
    <p>${own.waiting}</p>
  </div>
  <ol class="list" id="list"></ol>
</main>
<p class="unseen" id="news" role="status" data-arrived="${own.arrived}"></p>
<template id="message">
  <li class="card">
    <article>
      <div class="head">
        <p class="to"><span class="label">${say('to')}</span> <bdi></bdi></p>
        <span class="channel" dir="ltr"></span>
        <time></time>
      </div>
      <h2 class="subject"><bdi></bdi></h2>
      <div class="code">
        <output class="digits" dir="ltr" aria-label="${say('code')}"></output>
        <button class="copy" type="button" data-copied="${own.copied}">${own.copy}</button>
      </div>
      <details>
        <summary>${own.open}</summary>
        <iframe sandbox="allow-popups allow-popups-to-escape-sandbox" referrerpolicy="no-referrer" loading="lazy"></iframe>
      </details>
    </article>
  </li>
</template>`,
  });
}
