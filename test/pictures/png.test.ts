import fc from 'fast-check';
import { decode } from 'fast-png';
import { describe, expect, it } from 'vitest';
import type { Picture } from '../../src/pictures/picture.js';
import { writePng } from '../../src/pictures/png.js';
import { decodePng } from '../../src/pictures/png-decode.js';

const anyPicture = fc
  .record({
    width: fc.integer({ min: 1, max: 20 }),
    height: fc.integer({ min: 1, max: 20 }),
    channels: fc.constantFrom(1, 2, 3, 4) as fc.Arbitrary<Picture['channels']>,
    isDeep: fc.boolean(),
    slope: fc.nat(40),
    noise: fc.infiniteStream(fc.nat(65535)),
  })
  .map(({ width, height, channels, isDeep, slope, noise }): Picture => {
    const count = width * height * channels;
    const data = Array.from(
      { length: count },
      (_, i) => (i * slope + (i % 3 === 0 ? (noise.next().value as number) : 0)) & 0xffff,
    );
    return { width, height, channels, data: isDeep ? Uint16Array.from(data) : Uint8Array.from(data) };
  });

describe('writePng', () => {
  it('writes what another decoder and our own read back', () => {
    fc.assert(
      fc.property(anyPicture, (picture) => {
        const bytes = writePng(picture);
        const other = decode(bytes, { checkCrc: true });
        expect(other).toMatchObject({ width: picture.width, height: picture.height, channels: picture.channels });
        expect([...other.data]).toEqual([...picture.data]);
        expect(decodePng(bytes)).toEqual(picture);
      }),
      { numRuns: 60 },
    );
  });

  it('writes indices with a palette', () => {
    const palette = [
      [0, 0, 0],
      [10, 20, 30],
    ];
    const bytes = writePng({ width: 2, height: 1, channels: 1, data: Uint8Array.of(0, 1) }, palette);
    expect([...decodePng(bytes).data]).toEqual([0, 0, 0, 10, 20, 30]);
    expect(decode(bytes)).toMatchObject({ palette, data: Uint8Array.of(0, 1) });
  });

  it('is smaller for smooth pictures than their rows unfiltered', () => {
    const data = Uint8Array.from({ length: 64 * 64 }, (_, i) => ((i % 64) * 3 + (i >> 6) * 2) & 255);
    expect(writePng({ width: 64, height: 64, channels: 1, data }).length).toBeLessThan(400);
  });
});
