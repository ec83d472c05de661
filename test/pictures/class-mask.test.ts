import { describe, expect, it } from 'vitest';
import { classPalette, overlayMask } from '../../src/pictures/class-mask.js';

describe('classPalette', () => {
  it('has a color of its own for every class', () => {
    const palette = classPalette(256);
    expect(palette[0]).toEqual([0, 0, 0]);
    expect(new Set(palette.map(String)).size).toBe(256);
    expect(palette.flat().every((value) => Number.isInteger(value) && value >= 0 && value <= 255)).toBe(true);
  });
});

describe('overlayMask', () => {
  it('leaves black classes, tints others and outlines them', () => {
    const mask = { width: 5, height: 5, channels: 1 as const, data: new Uint8Array(25) };
    for (const i of [6, 7, 8, 11, 12, 13, 16, 17, 18]) mask.data[i] = 1;
    const gray = { width: 5, height: 5, channels: 1 as const, data: new Uint8Array(25).fill(100) };
    const { data, channels } = overlayMask(gray, mask, [
      [0, 0, 0],
      [200, 0, 0],
    ]);
    const pixel = (i: number) => [...data.subarray(3 * i, 3 * i + 3)];
    expect(channels).toBe(3);
    expect(pixel(0)).toEqual([100, 100, 100]);
    expect(pixel(6)).toEqual([190, 10, 10]);
    expect(pixel(12)).toEqual([135, 65, 65]);
  });
});
