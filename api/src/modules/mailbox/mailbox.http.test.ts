import { get as httpGet } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { startMailboxServer, type MailboxServer } from '../../../test/mailbox-server.js';
import { until } from '../../../test/until.js';

const mail = { to: 'mina@example.com', subject: 'Your code', text: 'Your code:\n\n042137\n\nUntil 2026.\n', html: '<h1>042137</h1><script>alert(1)</script>' };

let server: MailboxServer;
beforeEach(async () => {
  server = await startMailboxServer();
});
afterEach(() => server.close());

const request = (path = '', init: RequestInit = {}) => fetch(server.page + path, init);
type Listing = { success: boolean; data: { messages: { id: string; to: string; code: string | null; html?: string }[] } };
const listed = async () => ((await (await request('/messages')).json()) as Listing).data.messages;

/** Reads a stream until it ends. */
function openStream(headers: Record<string, string> = {}) {
  const stream = { status: 0, text: '', ended: false, close: () => undefined as void };
  const req = httpGet(`${server.page}/stream`, { headers, agent: false }, (res) => {
    stream.status = res.statusCode ?? 0;
    res.setEncoding('utf8').on('data', (text: string) => (stream.text += text));
    res.on('close', () => (stream.ended = true));
  });
  req.on('error', () => (stream.ended = true));
  stream.close = () => void req.destroy();
  return stream;
}

describe('200', () => {
  it('lists messages, newest first, with the code and without the HTML', async () => {
    await server.mailbox.send({ ...mail, text: 'No code in it: 12 apples, 2026.' });
    await server.mailbox.send(mail);
    const messages = await listed();
    expect(messages).toMatchObject([{ to: 'mina@example.com', code: '042137' }, { code: null }]);
    expect(messages[0]).not.toHaveProperty('html');
  });

  it('keeps the newest hundred', async () => {
    for (let number = 1; number <= 105; number += 1) await server.mailbox.send({ ...mail, subject: `Number ${number}` });
    const messages = (await listed()) as unknown as { subject: string }[];
    expect(messages).toHaveLength(100);
    expect(messages[0]?.subject).toBe('Number 105');
  });

  it('shows the page in the language that is asked for, with nothing inline', async () => {
    const response = await request('?lang=ar');
    const html = await response.text();
    expect(html).toContain('<html lang="ar" dir="rtl">');
    expect(html).not.toMatch(/<style|style=|<script(?! type="module" src=)|\son\w+=/);
    expect(response.headers.get('content-security-policy')).toMatch(/^default-src 'self';/);
    expect(response.headers.get('content-security-policy')).not.toMatch(/unsafe|\*/);
    expect(response.headers.get('cache-control')).toBe('no-store');
  });

  it('gives a mail as it was written, without the power to do anything', async () => {
    await server.mailbox.send(mail);
    const [message] = await listed();
    const response = await request(`/messages/${message?.id}/html`);
    expect(await response.text()).toBe(mail.html);
    const policy = response.headers.get('content-security-policy');
    expect(policy).toMatch(/default-src 'none'/);
    expect(policy).toMatch(/sandbox(?!.*allow-(scripts|same-origin|forms))/);
  });

  it.each<Record<string, string>>([{ 'sec-fetch-site': 'same-origin' }, {}])('deletes all for %j', async (headers) => {
    await server.mailbox.send(mail);
    expect((await request('/messages', { method: 'DELETE', headers })).status).toBe(200);
    expect(await listed()).toEqual([]);
  });

  it('streams news, and ends every stream when the mailbox is closed', async () => {
    const stream = openStream();
    await until(() => stream.text.includes('event: changed'), 30_000);
    const before = stream.text.length;
    await server.mailbox.send(mail);
    await until(() => stream.text.slice(before).includes('event: changed'), 30_000);
    expect(stream.text).not.toContain('042137');
    await server.mailbox.close();
    await until(() => stream.ended, 30_000);
  });
});

describe('403', () => {
  it.each<Record<string, string>>([{ 'sec-fetch-site': 'cross-site' }, { 'sec-fetch-site': 'same-site' }, { 'sec-fetch-site': 'none' }, { origin: 'http://evil.example' }, { origin: 'null' }])('deletes nothing for another site: %j', async (headers) => {
    await server.mailbox.send(mail);
    expect((await request('/messages', { method: 'DELETE', headers })).status).toBe(403);
    expect(await listed()).toHaveLength(1);
  });
});

describe('404 and 405', () => {
  it('knows no message that is not there', async () => {
    expect((await request('/messages/1234/html')).status).toBe(404);
  });

  it('says which methods a path has', async () => {
    const response = await request('/messages', { method: 'POST' });
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('GET, HEAD, DELETE');
  });
});

describe('503', () => {
  it('serves fifty streams, and the next one when one has gone', async () => {
    const streams = Array.from({ length: 50 }, () => openStream());
    await until(() => streams.every(({ text }) => text.includes('changed')), 30_000);
    const refused = openStream();
    await until(() => refused.status > 0, 30_000);
    expect(refused.status).toBe(503);
    streams.pop()?.close();
    let next = openStream();
    await until(() => {
      if (next.status === 503) next = openStream();
      return next.status === 200;
    }, 30_000);
    for (const stream of [...streams, next]) stream.close();
  });
});
