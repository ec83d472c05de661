/** Arrangements of windows: every output once, with the same taps at the same inputs. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { infer } from '../../../src/infer/infer.js';
import { byResidue, cutAtPadding, withoutPadding } from '../../../src/lower/convolution/arrangements.js';
import { type AxisWindow, convolutionAxis, transposedPhases } from '../../../src/lower/convolution/geometry.js';
import { filterTaps } from '../../../src/lower/convolution/windows.js';
import { lower } from '../../../src/lower/lower.js';
import { GraphBuilder } from '../../support/graph.js';
import { addConv } from './compare-algorithms.js';

const axis = fc.record({
  size: fc.integer({ min: 1, max: 12 }),
  outputs: fc.integer({ min: 1, max: 12 }),
  kernel: fc.integer({ min: 1, max: 5 }),
  stride: fc.integer({ min: 1, max: 3 }),
  dilation: fc.integer({ min: 1, max: 14 }),
  pad: fc.integer({ min: 0, max: 30 }),
});

/** For each output its taps with the inputs that they read, padding left out. */
function reads(windows: readonly AxisWindow[], size: number): string[] {
  return windows
    .flatMap(({ size: outputs, outputStart, outputStep, inputStart, inputStep, tapStep, taps, copies }) =>
      Array.from({ length: outputs * (copies?.count ?? 1) }, (_, place) => {
        const [copy, i] = [Math.floor(place / outputs), place % outputs];
        const first = inputStart + copy * (copies?.inputStep ?? 0) + i * inputStep;
        const own = taps
          .map((tap, k) => ({ tap, position: first + k * tapStep }))
          .filter(({ position }) => position >= 0 && position < size);
        return { output: outputStart + copy * (copies?.outputStep ?? 0) + i * outputStep, own };
      }),
    )
    .sort((a, b) => a.output - b.output)
    .map((entry) => JSON.stringify(entry));
}

const arrangements = {
  'without taps that read padding': (window: AxisWindow, size: number) => [withoutPadding(window, size)],
  'cut where taps leave the input': cutAtPadding,
  'by residue': byResidue,
};

describe.each(Object.entries(arrangements))('windows %s', (_name, arrange) => {
  it('of a convolution', () => {
    fc.assert(
      fc.property(axis, ({ size, outputs, kernel, stride, dilation, pad }) => {
        const window = convolutionAxis(outputs, kernel, stride, dilation, pad);
        expect(reads(arrange(window, size), size)).toEqual(reads([window], size));
      }),
      { numRuns: 300 },
    );
  });

  it('of a transposed convolution', () => {
    fc.assert(
      fc.property(axis, ({ size, outputs, kernel, stride, dilation, pad }) => {
        const phases = transposedPhases(outputs, kernel, stride, dilation, pad);
        expect(
          reads(
            phases.flatMap((phase) => arrange(phase, size)),
            size,
          ),
        ).toEqual(reads(phases, size));
      }),
      { numRuns: 300 },
    );
  });
});

it('a window that is cut reads no padding', () => {
  fc.assert(
    fc.property(axis, ({ size, outputs, kernel, stride, dilation, pad }) => {
      for (const window of cutAtPadding(convolutionAxis(outputs, kernel, stride, dilation, pad), size)) {
        const first = window.inputStart;
        const last = first + (window.size - 1) * window.inputStep + (window.taps.length - 1) * window.tapStep;
        if (window.taps.length > 0)
          expect({ first: first >= 0, last: last < size }).toEqual({ first: true, last: true });
      }
    }),
  );
});

it('windows by residue have two sizes at most, and can be filtered', () => {
  const sizesOf = (windows: readonly AxisWindow[]) => windows.map(({ size, copies }) => [size, copies?.count]);
  const even = byResidue(convolutionAxis(64, 3, 1, 4, 4));
  expect(sizesOf(even)).toEqual([[16, 4]]);
  expect(sizesOf(byResidue(convolutionAxis(66, 3, 1, 4, 4)))).toEqual([
    [17, 2],
    [16, 2],
  ]);
  expect(sizesOf(byResidue(convolutionAxis(3, 3, 1, 4, 4)))).toEqual([[1, 3]]);
  expect(even.map(filterTaps)).toEqual([3]);
});

/** The plan of a dilated 3×3 convolution of 64 channels. */
function planOf(size: number, dilation: number) {
  const b = new GraphBuilder();
  const axes = [0, 1].map(() => ({ input: size, kernel: 3, stride: 1, dilation, begin: dilation, end: dilation }));
  const y = addConv(b, { batch: 1, group: 1, from: 64, to: 64, axes, hasBias: true });
  const graph = b.graph(y);
  return lower(graph, infer(graph), { tier: 'fma', precision: 'fast', threads: 1 });
}

/** Its algorithms, as many as there are steps. */
function algorithmsOf(size: number, dilation: number): string[] {
  return planOf(size, dilation).steps.flatMap((step) => (step.kind === 'kernel' ? [step.algorithm] : []));
}

describe('a dilated convolution', () => {
  it('is ordinary ones by Winograd where it has the pixels, with one product for all of them', () => {
    for (const dilation of [2, 3]) {
      const names = algorithmsOf(64, dilation).filter((name) => name.startsWith('winograd'));
      expect(names.length).toBeGreaterThan(0);
      expect(names.filter((name) => name.includes('products')).length).toBeLessThanOrEqual(1);
    }
  });

  it('is its middle tap alone where the others read padding', () => {
    expect(algorithmsOf(24, 24).filter((name) => name.includes('direct') || name.includes('product'))).toHaveLength(1);
    expect(algorithmsOf(24, 24).some((name) => name.startsWith('winograd'))).toBe(false);
  });

  it('is cut where taps leave the input, and its pieces share the weights', () => {
    const { steps, constants } = planOf(24, 16);
    const algorithms = steps.flatMap((step) => (step.kind === 'kernel' ? [step.algorithm] : []));
    expect(algorithms).toContain('direct, 9 subconvolutions');
    const weights = constants.filter(({ recipe }) => recipe.kind === 'panels');
    expect(weights.map(({ floats }) => floats)).toEqual([9 * 64 * 64 + 16]);
  });
});
