// The script of the mailbox page, for the browser. Whatever a message says is put in as text, never as markup.

const RECONNECT_MS = 3_000;
const COPIED_MS = 2_000;
/** Names that are the same in every language. */
const TEXT_CHANNELS = { sms: 'SMS', whatsapp: 'WhatsApp' };
const TICK_MS = 15_000;

const { base } = document.body.dataset;
const { lang } = document.documentElement;
const byId = (id) => document.getElementById(id);
const [list, empty, clear, state, news, template] = ['list', 'empty', 'clear', 'state', 'news', 'message'].map(byId);
// The digits of the codes, in Arabic too.
const locale = `${lang}-u-nu-latn`;
const relative = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' });
const absolute = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'medium' });

/** Cards by the id of their message: one that stays keeps its place, its focus and its open mail. */
const cards = new Map();
let first = true;
let loading = false;
let again = false;

/** Brings the page to what the server has; calls that come meanwhile become one more. */
async function refresh() {
  if (loading) return void (again = true);
  loading = true;
  try {
    const response = await fetch(`${base}/messages`, { cache: 'no-store' });
    if (response.ok) show((await response.json()).data.messages);
    else setState(false);
  } catch {
    setState(false);
  } finally {
    loading = false;
    if (again) {
      again = false;
      void refresh();
    }
  }
}

function show(messages) {
  const ids = new Set(messages.map(({ id }) => id));
  for (const [id, card] of cards) {
    if (ids.has(id)) continue;
    card.remove();
    cards.delete(id);
  }
  const fresh = messages.filter(({ id }) => !cards.has(id)).reverse();
  for (const message of fresh) {
    const card = toCard(message);
    card.classList.toggle('fresh', !first);
    cards.set(message.id, card);
    list.prepend(card);
  }
  if (!first && fresh.length > 0) news.textContent = `${news.dataset.arrived} ${fresh.map(({ to }) => to).join(', ')}`;
  empty.hidden = messages.length > 0;
  clear.disabled = messages.length === 0;
  first = false;
}

function toCard(message) {
  const card = template.content.cloneNode(true).firstElementChild;
  const part = (selector) => card.querySelector(selector);
  part('.to bdi').textContent = message.to;
  const channel = TEXT_CHANNELS[message.channel];
  part('.subject bdi').textContent = channel ? message.text : message.subject;
  if (channel) part('.channel').textContent = channel;
  else part('.channel').remove();
  const time = part('time');
  time.dateTime = message.received_at;
  time.title = absolute.format(new Date(message.received_at));
  tell(time);
  if (message.code) {
    part('.digits').textContent = message.code;
    part('.copy').addEventListener('click', ({ currentTarget }) => void copy(message.code, currentTarget, part('.digits')));
  } else part('.code').remove();
  if (channel) {
    part('details').remove();
    return card;
  }
  const frame = part('iframe');
  frame.title = message.subject;
  part('details').addEventListener('toggle', () => {
    if (!frame.src) frame.src = `${base}/messages/${message.id}/html`;
  });
  return card;
}

function tell(time) {
  const seconds = Math.min(0, (new Date(time.dateTime) - Date.now()) / 1000);
  const [unit, length] = [['day', 86_400], ['hour', 3_600], ['minute', 60]].find(([, size]) => -seconds >= size) ?? ['second', 1];
  time.textContent = relative.format(unit === 'second' && seconds > -10 ? 0 : Math.round(seconds / length), unit);
}

async function copy(code, button, digits) {
  try {
    await navigator.clipboard.writeText(code);
  } catch {
    // Browsers give the clipboard to https and localhost only: elsewhere the old way.
    window.getSelection().selectAllChildren(digits);
    if (!document.execCommand('copy')) return;
  }
  if (button.classList.contains('done')) return;
  const label = button.textContent;
  button.textContent = news.textContent = button.dataset.copied;
  button.classList.add('done');
  setTimeout(() => {
    button.textContent = label;
    button.classList.remove('done');
  }, COPIED_MS);
}

function setState(live) {
  state.classList.toggle('live', live);
  const text = live ? state.dataset.live : state.dataset.lost;
  const label = state.querySelector('.label');
  if (label.textContent !== text) label.textContent = text;
}

function connect() {
  const stream = new EventSource(`${base}/stream`);
  stream.addEventListener('open', () => setState(true));
  stream.addEventListener('changed', () => void refresh());
  stream.addEventListener('error', () => {
    setState(false);
    // An answer that is no stream ends the browser's own attempts.
    if (stream.readyState === EventSource.CLOSED) setTimeout(connect, RECONNECT_MS);
  });
}

clear.addEventListener('click', async () => {
  clear.disabled = true;
  try {
    const response = await fetch(`${base}/messages`, { method: 'DELETE' });
    clear.disabled = response.ok;
  } catch {
    clear.disabled = false;
    setState(false);
  }
  await refresh();
});
setInterval(() => list.querySelectorAll('time').forEach(tell), TICK_MS);
connect();
