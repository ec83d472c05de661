import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { float32, type Tensor } from '../../src/ir/tensor.js';
import { smallIntegers } from '../support/geometry.js';
import { runOperator } from '../support/run-operator.js';

interface WindowCase {
  readonly input: number;
  readonly kernel: number;
  readonly stride: number;
  readonly dilation: number;
  readonly padBegin: number;
  readonly padEnd: number;
}

const extent = ({ kernel, dilation }: WindowCase) => (kernel - 1) * dilation + 1;

const axis: fc.Arbitrary<WindowCase> = fc
  .record({
    input: fc.integer({ min: 1, max: 7 }),
    kernel: fc.integer({ min: 1, max: 3 }),
    stride: fc.integer({ min: 1, max: 3 }),
    dilation: fc.integer({ min: 1, max: 2 }),
    padBegin: fc.integer({ min: 0, max: 2 }),
    padEnd: fc.integer({ min: 0, max: 2 }),
  })
  .filter((item) => item.input + item.padBegin + item.padEnd >= extent(item));

const autoPad = fc.constantFrom('NOTSET', 'SAME_UPPER', 'SAME_LOWER', 'VALID');

/** Padding and count by the formulas of Operators.md, written out on their own. */
function resolve(item: WindowCase, mode: string): { readonly begin: number; readonly count: number } {
  const { input, stride, padBegin, padEnd } = item;
  if (mode === 'NOTSET')
    return { begin: padBegin, count: Math.floor((input + padBegin + padEnd - extent(item)) / stride) + 1 };
  if (mode === 'VALID') return { begin: 0, count: Math.ceil((input - extent(item) + 1) / stride) };
  const count = Math.ceil(input / stride);
  const total = Math.max(0, (count - 1) * stride + extent(item) - input);
  return { begin: mode === 'SAME_UPPER' ? Math.floor(total / 2) : Math.ceil(total / 2), count };
}

function attributesOf(axes: readonly WindowCase[], mode: string): Record<string, string | number[]> {
  return {
    auto_pad: mode,
    kernel_shape: axes.map((item) => item.kernel),
    strides: axes.map((item) => item.stride),
    dilations: axes.map((item) => item.dilation),
    pads: [...axes.map((item) => item.padBegin), ...axes.map((item) => item.padEnd)],
  };
}

/** All positions of a box, outermost axis first. */
function box(sizes: readonly number[]): number[][] {
  return sizes.reduce<number[][]>(
    (all, size) => all.flatMap((head) => Array.from({ length: size }, (_, i) => [...head, i])),
    [[]],
  );
}

const flat = (position: readonly number[], sizes: readonly number[]) =>
  position.reduce((index, at, i) => index * sizes[i]! + at, 0);

const fits = (axes: readonly WindowCase[], mode: string) => axes.every((item) => resolve(item, mode).count >= 1);

/** Input positions under each window, with the tap that reads each. */
function* windowsOf(axes: readonly WindowCase[], mode: string) {
  const resolved = axes.map((item) => resolve(item, mode));
  const sizes = axes.map((item) => item.input);
  const kernel = axes.map((item) => item.kernel);
  for (const o of box(resolved.map((item) => item.count))) {
    const reads: { readonly at: number; readonly tap: number }[] = [];
    for (const tap of box(kernel)) {
      const position = tap.map((k, i) => o[i]! * axes[i]!.stride + k * axes[i]!.dilation - resolved[i]!.begin);
      if (position.every((at, i) => at >= 0 && at < sizes[i]!))
        reads.push({ at: flat(position, sizes), tap: flat(tap, kernel) });
    }
    yield reads;
  }
}

