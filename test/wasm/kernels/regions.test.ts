/** Pooled regions against plain loops in double precision, whatever they cover of the image. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { maxRoiPool, type RoiAlignParams, roiAlign } from '../../../src/wasm/kernels/regions.js';
import { noise } from './noise.js';
import { runKernel, tiers } from './run-kernel.js';
import { elementCount, elementsOf, isOnlyViewChanged, nhwc8Tensor, type Size } from './tensors.js';

const corner = fc
  .tuple(fc.integer({ min: -12, max: 30 }), fc.integer({ min: -12, max: 30 }))
  .map(([a, b]) => [a / 4, b / 4]);
const problem = fc.record({
  size: fc.record<Size>({
    images: fc.integer({ min: 1, max: 2 }),
    channels: fc.integer({ min: 1, max: 18 }),
    height: fc.integer({ min: 1, max: 7 }),
    width: fc.integer({ min: 1, max: 7 }),
  }),
  regions: fc.array(fc.record({ image: fc.nat(1), from: corner, to: corner }), { minLength: 1, maxLength: 3 }),
  height: fc.integer({ min: 1, max: 3 }),
  width: fc.integer({ min: 1, max: 3 }),
  scale: fc.constantFrom(0.5, 1, 1.25),
  mode: fc.constantFrom('average' as const, 'max' as const),
  isHalfPixel: fc.boolean(),
  samplingRatio: fc.nat(3),
  slice: fc.option(fc.tuple(fc.nat(5), fc.nat(5)), { nil: undefined }),
  cuts: fc.array(fc.nat(8), { maxLength: 2 }),
  seed: fc.integer(),
});

type Problem = typeof problem extends fc.Arbitrary<infer T> ? T : never;
type At = (y: number, x: number) => number;

/** A bin of RoiAlign, as Mask R-CNN (He et al., 2017) samples it. */
function alignedBin(
  p: Problem,
  { from, to }: Problem['regions'][number],
  [row, column]: readonly number[],
  at: At,
): number {
  const offset = p.isHalfPixel ? 0.5 : 0;
  const along = (low: number, high: number, bin: number, count: number) => {
    const start = low * p.scale - offset;
    const extent = high * p.scale - offset - start;
    const length = (p.isHalfPixel ? extent : Math.max(extent, 1)) / count;
    const points = p.samplingRatio || Math.max(0, Math.ceil(length));
    return Array.from({ length: points }, (_, i) => start + bin * length + ((i + 0.5) * length) / points);
  };
  const ys = along(from[1]!, to[1]!, row!, p.height);
  const xs = along(from[0]!, to[0]!, column!, p.width);
  const { height, width } = p.size;
  const values = ys.flatMap((y) =>
    xs.map((x) => {
      if (y < -1 || y > height || x < -1 || x > width) return p.mode === 'max' ? [0] : [0, 0, 0, 0];
      const near = (position: number, size: number) => {
        const inside = Math.min(Math.max(position, 0), size - 1);
        const low = Math.floor(inside);
        return [[low, 1 - (inside - low)] as const, [Math.min(low + 1, size - 1), inside - low] as const];
      };
      return near(y, height).flatMap(([i, a]) => near(x, width).map(([j, b]) => a * b * at(i, j)));
    }),
  );
  if (values.length === 0) return 0;
  if (p.mode === 'max') return Math.max(...values.flat());
  return values.flat().reduce((sum, value) => sum + value, 0) / values.length;
}

function pooledBin(
  p: Problem,
  { from, to }: Problem['regions'][number],
  [row, column]: readonly number[],
  at: At,
): number {
  const round = (x: number) => Math.sign(x) * Math.floor(Math.abs(x) + 0.5);
  const span = (low: number, high: number, bin: number, count: number, size: number) => {
    const first = round(low * p.scale);
    const length = Math.max(1, round(high * p.scale) - first + 1);
    const clip = (i: number) => Math.max(0, Math.min(first + i, size));
    return [clip(Math.floor((bin * length) / count)), clip(Math.ceil(((bin + 1) * length) / count))] as const;
  };
  const [top, bottom] = span(from[1]!, to[1]!, row!, p.height, p.size.height);
  const [left, right] = span(from[0]!, to[0]!, column!, p.width, p.size.width);
  const values: number[] = [];
  for (let y = top; y < bottom; y++) for (let x = left; x < right; x++) values.push(at(y, x));
  return values.length === 0 ? 0 : Math.max(...values);
}

describe.each(tiers)('regions, $title', ({ tier, isMissing }) => {
  it.skipIf(isMissing).each(['RoiAlign', 'MaxRoiPool'] as const)('%s is that of a loop', (operator) => {
    fc.assert(
      fc.property(problem, (p) => {
        const { size, regions, height, width, scale, slice } = p;
        const isAlign = operator === 'RoiAlign';
        const x = noise(elementCount(size), p.seed);
        const source = nhwc8Tensor(size, x);
        const target = { images: regions.length, channels: size.channels, height, width };
        const result = nhwc8Tensor(target, undefined, { slice, fill: 7 });
        const images = regions.map(({ image }) => image % size.images);
        const rows = regions.flatMap(({ from, to }, i) => [...(isAlign ? [] : [images[i]!]), ...from, ...to]);
        const indices = new Float32Array(BigInt64Array.from(images, BigInt).buffer);
        const common = { input: source.view, output: result.view, scale };
        const params: RoiAlignParams = {
          ...common,
          mode: p.mode,
          isHalfPixel: p.isHalfPixel,
          samplingRatio: p.samplingRatio,
          index: { type: 'int64', cells: 'int64' },
          mostPoints: 65536,
        };
        const fault = new Float32Array(3);
        const arrays = [source.data, Float32Array.from(rows), ...(isAlign ? [indices] : []), result.data, fault];
        const place = arrays.indexOf(result.data);
        const offsets = arrays.map((array) =>
          array === source.data ? source.offset : array === result.data ? result.offset : 0,
        );
        const run = (cuts: readonly number[]) =>
          runKernel(tier, (t) => (isAlign ? roiAlign(t, params) : maxRoiPool(t, common)), { arrays, offsets, cuts });
        const all = run([]);
        expect([...all.at(-1)!]).toEqual([0, 0, 0]);
        const y = all[place]!;
        const elements = elementsOf(result, y);
        let i = 0;
        for (const [r, region] of regions.entries()) {
          for (let c = 0; c < size.channels; c++) {
            const plane = (images[r]! * size.channels + c) * size.height * size.width;
            const at: At = (row, column) => x[plane + row * size.width + column]!;
            for (let row = 0; row < height; row++) {
              for (let column = 0; column < width; column++) {
                const expected = (isAlign ? alignedBin : pooledBin)(p, region, [row, column], at);
                expect(Math.abs(elements[i++]! - expected)).toBeLessThan(1e-5);
              }
            }
          }
        }
        if (slice !== undefined) expect(isOnlyViewChanged(result, y)).toBe(true);
        expect(run(p.cuts)[place]).toEqual(y);
      }),
      { numRuns: 40 },
    );
  });
});
