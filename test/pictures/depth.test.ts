import { describe, expect, it } from 'vitest';
import { float32 } from '../../src/ir/tensor.js';
import { depthPicture, depthRange } from '../../src/pictures/depth.js';

const axes = { batch: 0, channels: 1, rows: 2, columns: 3 } as const;

describe('depthPicture', () => {
  it('goes from black over violet and orange to pale yellow, as inferno does', () => {
    const values = Array.from({ length: 256 }, (_, i) => i);
    const { data, channels } = depthPicture(float32([1, 1, 1, 256], values), axes, 0, {
      low: 0,
      high: 255,
      description: '',
    });
    expect(channels).toBe(3);
    // matplotlib.colormaps['inferno']([0, 64, 128, 192, 255])
    const inferno = [
      [0, [0, 0, 4]],
      [64, [87, 16, 110]],
      [128, [188, 55, 84]],
      [192, [249, 142, 9]],
      [255, [252, 255, 164]],
    ] as const;
    for (const [i, color] of inferno)
      for (let channel = 0; channel < 3; channel++)
        expect(Math.abs(data[3 * i + channel]! - color[channel]!)).toBeLessThanOrEqual(9);
    // Lightness never falls.
    const luma = values.map((i) => 0.299 * data[3 * i]! + 0.587 * data[3 * i + 1]! + 0.114 * data[3 * i + 2]!);
    for (let i = 1; i < luma.length; i++) expect(luma[i]!).toBeGreaterThan(luma[i - 1]! - 1);
  });

  it('has few extremes share the colors of the ends, and says so', () => {
    const values = Array.from({ length: 1000 }, (_, i) => (i === 500 ? 1e6 : i === 2 ? Number.NaN : i / 1000));
    const tensor = float32([1, 1, 10, 100], values);
    const range = depthRange(tensor);
    expect(range.low).toBeCloseTo(0.011, 2);
    expect(range.high).toBeCloseTo(0.99, 2);
    expect(range.description).toMatch(/^0\.01\d* and less is dark, 0\.99 and more is bright/);
    const { data } = depthPicture(tensor, axes, 0, range);
    expect([...data.subarray(3 * 500, 3 * 500 + 3)]).toEqual([...data.subarray(3 * 999, 3 * 1000)]);
    expect([...data.subarray(6, 9)]).toEqual([...data.subarray(0, 3)]);
  });

  it('draws a constant, and nothing but NaN, dark', () => {
    for (const value of [3, Number.NaN]) {
      const tensor = float32([1, 1, 2, 2], [value, value, value, value]);
      expect(new Set(depthPicture(tensor, axes, 0, depthRange(tensor)).data.slice(0, 3)).size).toBeLessThanOrEqual(3);
      expect(Math.max(...depthPicture(tensor, axes, 0, depthRange(tensor)).data)).toBeLessThan(10);
    }
  });
});