describe('windows, index by index', () => {
  it('Conv', () => {
    const geometry = fc.record({
      batch: fc.integer({ min: 0, max: 2 }),
      group: fc.integer({ min: 1, max: 2 }),
      groupIn: fc.integer({ min: 1, max: 3 }),
      groupOut: fc.integer({ min: 1, max: 3 }),
      axes: fc.array(axis, { minLength: 1, maxLength: 3 }),
      mode: autoPad,
    });
    fc.assert(
      fc.property(geometry, ({ batch, group, groupIn, groupOut, axes, mode }) => {
        fc.pre(fits(axes, mode));
        const sizes = axes.map((item) => item.input);
        const plane = sizes.reduce((a, b) => a * b, 1);
        const taps = axes.reduce((product, item) => product * item.kernel, 1);
        const x = float32([batch, group * groupIn, ...sizes], smallIntegers(batch * group * groupIn * plane, 1));
        const w = float32(
          [group * groupOut, groupIn, ...axes.map((item) => item.kernel)],
          smallIntegers(group * groupOut * groupIn * taps, 2),
        );
        const b = float32([group * groupOut], smallIntegers(group * groupOut, 3));
        const attributes = { ...attributesOf(axes, mode), group };
        const [y] = runOperator({ op: 'Conv', inputs: [x, w, b], attributes }) as [Tensor<Float32Array>];

        const expected: number[] = [];
        for (let n = 0; n < batch; n++) {
          for (let m = 0; m < group * groupOut; m++) {
            const first = Math.floor(m / groupOut) * groupIn;
            for (const reads of windowsOf(axes, mode)) {
              let sum = b.data[m]!;
              for (let c = 0; c < groupIn; c++) {
                for (const { at, tap } of reads) {
                  sum +=
                    x.data[(n * group * groupIn + first + c) * plane + at]! * w.data[(m * groupIn + c) * taps + tap]!;
                }
              }
              expected.push(sum);
            }
          }
        }
        expect(Array.from(y.data)).toEqual(expected.map((value) => value + 0));
        expect(y.dims.slice(2)).toEqual(axes.map((item) => resolve(item, mode).count));
      }),
      { numRuns: 600 },
    );
  });

  it('MaxPool with indices, AveragePool and LpPool', () => {
    const geometry = fc.record({
      planes: fc.integer({ min: 1, max: 2 }),
      axes: fc.array(axis, { minLength: 1, maxLength: 3 }),
      mode: autoPad,
      seed: fc.nat(),
    });
    fc.assert(
      fc.property(geometry, ({ planes, axes, mode, seed }) => {
        const isCovered = [...(fits(axes, mode) ? windowsOf(axes, mode) : [[]])].every((reads) => reads.length > 0);
        fc.pre(isCovered);
        const sizes = axes.map((item) => item.input);
        const plane = sizes.reduce((a, b) => a * b, 1);
        const x = float32([1, planes, ...sizes], smallIntegers(planes * plane, seed));
        const attributes = attributesOf(axes, mode);
        const [max, indices] = runOperator({ op: 'MaxPool', inputs: [x], attributes, outputs: 2 }) as [
          Tensor<Float32Array>,
          Tensor<BigInt64Array>,
        ];
        const [mean] = runOperator({ op: 'AveragePool', inputs: [x], attributes }) as [Tensor<Float32Array>];
        const [norm] = runOperator({ op: 'LpPool', inputs: [x], attributes }) as [Tensor<Float32Array>];
        let o = 0;
        for (let p = 0; p < planes; p++) {
          for (const reads of windowsOf(axes, mode)) {
            const values = reads.map(({ at }) => x.data[p * plane + at]!);
            expect(max.data[o]).toBe(Math.max(...values));
            expect(x.data[Number(indices.data[o])]).toBe(max.data[o]);
            expect(reads.map(({ at }) => p * plane + at)).toContain(Number(indices.data[o]));
            expect(mean.data[o]).toBeCloseTo(values.reduce((a, b) => a + b, 0) / values.length, 5);
            expect(norm.data[o]).toBeCloseTo(Math.sqrt(values.reduce((a, b) => a + b * b, 0)), 5);
            o++;
          }
        }
        expect(o).toBe(max.size);
      }),
      { numRuns: 600 },
    );
  });
});
