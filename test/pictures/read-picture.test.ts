import { encode } from 'fast-png';
import { zlibSync } from 'fflate';
import { encode as encodeJpeg } from 'jpeg-js';
import { describe, expect, it } from 'vitest';
import { crc32 } from '../../src/pictures/crc32.js';
import { writePng } from '../../src/pictures/png.js';
import { type ReadOptions, readPicture } from '../../src/pictures/read-picture.js';
import { rejectedProblem } from './support.js';

/** The picture alone, without where it came from. */
async function pixelsOf(bytes: Uint8Array, options?: ReadOptions) {
  const { width, height, channels, data } = await readPicture(bytes, options);
  return { width, height, channels, data };
}

const problemOf = (bytes: Uint8Array) => rejectedProblem(readPicture(bytes));

const gray2x2 = { width: 2, height: 2, channels: 1 as const, data: Uint8Array.of(0, 85, 170, 255) };

describe('readPicture', () => {
  it.each([
    [1, 8],
    [2, 8],
    [3, 8],
    [4, 8],
    [1, 16],
    [2, 16],
    [3, 16],
    [4, 16],
  ] as const)('reads PNG with %i channels of %i bits', async (channels, depth) => {
    const values = Array.from({ length: 3 * 2 * channels }, (_, i) => i * (depth === 8 ? 10 : 2700));
    const data = depth === 8 ? Uint8Array.from(values) : Uint16Array.from(values);
    const picture = await pixelsOf(encode({ width: 3, height: 2, channels, depth, data }));
    expect(picture).toEqual({ width: 3, height: 2, channels, data });
  });

  it('reads interlaced PNG', async () => {
    const data = Uint8Array.from({ length: 9 * 7 * 3 }, (_, i) => (i * 37) % 256);
    const bytes = encode({ width: 9, height: 7, channels: 3, depth: 8, data }, { interlace: 'Adam7' });
    expect((await pixelsOf(bytes)).data).toEqual(data);
  });

  it.each([
    [1, [0b10100000, 0b01100000], [255, 0, 255, 0, 255, 255]],
    [2, [0b00011000, 0b11000100], [0, 85, 170, 255, 0, 85]],
    [4, [0x0f, 0x80, 0x12, 0x30], [0, 255, 136, 17, 34, 51]],
  ] as const)('stretches gray of %i bits', async (depth, rows, expected) => {
    const bytes = encode({ width: 3, height: 2, channels: 1, depth, data: Uint8Array.from(rows) });
    expect([...(await pixelsOf(bytes)).data]).toEqual(expected);
  });

  it('resolves palettes, with and without alpha', async () => {
    const data = Uint8Array.of(1, 0, 0, 1);
    const opaque = encode({
      width: 2,
      height: 2,
      channels: 1,
      data,
      palette: [
        [1, 2, 3],
        [4, 5, 6],
      ],
    });
    expect(await pixelsOf(opaque)).toEqual({
      width: 2,
      height: 2,
      channels: 3,
      data: Uint8Array.of(4, 5, 6, 1, 2, 3, 1, 2, 3, 4, 5, 6),
    });
    const clear = encode({
      width: 2,
      height: 2,
      channels: 1,
      data,
      palette: [
        [1, 2, 3, 0],
        [4, 5, 6, 9],
      ],
    });
    expect(await pixelsOf(clear)).toMatchObject({
      channels: 4,
      data: Uint8Array.of(4, 5, 6, 9, 1, 2, 3, 0, 1, 2, 3, 0, 4, 5, 6, 9),
    });
    const packed = encode({
      width: 3,
      height: 1,
      channels: 1,
      depth: 2,
      data: Uint8Array.of(0b10000100),
      palette: [
        [0, 0, 0],
        [9, 9, 9],
        [7, 8, 9],
      ],
    });
    expect([...(await pixelsOf(packed)).data]).toEqual([7, 8, 9, 0, 0, 0, 9, 9, 9]);
  });

  it('reads JPEG', async () => {
    const data = new Uint8Array(16 * 16 * 4).fill(200);
    const picture = await pixelsOf(encodeJpeg({ width: 16, height: 16, data }, 95).data);
    expect(picture).toMatchObject({ width: 16, height: 16, channels: 3 });
    expect(Math.abs(picture.data[100]! - 200)).toBeLessThan(3);
  });

  it('refuses damaged files', async () => {
    const png = writePng(gray2x2);
    expect(await problemOf(png.subarray(0, 40))).toMatchObject({
      code: 'US2005',
      message: 'the PNG picture is truncated',
    });
    const flipped = png.slice();
    flipped[45]! ^= 0xff;
    expect(await problemOf(flipped)).toMatchObject({
      code: 'US2005',
      message: 'the PNG picture is damaged',
    });
    const jpeg = new Uint8Array(encodeJpeg({ width: 16, height: 16, data: new Uint8Array(1024) }, 50).data);
    expect(await problemOf(jpeg.subarray(0, 100))).toMatchObject({
      code: 'US2005',
      message: 'the JPEG picture is truncated',
    });
  });

  it('refuses sizes that no picture has', async () => {
    const huge = writePng(gray2x2);
    new DataView(huge.buffer, huge.byteOffset).setUint32(16, 0x7fffffff);
    expect(await problemOf(huge)).toMatchObject({
      expected: 'at most 100000000 pixels',
      actual: '2147483647×2',
    });
    const empty = writePng(gray2x2);
    new DataView(empty.buffer, empty.byteOffset).setUint32(16, 0);
    expect((await problemOf(empty)).code).toBe('US2005');
  });

  it('refuses pixels that unpack to more than the size', async () => {
    const png = writePng(gray2x2);
    const bomb = zlibSync(new Uint8Array(1 << 20));
    const out = new Uint8Array(33 + 12 + bomb.length + 12);
    out.set(png.subarray(0, 33));
    new DataView(out.buffer).setUint32(33, bomb.length);
    out.set(new TextEncoder().encode('IDAT'), 37);
    out.set(bomb, 41);
    new DataView(out.buffer).setUint32(41 + bomb.length, crc32(out.subarray(37, 41 + bomb.length)));
    out.set(png.subarray(png.length - 12), out.length - 12);
    expect(await problemOf(out)).toMatchObject({ message: 'the PNG picture is damaged', actual: 'more' });
  });

  it('leaves out chunks that make no pixels', async () => {
    const text = encode({ ...gray2x2, text: { Comment: 'x' } });
    expect(await pixelsOf(text)).toEqual(gray2x2);
  });
});

describe('writePng', () => {
  it('writes indices with a palette', async () => {
    const bytes = writePng({ width: 2, height: 1, channels: 1, data: Uint8Array.of(0, 1) }, [
      [0, 0, 0],
      [10, 20, 30],
    ]);
    expect([...(await pixelsOf(bytes)).data]).toEqual([0, 0, 0, 10, 20, 30]);
  });
});
