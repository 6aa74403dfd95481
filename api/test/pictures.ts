import sharp from 'sharp';

export type Format = 'jpeg' | 'png' | 'webp' | 'gif' | 'avif';

/** An image of one colour. */
export function image(format: Format = 'png', { width = 64, height = 48, colour = '#c81e28' } = {}): Promise<Buffer> {
  return sharp({ create: { width, height, channels: 3, background: colour } }).toFormat(format, format === 'avif' ? { effort: 0 } : {}).toBuffer();
}

/** A multipart body as a browser sends it. */
export function form(content: Buffer | string, { field = 'file', name = 'me.png', type = 'image/png' } = {}): FormData {
  const body = new FormData();
  body.append(field, new Blob([content], { type }), name);
  return body;
}

/** Image bytes that end so that the file has this size; what follows the picture is passed over by its decoder. */
export function padded(content: Buffer, size: number): Buffer {
  return Buffer.concat([content, Buffer.alloc(size - content.length)]);
}
