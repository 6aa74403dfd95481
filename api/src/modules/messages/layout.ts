import { direction } from '../../i18n/language.js';
import { checkedUrl, type Block, type MessageContent } from './blocks.js';
import { escapeHtml } from '../../shared/escape-html.js';

const FONT = "-apple-system,BlinkMacSystemFont,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif";
const CODE_FONT = "ui-monospace,SFMono-Regular,Menlo,Consolas,'Liberation Mono',monospace";

/**
 * For mail programs that read a style sheet and follow the reader's dark mode.
 * All others show the inline styles, which stand on their own.
 */
const DARK_MODE = `:root{color-scheme:light dark;supported-color-schemes:light dark}
@media (prefers-color-scheme:dark){
body,.page{background:#111318!important}
.card{background:#1b1e25!important;border-color:#2c313b!important}
.strong,.code{color:#f2f4f8!important}
.soft{color:#a8b0bf!important}
.well{background:#252a34!important;border-color:#39404d!important}
.button{background:#7fb0ff!important;color:#0b1220!important}
.link{color:#8ab6ff!important}
}
@media (max-width:480px){.inside{padding:28px 22px!important}.code{font-size:30px!important;letter-spacing:5px!important}}`;

/**
 * The HTML of a message: tables and inline styles, which every mail program
 * understands; `lang` and `dir` for screen readers and for Arabic. A long address
 * breaks rather than widen the page of a telephone. Every value is escaped here
 * and nowhere else (E-21).
 */
export function renderHtml({ language, appName, heading, blocks, footer }: MessageContent): string {
  const dir = direction(language);
  const start = dir === 'rtl' ? 'right' : 'left';
  return `<!doctype html>
<html lang="${language}" dir="${dir}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<meta name="format-detection" content="telephone=no,date=no,address=no,email=no">
<title>${escapeHtml(heading)}</title>
<style>${DARK_MODE}</style>
</head>
<body style="margin:0;padding:0;background:#f3f4f7;-webkit-text-size-adjust:100%">
<table role="presentation" class="page" width="100%" cellpadding="0" cellspacing="0" border="0" dir="${dir}" style="background:#f3f4f7">
<tr><td align="center" style="padding:32px 12px;word-break:break-word">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" style="max-width:520px">
<tr><td class="strong" align="${start}" style="padding:0 4px 14px;font:600 16px/24px ${FONT};color:#1c2433">${escapeHtml(appName)}</td></tr>
<tr><td class="card" style="background:#ffffff;border:1px solid #e1e4ea;border-radius:14px">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0">
<tr><td class="inside" align="${start}" style="padding:36px 36px 32px">
<h1 class="strong" style="margin:0 0 12px;font:600 22px/30px ${FONT};color:#1c2433">${escapeHtml(heading)}</h1>
${blocks.map((block) => renderBlock(block, start)).join('\n')}
</td></tr>
</table>
</td></tr>
<tr><td class="soft" align="${start}" style="padding:16px 4px 0;font:400 13px/20px ${FONT};color:#626c7d">${footer.map(escapeHtml).join('<br>')}</td></tr>
</table>
</td></tr>
</table>
</body>
</html>
`;
}

function renderBlock(block: Block, start: string): string {
  switch (block.kind) {
    case 'text':
      return `<p class="strong" style="margin:0 0 16px;font:400 16px/25px ${FONT};color:#1c2433">${escapeHtml(block.text)}</p>`;
    case 'note':
      return `<p class="soft" style="margin:0 0 8px;font:400 14px/22px ${FONT};color:#626c7d">${escapeHtml(block.text)}</p>`;
    case 'code':
      // Digits run from left to right in every language.
      return `<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" style="margin:8px 0 22px"><tr>
<td class="well" align="center" style="padding:18px 12px 20px;background:#f3f6fb;border:1px solid #d9e1ee;border-radius:10px">
<div class="soft" style="font:400 13px/20px ${FONT};color:#626c7d">${escapeHtml(block.label)}</div>
<div class="code" dir="ltr" style="font:600 34px/46px ${CODE_FONT};letter-spacing:8px;padding-left:8px;color:#1c2433">${escapeHtml(block.code)}</div>
</td></tr></table>`;
    case 'facts':
      // A value is read in its own direction: an address from left to right, also in an Arabic message.
      return `<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" style="margin:8px 0 22px"><tr>
<td class="well" align="${start}" style="padding:14px 18px;background:#f3f6fb;border:1px solid #d9e1ee;border-radius:10px">${block.rows
        .map(
          ({ label, value }) => `
<div class="soft" style="font:400 13px/20px ${FONT};color:#626c7d">${escapeHtml(label)}</div>
<div class="strong" style="margin:0 0 8px;font:400 16px/24px ${FONT};color:#1c2433"><bdi>${escapeHtml(value)}</bdi></div>`,
        )
        .join('')}
</td></tr></table>`;
    case 'button':
      return `<table role="presentation" cellpadding="0" cellspacing="0" border="0" align="${start}" style="margin:8px 0 22px"><tr>
<td class="button" style="background:#1f5fd0;border-radius:10px"><a class="button" href="${escapeHtml(checkedUrl(block.url))}" target="_blank" rel="noopener noreferrer" style="display:inline-block;padding:13px 26px;text-align:center;font:600 16px/22px ${FONT};color:#ffffff;text-decoration:none;border-radius:10px">${escapeHtml(block.label)}</a></td>
</tr></table><div style="clear:both"></div>`;
    case 'link':
      return `<p style="margin:0 0 16px;font:400 16px/25px ${FONT}"><a class="link" href="${escapeHtml(checkedUrl(block.url))}" target="_blank" rel="noopener noreferrer" style="color:#1f5fd0;text-decoration:underline">${escapeHtml(block.label)}</a></p>`;
  }
}
