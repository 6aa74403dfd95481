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

/** A progressive JPEG of so many scans: the first one has the colour, those behind it say that there is nothing more, a bit of a coefficient at a time. */
export async function ofManyScans(count: number): Promise<Buffer> {
  const plain = await sharp({ create: { width: 64, height: 64, channels: 3, background: '#808080' } }).jpeg({ progressive: true, chromaSubsampling: '4:4:4' }).toBuffer();
  const first = plain.indexOf(Buffer.from([0xff, 0xda]));
  const behind = plain.indexOf(Buffer.from([0xff, 0xc4]), first);
  // One code of one bit: a run of 16,384 blocks without anything.
  const table = Buffer.from([0xff, 0xc4, 0, 20, 0x10, 1, ...Array<number>(15).fill(0), 0xe0]);
  const scans = Array.from({ length: count - 1 }, (_none, at) => {
    const [coefficient, bit] = [1 + Math.floor(at / 14), 13 - (at % 14)];
    return Buffer.from([0xff, 0xda, 0, 8, 1, plain[first + 5]!, 0, coefficient, coefficient, ((bit === 13 ? 0 : bit + 1) << 4) | bit, 0, 0, 0]);
  });
  return Buffer.concat([plain.subarray(0, behind), table, ...scans, Buffer.from([0xff, 0xd9])]);
}
