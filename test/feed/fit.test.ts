import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { describePlacement, isMoved, placementFor, placePicture } from '../../src/feed/fit.js';
import type { Picture } from '../../src/pictures/picture.js';

/** Every pixel another one. */
function picture(width: number, height: number): Picture {
  return { width, height, channels: 1, data: Uint8Array.from({ length: width * height }, (_, i) => i % 256) };
}

const size = (width: number, height: number) => ({ width, height });

describe('a placement', () => {
  it.each([
    ['resize', size(30, 20), size(32, 16), { scaled: size(32, 16), x: 0, y: 0 }, 'resized 30×20 → 32×16'],
    ['pad', size(30, 20), size(33, 32), { scaled: size(30, 20), x: 1, y: 6 }, 'padded 30×20 → 33×32'],
    [
      'pad',
      size(60, 20),
      size(32, 32),
      { scaled: size(32, 11), x: 0, y: 10 },
      'scaled to 32×11 and padded: 60×20 → 32×32',
    ],
    ['crop', size(30, 20), size(16, 16), { scaled: size(30, 20), x: -7, y: -2 }, 'cropped 30×20 → 16×16'],
    [
      'crop',
      size(8, 20),
      size(16, 16),
      { scaled: size(16, 40), x: 0, y: -12 },
      'scaled to 16×40 and cropped: 8×20 → 16×16',
    ],
  ] as const)('by %s of %j in %j', (mode, original, fed, expected, words) => {
    const placement = placementFor(original, fed, mode);
    expect(placement).toEqual({ original, fed, ...expected });
    expect(describePlacement(placement)).toBe(words);
    expect(isMoved(placement)).toBe(true);
  });

  it('has the size that is fed, and the pixels of the picture where they are not scaled', () => {
    const side = fc.integer({ min: 1, max: 24 });
    fc.assert(
      fc.property(side, side, side, side, fc.constantFrom('resize', 'pad', 'crop'), (w, h, fw, fh, mode) => {
        const source = picture(w, h);
        const placement = placementFor(source, size(fw, fh), mode);
        const placed = placePicture(source, placement);
        expect(placed).toMatchObject({ width: fw, height: fh });
        expect(isMoved(placement)).toBe(w !== fw || h !== fh);
        if (placement.scaled.width !== w || placement.scaled.height !== h) return;
        const { x, y } = placement;
        for (let row = Math.max(0, -y); row < Math.min(h, fh - y); row++)
          for (let column = Math.max(0, -x); column < Math.min(w, fw - x); column++)
            expect(placed.data[(row + y) * fw + column + x]).toBe(source.data[row * w + column]);
      }),
      { numRuns: 60 },
    );
  });
});
