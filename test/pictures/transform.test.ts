import { readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readNpz } from '../../src/files/npz.js';
import type { Picture } from '../../src/pictures/picture.js';
import { readPicture } from '../../src/pictures/read-picture.js';
import { cropPicture, type PadMode, padPicture, resizePicture } from '../../src/pictures/transform.js';

const pictures = path.join(import.meta.dirname, '../../fixtures/pictures');
const resized = readNpz(readFileSync(path.join(pictures, 'resized.npz')), () => true);
const sources = {
  '1': 'gray.png',
  '2': 'gray-alpha.png',
  '3': 'rgb.png',
  '4': 'rgb-alpha.png',
  deep: 'rgb-16.png',
};

describe('resizePicture', () => {
  it.each([...resized])('makes of %s what Pillow makes', async (name, tensor) => {
    const source = sources[name.split('-')[0] as keyof typeof sources];
    const [height, width, channels] = tensor.dims as [number, number, number];
    const bytes = readFileSync(path.join(pictures, 'formats', source));
    const picture = resizePicture(await readPicture(new Uint8Array(bytes)), width, height);
    expect(picture).toMatchObject({ width, height, channels });
    const values = tensor.data as Uint8Array | Uint16Array;
    // Pillow rounds to 8 bits between rows and columns, and colors times alpha: where that is small, colors are rough.
    const hasAlpha = channels % 2 === 0;
    const differences = Array.from(values, (value, i) => {
      const alpha = hasAlpha && i % channels !== channels - 1 ? values[i - (i % channels) + channels - 1]! / 255 : 1;
      return Math.abs(value - picture.data[i]!) * alpha;
    });
    expect(Math.max(...differences)).toBeLessThanOrEqual(hasAlpha ? 3 : 1);
  });

  it('keeps a constant, whatever the size', () => {
    const size = fc.integer({ min: 1, max: 40 });
    fc.assert(
      fc.property(size, size, size, size, fc.nat(65535), (width, height, toWidth, toHeight, value) => {
        const data = new Uint16Array(width * height).fill(value);
        const { data: out } = resizePicture({ width, height, channels: 1, data }, toWidth, toHeight);
        expect(out.length).toBe(toWidth * toHeight);
        expect(out.every((element) => element === value)).toBe(true);
      }),
      { numRuns: 50 },
    );
  });

  it('lets transparent pixels have no color', () => {
    const data = Uint8Array.of(255, 0, 0, 255, 0, 255, 0, 0, 255, 0, 0, 255, 0, 255, 0, 0);
    const { data: out } = resizePicture({ width: 4, height: 1, channels: 4, data }, 2, 1);
    expect([out[0], out[1], out[2]]).toEqual([255, 0, 0]);
    expect(out[3]).toBeGreaterThan(100);
    expect(out[3]).toBeLessThan(155);
  });
});

const anyPicture = fc
  .record({
    width: fc.integer({ min: 1, max: 6 }),
    height: fc.integer({ min: 1, max: 6 }),
    channels: fc.constantFrom(1, 2, 3, 4) as fc.Arbitrary<Picture['channels']>,
    isDeep: fc.boolean(),
  })
  .map(({ width, height, channels, isDeep }): Picture => {
    const data = Array.from({ length: width * height * channels }, (_, i) => 1 + ((i * 7) % 251));
    return { width, height, channels, data: isDeep ? Uint16Array.from(data) : Uint8Array.from(data) };
  });

describe('padPicture', () => {
  /** One step after another from the edge on, turning round at each end. */
  function bounce(size: number, steps: number): number {
    let at = 0;
    let direction = 1;
    for (let step = 0; step < steps && size > 1; step++) {
      if (at + direction < 0 || at + direction >= size) direction = -direction;
      at += direction;
    }
    return at;
  }

  function sourceOf(at: number, size: number, mode: PadMode): number | undefined {
    if (at >= 0 && at < size) return at;
    if (mode === 'zero') return undefined;
    const beyond = at < 0 ? -at : at - (size - 1);
    const steps = mode === 'edge' ? 0 : beyond;
    return at < 0 ? bounce(size, steps) : size - 1 - bounce(size, steps);
  }

  it('shows what is mirrored, repeated or nothing beyond each edge', () => {
    const margin = fc.nat(15);
    fc.assert(
      fc.property(
        anyPicture,
        fc.record({ left: margin, top: margin, right: margin, bottom: margin }),
        fc.constantFrom<PadMode>('reflect', 'edge', 'zero'),
        (picture, margins, mode) => {
          const padded = padPicture(picture, margins, mode);
          expect(padded.width).toBe(margins.left + picture.width + margins.right);
          expect(padded.height).toBe(margins.top + picture.height + margins.bottom);
          const wanted: number[] = [];
          for (let y = 0; y < padded.height; y++)
            for (let x = 0; x < padded.width; x++) {
              const row = sourceOf(y - margins.top, picture.height, mode);
              const column = sourceOf(x - margins.left, picture.width, mode);
              for (let channel = 0; channel < picture.channels; channel++)
                wanted.push(
                  row === undefined || column === undefined
                    ? 0
                    : picture.data[(row * picture.width + column) * picture.channels + channel]!,
                );
            }
          expect([...padded.data]).toEqual(wanted);
          expect(padded.data.constructor).toBe(picture.data.constructor);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('mirrors as NumPy does', () => {
    // numpy.pad([1, 2, 3], (5, 4), mode='reflect')
    const row = padPicture(
      { width: 3, height: 1, channels: 1, data: Uint8Array.of(1, 2, 3) },
      { left: 5, top: 0, right: 4, bottom: 0 },
      'reflect',
    );
    expect([...row.data]).toEqual([2, 1, 2, 3, 2, 1, 2, 3, 2, 1, 2, 3]);
  });
});

describe('cropPicture', () => {
  it('takes off what padding has put on', () => {
    const margin = fc.nat(4);
    fc.assert(
      fc.property(anyPicture, margin, margin, margin, margin, (picture, left, top, right, bottom) => {
        const padded = padPicture(picture, { left, top, right, bottom }, 'edge');
        const { width, height } = picture;
        expect(cropPicture(padded, { x: left, y: top, width, height })).toEqual(picture);
      }),
      { numRuns: 40 },
    );
  });

  it('refuses what is not inside', () => {
    const picture: Picture = { width: 2, height: 2, channels: 1, data: new Uint8Array(4) };
    expect(() => cropPicture(picture, { x: 1, y: 0, width: 2, height: 1 })).toThrow(RangeError);
  });
});
