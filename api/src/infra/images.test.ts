import { deflateSync } from 'node:zlib';
import { expect, it, describe } from '@jest/globals';
import sharp from 'sharp';
import { image, ofManyScans, type Format } from '../../test/pictures.js';
import { createImages } from './images.js';

const images = createImages();
const draw = (content: Buffer | string) => images.toSquare(() => Promise.resolve(Buffer.from(content as string)));
const colourAt = async (picture: Buffer, left: number, top: number) => [...(await sharp(picture).extract({ left, top, width: 1, height: 1 }).removeAlpha().raw().toBuffer())];

/** A chunk of a PNG with its checksum. */
function chunk(type: string, content: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type), content]);
  const frame = Buffer.alloc(8);
  frame.writeUInt32BE(content.length);
  frame.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)]);
}

function crc32(bytes: Buffer): number {
  let crc = -1;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}

/** A PNG that says it is so large; its rows are zeros, which deflate a thousand times. */
function pngOf(width: number, height: number, rowBytes = 0): Buffer {
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width);
  head.writeUInt32BE(height, 4);
  head.set([1, 0, 0, 0, 0], 8);
  return Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), chunk('IHDR', head), chunk('IDAT', deflateSync(Buffer.alloc(rowBytes))), chunk('IEND', Buffer.alloc(0))]);
}

describe('an image', () => {
  it.each<[Format]>([['jpeg'], ['png'], ['webp'], ['gif'], ['avif']])('of the type %s becomes a square WebP', async (format) => {
    const picture = await draw(await image(format, { width: 300, height: 100, colour: '#0000ff' }));
    expect(await sharp(picture).metadata()).toMatchObject({ format: 'webp', width: 512, height: 512 });
    const [red, , blue] = await colourAt(picture, 256, 256);
    expect([red! < 40, blue! > 215]).toEqual([true, true]);
  });

  it('F-09: loses where and with what it was taken, and keeps which side is up', async () => {
    const top = await image('jpeg', { width: 200, height: 100, colour: '#ff0000' });
    const photograph = await sharp({ create: { width: 200, height: 200, channels: 3, background: '#0000ff' } })
      .composite([{ input: top, top: 0, left: 0 }])
      .withExif({ IFD0: { Make: 'Canary', Orientation: '3' }, IFD3: { GPSLatitudeRef: 'N', GPSLatitude: '51/1 30/1 0/1', GPSLongitudeRef: 'W', GPSLongitude: '0/1 7/1 0/1' } })
      .withMetadata({ orientation: 3 })
      .jpeg()
      .toBuffer();
    expect((await sharp(photograph).metadata()).exif).toBeDefined();
    expect(photograph.includes('Canary')).toBe(true);
    const picture = await draw(photograph);
    const { exif, xmp, icc, iptc, orientation } = await sharp(picture).metadata();
    expect([exif, xmp, icc, iptc, orientation]).toEqual([undefined, undefined, undefined, undefined, undefined]);
    for (const trace of ['Canary', 'EXIF', 'Exif', 'GPS']) expect(picture.includes(trace)).toBe(false);
    // Turned by half: what was above is below.
    const [[redAbove], [redBelow]] = [await colourAt(picture, 256, 20), await colourAt(picture, 256, 490)];
    expect([redAbove! < 60, redBelow! > 195]).toEqual([true, true]);
  });

  it('with several frames shows its first', async () => {
    const frames = await Promise.all(['#ff0000', '#00ff00', '#0000ff'].map((colour) => image('png', { width: 40, height: 40, colour })));
    for (const animation of [await sharp(frames, { join: { animated: true } }).gif().toBuffer(), await sharp(frames, { join: { animated: true } }).webp().toBuffer()]) {
      expect((await sharp(animation, { animated: true }).metadata()).pages).toBe(3);
      const picture = await draw(animation);
      expect((await sharp(picture).metadata()).pages ?? 1).toBe(1);
      const [red, green, blue] = await colourAt(picture, 256, 256);
      expect([red! > 215, green! < 40, blue! < 40]).toEqual([true, true, true]);
    }
  });

  it.each([
    ['an archive behind a GIF', 'gif', 'PK\x03\x04 META-INF/MANIFEST.MF PK\x05\x06'],
    ['a script behind a JPEG', 'jpeg', '<?php system($_GET["c"]); ?>'],
    ['a document behind a PNG', 'png', '%PDF-1.7 /JS(app.alert(1))'],
    ['a page behind a WebP', 'webp', '<script>alert(1)</script>'],
  ] as const)('F-07: %s is left behind', async (_what, format, hidden) => {
    const polyglot = Buffer.concat([await image(format), Buffer.from(hidden, 'latin1')]);
    const picture = await draw(polyglot);
    expect(picture.includes(hidden.slice(0, 10))).toBe(false);
    expect((await sharp(picture).metadata()).format).toBe('webp');
  });

  it('F-07: so is a script in a comment of a JPEG', async () => {
    const comment = Buffer.from('<?php system($_GET["c"]); ?>*/=alert(1);/*');
    const plain = await image('jpeg');
    const polyglot = Buffer.concat([plain.subarray(0, 2), Buffer.from([0xff, 0xfe, 0, comment.length + 2]), comment, plain.subarray(2)]);
    const picture = await draw(polyglot);
    expect(picture.includes('php')).toBe(false);
  });
});

