import { checkedUrl, type Block, type MessageContent } from './blocks.js';

/** The plain-text twin: the same blocks in the same order, a blank line between them, the code on a line of its own. */
export function renderPlainText({ heading, blocks, footer }: MessageContent): string {
  const parts = [heading, ...blocks.map(renderBlock)];
  if (footer.length > 0) parts.push(`-- \n${footer.join('\n')}`);
  return `${parts.join('\n\n')}\n`;
}

function renderBlock(block: Block): string {
  switch (block.kind) {
    case 'text':
    case 'note':
      return block.text;
    case 'code':
      return `${block.label}:\n\n${block.code}`;
    case 'facts':
      return block.rows.map(({ label, value }) => `${label}: ${value}`).join('\n');
    case 'button':
    case 'link':
      return `${block.label}: ${checkedUrl(block.url)}`;
  }
}
