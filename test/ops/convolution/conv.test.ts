/** Conv against its definition, an output element at a time. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { elementCount, float32, type Tensor } from '../../../src/ir/tensor.js';
import { multiplyRows } from '../../../src/ops/linear/row-products.js';
import { smallIntegers } from '../../support/geometry.js';
import { runOperator } from '../../support/run-operator.js';
import { elementsOf } from '../../support/tensors.js';

interface AxisCase {
  readonly input: number;
  readonly kernel: number;
  readonly stride: number;
  readonly dilation: number;
  readonly padBegin: number;
  readonly padEnd: number;
}

interface ConvCase {
  readonly batch: number;
  readonly group: number;
  readonly groupIn: number;
  readonly groupOut: number;
  readonly axes: readonly AxisCase[];
  readonly hasBias: boolean;
}

function outputSize({ input, kernel, stride, dilation, padBegin, padEnd }: AxisCase): number {
  return Math.floor((input + padBegin + padEnd - (kernel - 1) * dilation - 1) / stride) + 1;
}

const convCase: fc.Arbitrary<ConvCase> = fc.record({
  batch: fc.integer({ min: 1, max: 2 }),
  group: fc.integer({ min: 1, max: 3 }),
  groupIn: fc.integer({ min: 1, max: 3 }),
  groupOut: fc.integer({ min: 1, max: 5 }),
  axes: fc.array(
    fc
      .record({
        input: fc.integer({ min: 1, max: 9 }),
        kernel: fc.integer({ min: 1, max: 3 }),
        stride: fc.integer({ min: 1, max: 3 }),
        dilation: fc.integer({ min: 1, max: 2 }),
        padBegin: fc.integer({ min: 0, max: 3 }),
        padEnd: fc.integer({ min: 0, max: 3 }),
      })
      .filter((axis) => outputSize(axis) > 0),
    { minLength: 1, maxLength: 3 },
  ),
  hasBias: fc.boolean(),
});

/** Every index into a box of these sizes, in row-major order. */
function placesIn(sizes: readonly number[]): number[][] {
  return sizes.reduce<number[][]>(
    (places, size) => places.flatMap((place) => Array.from({ length: size }, (_, i) => [...place, i])),
    [[]],
  );
}

function at({ dims, data }: Tensor, place: readonly number[]): number {
  if (place.some((i, axis) => i < 0 || i >= dims[axis]!)) return 0;
  return data[place.reduce((flat, i, axis) => flat * dims[axis]! + i, 0)] as number;
}

function naive({ axes, group, groupIn, groupOut, batch }: ConvCase, x: Tensor, w: Tensor, bias: Tensor | undefined) {
  const outputs = [batch, group * groupOut, ...axes.map(outputSize)];
  return placesIn(outputs).map(([n, m, ...position]) => {
    let sum = bias === undefined ? 0 : at(bias, [m!]);
    for (const [c, ...tap] of placesIn([groupIn, ...axes.map((axis) => axis.kernel)])) {
      const channel = Math.floor(m! / groupOut) * groupIn + c!;
      const read = axes.map((axis, i) => position[i]! * axis.stride + tap[i]! * axis.dilation - axis.padBegin);
      sum += at(x, [n!, channel, ...read]) * at(w, [m!, c!, ...tap]);
    }
    return sum;
  });
}

function numbers(dims: readonly number[], seed: number): Tensor {
  return float32(dims, smallIntegers(elementCount(dims), seed));
}

describe('Conv', () => {
  it('slides the kernel as it is, not flipped', () => {
    const x = float32([1, 1, 4], [1, 2, 4, 8]);
    const w = float32([1, 1, 2], [10, 1]);
    expect(elementsOf(runOperator({ op: 'Conv', inputs: [x, w] })[0])).toEqual([12, 24, 48]);
  });

  it('equals its definition in one to three axes', () => {
    fc.assert(
      fc.property(convCase, fc.nat(), (test, seed) => {
        const { batch, group, groupIn, groupOut, axes } = test;
        const x = numbers([batch, group * groupIn, ...axes.map((axis) => axis.input)], seed);
        const w = numbers([group * groupOut, groupIn, ...axes.map((axis) => axis.kernel)], seed + 1);
        const bias = test.hasBias ? numbers([group * groupOut], seed + 2) : undefined;
        const [actual] = runOperator({
          op: 'Conv',
          inputs: bias === undefined ? [x, w] : [x, w, bias],
          attributes: {
            group,
            strides: axes.map((axis) => axis.stride),
            dilations: axes.map((axis) => axis.dilation),
            pads: [...axes.map((axis) => axis.padBegin), ...axes.map((axis) => axis.padEnd)],
          },
        });
        expect(elementsOf(actual)).toEqual(naive(test, x, w, bias).map((value) => value + 0));
      }),
      { numRuns: 100 },
    );
  });

  it('goes on past the positions that it gathers at a time', () => {
    const test: ConvCase = {
      batch: 1,
      group: 1,
      groupIn: 1,
      groupOut: 1,
      axes: [
        { input: 11, kernel: 2, stride: 1, dilation: 1, padBegin: 1, padEnd: 0 },
        { input: 13, kernel: 3, stride: 1, dilation: 1, padBegin: 1, padEnd: 1 },
      ],
      hasBias: false,
    };
    const [x, w] = [numbers([1, 1, 11, 13], 7), numbers([1, 1, 2, 3], 8)];
    const [actual] = runOperator({ op: 'Conv', inputs: [x, w], attributes: { pads: [1, 1, 0, 1] } });
    expect(elementsOf(actual)).toEqual(naive(test, x, w, undefined).map((value) => value + 0));
  });
});

describe('rows against rows', () => {
  it('are dot products, for counts that fill no block', () => {
    const counts = fc.integer({ min: 1, max: 9 });
    fc.assert(
      fc.property(
        counts,
        counts,
        fc.integer({ min: 0, max: 5 }),
        fc.integer({ min: 0, max: 3 }),
        (m, n, length, start) => {
          const a = smallIntegers(start + m * length, 1);
          const b = Float64Array.from(smallIntegers(n * length, 2));
          const out = new Float64Array(m * n);
          multiplyRows({ data: a, start, count: m }, { data: b, start: 0, count: n }, length, out);
          for (let i = 0; i < m; i++) {
            for (let j = 0; j < n; j++) {
              let sum = 0;
              for (let k = 0; k < length; k++) sum += a[start + i * length + k]! * b[j * length + k]!;
              expect(out[i * n + j]! + 0).toBe(sum + 0);
            }
          }
        },
      ),
    );
  });
});