describe('what is refused', () => {
  it('F-08: a JPEG whose scans would take a core for long, before one of them is decoded', async () => {
    await expect(draw(await ofManyScans(101))).rejects.toMatchObject({ reason: 'too_large' });
    expect((await sharp(await draw(await ofManyScans(100))).metadata()).format).toBe('webp');
    const photograph = await sharp({ create: { width: 200, height: 200, channels: 3, noise: { type: 'gaussian', mean: 128, sigma: 60 }, background: 'black' } }).jpeg({ mozjpeg: true }).toBuffer();
    expect((await sharp(await draw(photograph)).metadata()).format).toBe('webp');
  });

  it.each([
    ['an SVG', '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><script>alert(1)</script></svg>'],
    ['an SVG behind the head of a GIF', 'GIF89a<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9"/></svg>'],
    ['a page', '<!doctype html><img src=x onerror=alert(1)>'],
    ['a PDF', '%PDF-1.7\n1 0 obj'],
    ['an archive', 'PK\x03\x04'],
    ['a TIFF', 'II*\x00\x08\x00\x00\x00'],
    ['a HEIC', '\x00\x00\x00\x1cftypheic\x00\x00\x00\x00mif1heicmiaf'],
    ['a playlist of ImageMagick', 'push graphic-context\nviewbox 0 0 9 9\nfill "url(https://127.0.0.1/x)"'],
    ['text', 'hello'],
    ['nothing', ''],
  ])('F-07: %s', async (_what, content) => {
    const reason = await draw(Buffer.from(content, 'latin1')).catch((error: { name: string; reason: string }) => [error.name, error.reason]);
    expect(reason).toEqual(['ImageRefusedError', content.startsWith('GIF') ? 'broken' : 'type']);
  });

  it.each<[Format]>([['jpeg'], ['png'], ['webp'], ['gif'], ['avif']])('a truncated %s, wherever it ends', async (format) => {
    const noise = await sharp({ create: { width: 200, height: 200, channels: 3, noise: { type: 'gaussian', mean: 128, sigma: 60 }, background: 'black' } }).toFormat(format).toBuffer();
    for (const part of [0.02, 0.3, 0.6, 0.9]) {
      await expect(draw(noise.subarray(0, Math.max(40, Math.floor(noise.length * part))))).rejects.toMatchObject({ name: 'ImageRefusedError' });
    }
  });

  it.each([
    ['a PNG of 50,000 by 50,000', () => Promise.resolve(pngOf(50_000, 50_000, 50_000))],
    ['a PNG of 51,000 by 1,000', () => Promise.resolve(pngOf(51_000, 1_000, 1_000))],
    ['a JPEG of 8,000 by 8,000', () => image('jpeg', { width: 8_000, height: 8_000 })],
    ['a GIF of 5,000 by 5,000', () => image('gif', { width: 5_000, height: 5_000 })],
    ['an AVIF of 4,000 by 4,000', () => image('avif', { width: 4_000, height: 4_000 })],
  ])('F-08: %s, before it is decoded', async (_what, make) => {
    await expect(draw(await make())).rejects.toMatchObject({ name: 'ImageRefusedError', reason: 'too_large' });
  });

  it('F-07: no decoder for anything else is left in the process, whatever the type was taken for', async () => {
    await draw(await image());
    const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>');
    const tiff = await sharp({ create: { width: 9, height: 9, channels: 3, background: 'red' } }).tiff().toBuffer();
    for (const other of [svg, tiff]) await expect(sharp(other).metadata()).rejects.toThrow('unsupported image format');
  });

  it('a failure to read the original is not the image’s', async () => {
    const failure = new Error('the disk');
    await expect(images.toSquare(() => Promise.reject(failure))).rejects.toBe(failure);
  });
});
