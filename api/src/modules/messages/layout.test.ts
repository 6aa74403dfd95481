import { describe, expect, it } from '@jest/globals';
import type { Block, MessageContent } from './blocks.js';
import { renderHtml } from './layout.js';
import { renderPlainText } from './plain-text.js';

const content = (blocks: Block[], more: Partial<MessageContent> = {}): MessageContent => ({ language: 'en', appName: 'Tessera', heading: 'Hello', blocks, footer: ['Bye'], ...more });
const EVIL = `<img src=x onerror=alert(1)> "quoted" 'single' & $& $1 \${x}`;

describe('a message', () => {
  it('escapes every value in HTML, and changes none in plain text (E-21)', () => {
    const evil = content(
      [
        { kind: 'text', text: EVIL },
        { kind: 'note', text: EVIL },
        { kind: 'code', label: EVIL, code: EVIL },
        { kind: 'facts', rows: [{ label: EVIL, value: EVIL }] },
        { kind: 'button', label: EVIL, url: 'https://example.com/?a="><script>&b=1' },
        { kind: 'link', label: EVIL, url: 'https://example.com/' },
      ],
      { appName: EVIL, heading: EVIL, footer: [EVIL] },
    );
    const html = renderHtml(evil);
    expect(html).not.toMatch(/<img|<script|onerror=alert\(1\)>/);
    const escaped = '&lt;img src=x onerror=alert(1)&gt; &quot;quoted&quot; &#39;single&#39; &amp; $&amp; $1 ${x}';
    // The heading is the title too.
    expect(html.split(escaped)).toHaveLength(13);
    expect(renderPlainText(evil).split(EVIL)).toHaveLength(11);
  });

  it.each(['javascript:alert(1)', 'data:text/html,x', 'file:///etc/passwd'])('does not link to %s', (url) => {
    expect(() => renderHtml(content([{ kind: 'link', label: 'tap', url }]))).toThrow(TypeError);
    expect(() => renderPlainText(content([{ kind: 'button', label: 'tap', url }]))).toThrow(TypeError);
  });

  it('reads from right to left in Arabic, its code from left to right', () => {
    const html = renderHtml(content([{ kind: 'code', label: 'الرمز', code: '042137' }], { language: 'ar' }));
    expect(html).toContain('<html lang="ar" dir="rtl">');
    expect(html).toMatch(/dir="ltr"[^>]*>042137</);
  });

  it('isolates each fact, so that an address is read from left to right in an Arabic message', () => {
    const html = renderHtml(content([{ kind: 'facts', rows: [{ label: 'العنوان', value: '2001:db8::7' }] }], { language: 'ar' }));
    expect(html).toContain('<bdi>2001:db8::7</bdi>');
  });

  it('loads nothing from anywhere', () => {
    const html = renderHtml(content([{ kind: 'button', label: 'Open', url: 'https://example.com/' }]));
    expect(html).not.toMatch(/src=|url\(|@import|<link/);
  });

  it('says the same in plain text, the code on a line of its own', () => {
    const blocks: Block[] = [{ kind: 'text', text: 'One.' }, { kind: 'code', label: 'Code', code: '042137' }, { kind: 'link', label: 'More', url: 'https://example.com/' }];
    expect(renderPlainText(content(blocks))).toBe('Hello\n\nOne.\n\nCode:\n\n042137\n\nMore: https://example.com/\n\n-- \nBye\n');
  });
});
