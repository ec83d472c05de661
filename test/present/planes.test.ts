import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type FitMode, placementFor, placePicture } from '../../src/feed/fit.js';
import { imageAxes } from '../../src/pictures/image-layout.js';
import { readPlane } from '../../src/pictures/plane.js';
import { cropPicture } from '../../src/pictures/transform.js';
import { resampleLinear, resampleNearest, viewFor, visiblePart } from '../../src/present/planes.js';

const size = (width: number, height: number) => ({ width, height });

describe('a view', () => {
  it('has the proportions of the picture, at whatever scale the result has', () => {
    const resized = placementFor(size(100, 50), size(128, 64), 'resize');
    expect(viewFor(resized, 64, 128)).toEqual({ region: { x: 0, y: 0, width: 128, height: 64 }, size: size(100, 50) });
    expect(viewFor(resized, 128, 256)!.size).toEqual(size(200, 100));
    expect(viewFor(resized, 16, 32)!.size).toEqual(size(25, 13));
    const padded = placementFor(size(100, 50), size(128, 64), 'pad');
    expect(viewFor(padded, 64, 128)).toEqual({ region: { x: 14, y: 7, width: 100, height: 50 }, size: size(100, 50) });
    expect(viewFor(padded, 128, 256)!.region).toEqual({ x: 28, y: 14, width: 200, height: 100 });
  });

  it('is none where the result has the size already, or shows something else', () => {
    expect(viewFor(placementFor(size(64, 64), size(64, 64), 'none'), 64, 64)).toBeUndefined();
    expect(viewFor(placementFor(size(70, 70), size(64, 64), 'crop'), 64, 64)).toBeUndefined();
    expect(viewFor(placementFor(size(70, 70), size(64, 64), 'resize'), 1, 1000)).toBeUndefined();
  });

  it('of a result that shows the middle alone has the middle of the picture', () => {
    const coverage = { x: 8, y: 8, width: 112, height: 48 };
    const resized = placementFor(size(64, 32), size(128, 64), 'resize');
    expect(viewFor(resized, 96, 224, coverage)!.size).toEqual(size(112, 48));
    expect(visiblePart(resized, coverage)).toEqual({ x: 4, y: 4, width: 56, height: 24 });
    const padded = placementFor(size(100, 60), size(128, 64), 'pad');
    expect(viewFor(padded, 48, 112, coverage)!.region).toEqual({ x: 6, y: 0, width: 100, height: 48 });
    expect(visiblePart(padded, coverage)).toEqual({ x: 0, y: 6, width: 100, height: 48 });
  });

  it('undoes padding and cropping exactly, at any whole scale', () => {
    const side = fc.integer({ min: 1, max: 20 });
    fc.assert(
      fc.property(
        side,
        side,
        side,
        side,
        fc.constantFrom<FitMode>('pad', 'crop'),
        fc.integer({ min: 1, max: 3 }),
        (...args) => {
          const [width, height, fedWidth, fedHeight, mode, scale] = args;
          const isLarger = width > fedWidth || height > fedHeight;
          const isSmaller = width < fedWidth || height < fedHeight;
          fc.pre(mode === 'pad' ? !isLarger : !isSmaller);
          const data = Uint8Array.from({ length: width * height }, (_, i) => i);
          const picture = { width, height, channels: 1 as const, data };
          const placement = placementFor(picture, size(fedWidth, fedHeight), mode);
          const fed = placePicture(picture, placement);
          const part = cropPicture(picture, visiblePart(placement));
          // A network that repeats each pixel.
          const [rows, columns] = [fedHeight * scale, fedWidth * scale];
          const result = Uint8Array.from(
            { length: rows * columns },
            (_, i) => fed.data[Math.floor(i / columns / scale) * fedWidth + Math.floor((i % columns) / scale)]!,
          );
          const view = viewFor(placement, rows, columns);
          const shown = view === undefined ? result : resampleNearest(result, columns, view);
          const expected = Uint8Array.from({ length: part.width * scale * part.height * scale }, (_, i) => {
            const wide = part.width * scale;
            return part.data[Math.floor(i / wide / scale) * part.width + Math.floor((i % wide) / scale)]!;
          });
          expect(shown).toEqual(expected);
        },
      ),
      { numRuns: 100 },
    );
  });
});

describe('planes', () => {
  const values = Float32Array.from({ length: 24 }, (_, i) => i);

  it('are read in either order, batch by batch', () => {
    expect([...readPlane(values, [2, 2, 2, 3], imageAxes(4, 'nchw')!, 1, 0)]).toEqual([12, 13, 14, 15, 16, 17]);
    expect([...readPlane(values, [2, 2, 3, 2], imageAxes(4, 'nhwc')!, 1, 1)]).toEqual([13, 15, 17, 19, 21, 23]);
    expect([...readPlane(values, [4, 6], imageAxes(2, 'nchw')!, 0, 0)]).toEqual([...values]);
  });

  it('are resampled in straight lines, averaged where they shrink', () => {
    const ramp = Float32Array.from({ length: 8 }, (_, i) => i);
    const view = (x: number, width: number, to: number) => ({
      region: { x, y: 0, width, height: 1 },
      size: size(to, 1),
    });
    expect([...resampleLinear(ramp, 8, view(0, 8, 16))].slice(1, 5)).toEqual([0.25, 0.75, 1.25, 1.75]);
    expect([...resampleLinear(ramp, 8, view(2, 4, 4))]).toEqual([2, 3, 4, 5]);
    const checks = Float32Array.from({ length: 64 }, (_, i) => i % 2);
    for (const value of resampleLinear(checks, 64, view(0, 64, 8))) expect(Math.abs(value - 0.5)).toBeLessThan(0.05);
  });

  it('keep a constant, whatever the sizes', () => {
    const side = fc.integer({ min: 1, max: 30 });
    fc.assert(
      fc.property(side, side, side, side, (width, height, toWidth, toHeight) => {
        const region = { x: 0, y: 0, width, height };
        const plane = new Float32Array(width * height).fill(3);
        for (const value of resampleLinear(plane, width, { region, size: size(toWidth, toHeight) }))
          expect(value).toBeCloseTo(3, 4);
      }),
      { numRuns: 50 },
    );
  });
});
