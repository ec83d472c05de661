/** Files in every format that is read, held to the pixels that Pillow, libpng and tifffile see (fixtures/export/pictures.py). */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { readNpz } from '../../src/files/npz.js';
import { foreignPicture } from '../../src/pictures/foreign-formats.js';
import { isPicture, pictureInfo, readPicture } from '../../src/pictures/read-picture.js';
import { rejectedProblem } from './support.js';

const folder = path.join(import.meta.dirname, '../../fixtures/pictures/formats');
const expected = readNpz(readFileSync(path.join(folder, 'expected.npz')), () => true);
const read = (name: string) => new Uint8Array(readFileSync(path.join(folder, name)));

/** Levels by which a sample may differ: inverse transforms and conversions of colors round differently. */
function toleranceOf(name: string): number {
  // Its chroma has half the size, and jpeg-js repeats it where others interpolate.
  if (name === 'ycck.jpg') return 20;
  if (name.startsWith('cmyk') && name.endsWith('.jpg')) return 6;
  if (name.endsWith('.jpg')) return 3;
  return name === 'premultiplied.tif' || name.startsWith('lossy') ? 1 : 0;
}

describe('readPicture', () => {
  it.each([...expected.keys()])('reads %s as other libraries do', async (name) => {
    const bytes = read(name);
    const tensor = expected.get(name)!;
    const [rows, columns, channels] = tensor.dims;
    const picture = await readPicture(bytes);
    expect(picture).toMatchObject({ width: columns, height: rows, channels });
    expect(picture.data).toBeInstanceOf(tensor.type === 'uint16' ? Uint16Array : Uint8Array);
    const values = tensor.data as Uint8Array | Uint16Array;
    let difference = 0;
    for (let i = 0; i < values.length; i++) difference = Math.max(difference, Math.abs(values[i]! - picture.data[i]!));
    expect(difference).toBeLessThanOrEqual(toleranceOf(name));
    expect(isPicture(bytes)).toBe(true);
    expect(pictureInfo(bytes)).toEqual({ format: picture.format, width: columns, height: rows });
  });

  it.each([
    ['pages.tif', 'the first of its 3 pages is read'],
    ['unknown-sample.tif', 'a sample a pixel of no known meaning is left out'],
    ['cmyk.tif', 'CMYK is made RGB without a color profile'],
    ['ycck.jpg', 'CMYK is made RGB without a color profile'],
    ['orientation-6.jpg', 'turned by 90° to the right, as its EXIF data say'],
    ['turned.webp', 'turned by 90° to the left, as its EXIF data say'],
  ])('says of %s: %s', async (name, note) => {
    expect((await readPicture(read(name))).notes).toEqual([note]);
  });

  it.each([
    ['no-arithmetic.jpg', 'JPEG pictures of this kind are not read', 'arithmetic coding'],
    ['no-12-bits.jpg', 'JPEG pictures of this kind are not read', '12 bits a sample'],
    ['no-animation.webp', 'animated WebP pictures are not read', 'an animation'],
    ['no-float.tif', 'TIFF pictures of this kind are not read', 'samples that are floats'],
    ['no-raw.tif', 'TIFF pictures of this kind are not read', 'a raw picture of a camera, or a preview first'],
    ['no-preview.tif', 'TIFF pictures of this kind are not read', 'a raw picture of a camera, or a preview first'],
    ['no-jpeg.tif', 'TIFF pictures of this kind are not read', 'JPEG inside'],
    ['no-fax.tif', 'TIFF pictures of this kind are not read', 'CCITT fax inside'],
    ['no-bigtiff.tif', 'unstride does not read pictures of this format', 'a BigTIFF picture'],
    ['no-gif.gif', 'unstride does not read pictures of this format', 'a GIF picture'],
    ['no-bmp.bmp', 'unstride does not read pictures of this format', 'a BMP picture'],
    ['no-avif.avif', 'unstride does not read pictures of this format', 'an AVIF picture'],
    ['no-jp2.jp2', 'unstride does not read pictures of this format', 'a JPEG 2000 picture'],
    ['no-ppm.ppm', 'unstride does not read pictures of this format', 'a Netpbm picture'],
  ])('names what %s is', async (name, message, actual) => {
    expect(await rejectedProblem(readPicture(read(name)))).toMatchObject({ code: 'US2005', message, actual });
  });

  it('is tested with every file that there is', () => {
    const names = readdirSync(folder).filter((name) => !name.startsWith('no-') && name !== 'expected.npz');
    expect(names.sort()).toEqual([...expected.keys()].sort());
  });
});

describe('foreignPicture', () => {
  const text = (content: string) => new TextEncoder().encode(content);

  it.each([
    ['<svg xmlns="http://www.w3.org/2000/svg">', 'an SVG drawing'],
    ['<?xml version="1.0"?>\n<!-- x --><svg>', 'an SVG drawing'],
    ['%PDF-1.7', 'a PDF document'],
    ['\0\0\0\x18ftypheic', 'a HEIC picture'],
    ['\0\0\0\x0cJXL ', 'a JPEG XL picture'],
    ['8BPS', 'a Photoshop document'],
  ])('names %j', (content, name) => {
    expect(foreignPicture(text(content))).toBe(name);
  });

  it('knows no other bytes', () => {
    expect(foreignPicture(text('<html><body>'))).toBeUndefined();
    expect(foreignPicture(new Uint8Array(0))).toBeUndefined();
  });
});
