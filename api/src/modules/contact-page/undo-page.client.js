// The script of the page that undoes a change of contact, for the browser. Whatever the server says is put in as text.

const { action, working, next, unreachable, incomplete } = document.body.dataset;
const { lang } = document.documentElement;
const byId = (id) => document.getElementById(id);
const [heading, question, button, state] = ['heading', 'question', 'undo', 'state'].map(byId);
const label = button.textContent;

const address = new URL(location.href);
// After a reload the token is where this script has put it.
const token = address.searchParams.get('token') || history.state?.token;

/** Out of the address bar, where it would be read over a shoulder, copied and kept in the history. */
function hideToken() {
  address.searchParams.delete('token');
  history.replaceState({ token }, '', address);
}

/** A page in another language needs it again. */
function keepTokenInLinks() {
  for (const link of document.querySelectorAll('a[hreflang]')) link.search = new URLSearchParams({ lang: link.hreflang, token });
}

async function undo() {
  button.disabled = true;
  button.textContent = working;
  state.textContent = '';
  const answer = await ask();
  if (answer?.success) return finish(answer.message, next, 'done');
  const { error, again } = answer ?? { again: true };
  if (!again) return finish(answer.message, sentences(error?.reason, error?.hint), 'failed');
  state.textContent = answer ? sentences(answer.message, error?.hint) : unreachable;
  button.textContent = label;
  button.disabled = false;
  button.focus();
}

/** The envelope that the server answered, and whether to try again; undefined where no answer came, or one that is not ours. */
async function ask() {
  try {
    const response = await fetch(action, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'X-Lang': lang },
      body: JSON.stringify({ token }),
      cache: 'no-store',
      credentials: 'omit',
      redirect: 'error',
    });
    const { success, message, error } = await response.json();
    const { status } = response;
    return typeof message === 'string' ? { success: response.ok && success, message, error, again: status === 408 || status === 429 || status >= 500 } : undefined;
  } catch {
    return undefined;
  }
}

/** There is nothing left to ask. Who hears the page is taken to the answer. */
function finish(message, more, mood) {
  history.replaceState(null, '', address);
  document.querySelectorAll('a[hreflang]').forEach((link) => (link.search = new URLSearchParams({ lang: link.hreflang })));
  question.hidden = true;
  document.body.className = mood;
  heading.textContent = message;
  state.textContent = more;
  document.title = `${message} · Tessera`;
  heading.focus();
}

/** Messages end without a full stop, reasons and hints with one. */
function sentences(...texts) {
  return texts.filter(Boolean).map((text) => (/[.!?؟]$/.test(text) ? text : `${text}.`)).join(' ');
}

if (token) {
  hideToken();
  keepTokenInLinks();
  button.disabled = false;
  button.addEventListener('click', () => void undo());
} else {
  question.hidden = true;
  state.textContent = incomplete;
}
