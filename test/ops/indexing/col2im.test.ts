import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { add, type Dim, floorDiv, mul, sub, symbol } from '../../../src/ir/dim.js';
import type { ElementType } from '../../../src/ir/element-type.js';
import { countAt, positionsOf } from '../../support/coordinates.js';
import { runOperator } from '../../support/run-operator.js';
import { inferSymbolic } from '../../support/symbolic-operator.js';
import { elementsOf, tensor } from '../../support/tensors.js';

const n = symbol('N');
const h = symbol('H');

function col2im(
  input: { readonly values: readonly number[]; readonly dims: number[]; readonly type?: ElementType },
  image: readonly number[],
  block: readonly number[],
  attributes = {},
) {
  return runOperator({
    op: 'Col2Im',
    inputs: [tensor(input.type ?? 'float32', input.values, input.dims), tensor('int64', image), tensor('int64', block)],
    attributes,
  })[0]!;
}

interface Axis {
  readonly image: number;
  readonly block: number;
  readonly stride: number;
  readonly dilation: number;
  readonly begin: number;
  readonly end: number;
}

const axis: fc.Arbitrary<Axis> = fc.record({
  image: fc.integer({ min: 1, max: 5 }),
  block: fc.integer({ min: 1, max: 3 }),
  stride: fc.integer({ min: 1, max: 3 }),
  dilation: fc.integer({ min: 1, max: 2 }),
  begin: fc.integer({ min: 0, max: 2 }),
  end: fc.integer({ min: 0, max: 2 }),
});

/** Every place where the block fits, in the padded axis. */
function beginnings({ image, block, stride, dilation, begin, end }: Axis): number[] {
  const places: number[] = [];
  for (let at = -begin; at + (block - 1) * dilation < image + end; at += stride) places.push(at);
  return places;
}

describe('Col2Im', () => {
  it('adds blocks up where they overlap', () => {
    // Two blocks of two, one step apart: the middle of three gets both.
    const y = col2im({ values: [1, 2, 10, 20], dims: [1, 2, 2] }, [3], [2]);
    expect([y.dims, elementsOf(y)]).toEqual([
      [1, 1, 3],
      [1, 12, 20],
    ]);
    const sums = col2im({ values: [2 ** 60, 0, 0, 2 ** 60], dims: [1, 2, 2], type: 'int64' }, [3], [2]);
    expect(elementsOf(sums)).toEqual([2n ** 60n, 0n, 2n ** 60n]);
  });

  it('is what taking an image apart into columns turns around', () => {
    const test = fc
      .array(axis, { minLength: 1, maxLength: 3 })
      .filter((axes) => axes.every((item) => beginnings(item).length > 0));
    fc.assert(
      fc.property(test, (axes) => {
        const [batch, channels] = [2, 2];
        const image = axes.map((item) => item.image);
        const places = axes.map(beginnings);
        const columns = positionsOf(places.map((list) => list.length));
        const taps = positionsOf(axes.map((item) => item.block));
        const dims = [batch, channels, ...image];
        const expected = new Array<number>(dims.reduce((a, b) => a * b)).fill(0);
        const values: number[] = [];
        for (let plane = 0; plane < batch * channels; plane++) {
          for (const tap of taps) {
            for (const column of columns) {
              const value = values.length % 7;
              values.push(value);
              const position = axes.map((item, a) => places[a]![column[a]!]! + tap[a]! * item.dilation);
              if (!position.every((p, a) => p >= 0 && p < image[a]!)) continue;
              const at = [Math.floor(plane / channels), plane % channels, ...position];
              expected[countAt(dims, at)]! += value;
            }
          }
        }
        const y = col2im(
          { values, dims: [batch, channels * taps.length, columns.length] },
          image,
          axes.map((item) => item.block),
          {
            strides: axes.map((item) => item.stride),
            dilations: axes.map((item) => item.dilation),
            pads: [...axes.map((item) => item.begin), ...axes.map((item) => item.end)],
          },
        );
        expect(y.dims).toEqual(dims);
        expect(elementsOf(y)).toEqual(expected);
      }),
    );
  });

  it('has the shape that it is told', () => {
    const infer = (rows: Dim, columns: Dim) =>
      inferSymbolic({
        op: 'Col2Im',
        inputs: [{ shape: [n, rows, columns] }, { values: [h, 6] }, { values: [2, 3] }],
        attributes: { strides: [2, 3] },
      });
    const { shapes, errors } = infer(18, mul(2, add(floorDiv(sub(h, 2), 2), 1)));
    expect([shapes, errors]).toEqual([[[n, 3, h, 6]], []]);
    expect(infer(17, 1).errors.map(({ code }) => code)).toEqual(['US1205']);
  });

  it('names what does not fit', () => {
    const two = { values: [1, 2, 3, 4], dims: [1, 2, 2] };
    expect(() => col2im(two, [5], [2])).toThrow(/US1202.*a column for each place/);
    expect(() => col2im(two, [3], [3])).toThrow(/US1205.*multiple of 3/);
    expect(() => col2im(two, [3, 3], [2])).toThrow(/US1202.*block_shape/);
    expect(() => col2im(two, [3], [2], { strides: [1, 1] })).toThrow(/US1209.*strides/);
    expect(() => col2im({ values: ['1'] as never, dims: [1, 1, 1], type: 'string' }, [1], [1])).toThrow(/US1210/);
  });
});
