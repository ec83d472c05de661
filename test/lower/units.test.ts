import { describe, expect, it } from 'vitest';
import { fittingRows, tileOf, unitOf } from '../../src/lower/units.js';

describe('a unit of a product', () => {
  it('has all rows where these are few and weights many: weights are read once', () => {
    expect(unitOf(64, 1024, 1024 * 2048, 128, 24)).toEqual({ rows: 64, panels: 8 });
    expect(unitOf(1, 4096, 4096 * 1000, 63, 24)).toEqual({ rows: 1, panels: 4 });
  });

  it('has as many rows as stay in the cache, and all panels where units are many', () => {
    expect(unitOf(4096, 256, 256 * 64, 4, 24)).toEqual({ rows: 240, panels: 4 });
    expect(unitOf(4096, 2048, 2048 * 2048, 128, 24)).toEqual({ rows: 48, panels: 128 });
  });

  it('of a picture has rows of pixels that stay in the cache, one at least', () => {
    expect([256, 1024, 2048, 8192].map((channels) => fittingRows(65 * channels, 4))).toEqual([4, 3, 1, 1]);
  });

  it('has tiles of two rows where three or four rows read weights from memory', () => {
    const tile = { pixels: 6, columns: 16 };
    const rows = [2, 3, 4, 5];
    expect(rows.map((count) => tileOf(tile, count, 4096 * 4096).pixels)).toEqual([6, 2, 2, 6]);
    expect(rows.map((count) => tileOf(tile, count, 1024 * 4096).pixels)).toEqual([6, 6, 6, 6]);
  });

  it('has fewer panels where units would be few', () => {
    expect(unitOf(96, 256, 256 * 64, 4, 24)).toEqual({ rows: 24, panels: 1 });
    expect(unitOf(30, 8, 16, 1, 4)).toEqual({ rows: 4, panels: 1 });
  });

  it('is gone through tile by tile where a tensor like the result is read, with panels that stay in the cache', () => {
    expect(unitOf(4096, 256, 256 * 1024, 64, 24, true)).toEqual({ rows: 240, panels: 32, isTileFirst: true });
    expect(unitOf(4096, 256, 256 * 16, 1, 24, true)).toEqual({ rows: 240, panels: 1 });
  });
});
