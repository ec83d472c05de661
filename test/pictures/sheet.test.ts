import { describe, expect, it } from 'vitest';
import { float32 } from '../../src/ir/tensor.js';
import type { Picture } from '../../src/pictures/picture.js';
import { channelGrid, contactSheet } from '../../src/pictures/sheet.js';
import { problemOf } from '../files/support.js';

const gray = (width: number, height: number, value: number): Picture => ({
  width,
  height,
  channels: 1,
  data: new Uint8Array(width * height).fill(value),
});

/** The channels of a pixel. */
function pixel({ width, channels, data }: Picture, x: number, y: number): number[] {
  return [...data.subarray((y * width + x) * channels, (y * width + x + 1) * channels)];
}

describe('contactSheet', () => {
  it('puts pictures of one size into rows, with white between', () => {
    const sheet = contactSheet([gray(2, 3, 10), gray(2, 3, 20), gray(2, 3, 30)], { columns: 2, gap: 1 });
    expect(sheet).toMatchObject({ width: 7, height: 9, channels: 1 });
    expect([...sheet.data.subarray(7, 14)]).toEqual([255, 10, 10, 255, 20, 20, 255]);
    expect([...sheet.data.subarray(7 * 5, 7 * 6)]).toEqual([255, 30, 30, 255, 255, 255, 255]);
  });

  it('puts smaller pictures in the middle of their cells', () => {
    const sheet = contactSheet([gray(4, 4, 1), gray(2, 2, 2)], { columns: 2, gap: 0 });
    expect(sheet).toMatchObject({ width: 8, height: 4 });
    expect(pixel(sheet, 4, 0)).toEqual([255]);
    expect(pixel(sheet, 5, 1)).toEqual([2]);
    expect(pixel(sheet, 6, 2)).toEqual([2]);
    expect(pixel(sheet, 7, 3)).toEqual([255]);
  });

  it('has colors, alpha and 16 bits where one picture has them', () => {
    const color: Picture = { width: 1, height: 1, channels: 3, data: Uint8Array.of(1, 2, 3) };
    const clear: Picture = { width: 1, height: 1, channels: 2, data: Uint16Array.of(1000, 2000) };
    const sheet = contactSheet([gray(1, 1, 10), color, clear], { columns: 3, gap: 0 });
    expect(sheet).toMatchObject({ width: 3, height: 1, channels: 4 });
    expect([...sheet.data]).toEqual([2570, 2570, 2570, 65535, 257, 514, 771, 65535, 1000, 1000, 1000, 2000]);
  });

  it('is no wider than its pictures, and no larger than can be', () => {
    expect(contactSheet([gray(2, 2, 0)], { columns: 8, gap: 0 }).width).toBe(2);
    const large: Picture = { width: 20_000, height: 1, channels: 1, data: new Uint8Array(20_000) };
    expect(problemOf(() => contactSheet([large, gray(1, 6000, 0)], { columns: 1 }))).toMatchObject({ code: 'US2010' });
  });
});

describe('channelGrid', () => {
  it('stretches each channel and magnifies small ones, rows and columns of either layout', () => {
    const channels = 6;
    const values = (channel: number, y: number, x: number) => (channel + 1) * (y * 4 + x) - 100 * channel;
    const first = float32(
      [2, channels, 4, 4],
      Array.from({ length: 2 * channels * 16 }, (_, i) =>
        i < channels * 16 ? 0 : values(Math.floor(i / 16) % channels, Math.floor((i % 16) / 4), i % 4),
      ),
    );
    const grid = channelGrid(first, { batch: 0, channels: 1, rows: 2, columns: 3 }, 1);
    // Two columns of three cells, each 64 wide, with gaps of 2.
    expect(grid).toMatchObject({ width: 2 + 2 * 66, height: 2 + 3 * 66, channels: 1 });
    for (const [x, y] of [
      [2, 2],
      [68, 2],
      [2, 134],
    ] as const) {
      expect(pixel(grid, x, y)).toEqual([0]);
      expect(pixel(grid, x + 63, y + 63)).toEqual([255]);
      expect(pixel(grid, x + 16, y)).toEqual([17]);
    }
    const last = float32(
      [1, 4, 4, channels],
      Array.from({ length: channels * 16 }, (_, i) => {
        const at = Math.floor(i / channels);
        return values(i % channels, Math.floor(at / 4), at % 4);
      }),
    );
    expect(channelGrid(last, { batch: 0, channels: 3, rows: 1, columns: 2 }, 0)).toEqual(grid);
  });

  it('draws what is not a number, and what is all the same, black', () => {
    const tensor = float32([1, 1, 1, 4], [Number.NaN, 1, 2, Number.POSITIVE_INFINITY]);
    const grid = channelGrid(tensor, { batch: 0, channels: 1, rows: 2, columns: 3 }, 0);
    expect([0, 16, 32, 48].map((x) => pixel(grid, 2 + x, 2)[0])).toEqual([0, 0, 255, 255]);
    const flat = channelGrid(float32([1, 1, 1, 2], [3, 3]), { batch: 0, channels: 1, rows: 2, columns: 3 }, 0);
    expect(pixel(flat, 2, 2)).toEqual([0]);
  });
});
