import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { add, type Dim, floorDiv, formatDim, mul, negate, sub, symbol } from '../../../src/ir/dim.js';
import { formatShape } from '../../../src/ir/shape.js';
import { float32, int64, type Tensor } from '../../../src/ir/tensor.js';
import { countAt, counting, positionsOf } from '../../support/coordinates.js';
import { runOperator } from '../../support/run-operator.js';
import { checkSubstitution, inferSymbolic, type SymbolicInput } from '../../support/symbolic-operator.js';
import { elementsOf, tensor } from '../../support/tensors.js';

const longest = 2n ** 63n - 1n;
const h = symbol('H');
const w = symbol('W');

function slice(
  x: Tensor,
  starts: readonly (number | bigint)[],
  ends: readonly (number | bigint)[],
  ...rest: number[][]
) {
  const lists = [starts, ends, ...rest].map((list) => int64([list.length], list));
  return runOperator({ op: 'Slice', inputs: [x, ...lists] })[0]!;
}

function along(size: number, start: number | bigint, end: number | bigint, step: number): unknown[] {
  return elementsOf(slice(counting([size]), [start], [end], [0], [step]));
}

describe('Slice', () => {
  it('takes what lies from start to before end', () => {
    const result = slice(counting([2, 3, 4]), [1, 1], [3, 3], [1, 2]);
    expect(result.dims).toEqual([2, 2, 2]);
    expect(elementsOf(result)).toEqual([5, 6, 9, 10, 17, 18, 21, 22]);
  });

  it('counts negative bounds from the end and cuts those beyond it', () => {
    expect(along(5, -3, -1, 1)).toEqual([2, 3]);
    expect(along(5, -9, 9, 2)).toEqual([0, 2, 4]);
    expect(along(5, 1, longest, 1)).toEqual([1, 2, 3, 4]);
    expect(along(5, 4, 2, 1)).toEqual([]);
    expect(along(5, 7, 9, 1)).toEqual([]);
  });

  it('goes backwards', () => {
    expect(along(5, -1, -longest - 1n, -1)).toEqual([4, 3, 2, 1, 0]);
    expect(along(5, 9, 0, -2)).toEqual([4, 2]);
    expect(along(5, 3, 1, -1)).toEqual([3, 2]);
    expect(along(5, 1, 3, -1)).toEqual([]);
    // A start before the first element is moved to it (Operators.md); numpy takes nothing here.
    expect(along(5, -9, -9, -1)).toEqual([0]);
  });

  it('takes steps of any size', () => {
    expect(along(5, 1, 5, 2 ** 62)).toEqual([1]);
    expect(along(5, 3, -9, -(2 ** 62))).toEqual([3]);
    expect(slice(counting([2, 3]), [1, 0], [2, 3], [0, 1], [2 ** 62, 2]).data).toEqual(Float32Array.of(3, 5));
  });

  it('takes nothing of nothing', () => {
    for (const step of [1, -1]) for (const start of [0, -1, 3, -3]) expect(along(0, start, 2, step)).toEqual([]);
  });

  it('takes axes in any order, strings and int64', () => {
    const words = tensor('string', ['a', 'b', 'c', 'd', 'e', 'f'], [2, 3]);
    expect(elementsOf(slice(words, [0, 1], [2, 2], [-1, 0]))).toEqual(['d', 'e']);
    expect(elementsOf(slice(int64([3], [1n, longest, 3n]), [1], [2]))).toEqual([longest]);
  });

  it('had attributes before version 10', () => {
    const run = (attributes: Record<string, number[]>) =>
      elementsOf(runOperator({ op: 'Slice', opset: 9, inputs: [counting([2, 3])], attributes })[0]);
    expect(run({ starts: [0, 1], ends: [1, 1000] })).toEqual([1, 2]);
    expect(run({ starts: [-1], ends: [3], axes: [1] })).toEqual([2, 5]);
    expect(() => run({ starts: [0] })).toThrow(/US1302/);
  });

  it.each([
    { what: 'lists of different lengths', lists: [[0, 1], [1]], code: /US1209/ },
    { what: 'a step of 0', lists: [[0], [1], [0], [0]], code: /US1211/ },
    { what: 'an axis outside', lists: [[0], [1], [2]], code: /US1208/ },
    {
      what: 'an axis named twice',
      lists: [
        [0, 0],
        [1, 1],
        [1, -1],
      ],
      code: /US1208/,
    },
    {
      what: 'more bounds than axes',
      lists: [
        [0, 0, 0],
        [1, 1, 1],
      ],
      code: /US1208/,
    },
  ])('refuses $what', ({ lists, code }) => {
    const inputs = [float32([2, 3], [0, 1, 2, 3, 4, 5]), ...lists.map((list) => int64([list.length], list))];
    expect(() => runOperator({ op: 'Slice', inputs })).toThrow(code);
  });

  it('is the elements that a loop picks', () => {
    const axis = fc.record({
      size: fc.integer({ min: 0, max: 5 }),
      start: fc.integer({ min: -7, max: 7 }),
      end: fc.integer({ min: -7, max: 7 }),
      step: fc.constantFrom(1, 2, 3, -1, -2, -3),
    });
    fc.assert(
      fc.property(fc.array(axis, { minLength: 1, maxLength: 3 }), (axes) => {
        const dims = axes.map(({ size }) => size);
        const picked = axes.map(({ size, start, end, step }) => indicesOf(size, start, end, step));
        const result = slice(
          counting(dims),
          axes.map(({ start }) => start),
          axes.map(({ end }) => end),
          axes.map((_, i) => i),
          axes.map(({ step }) => step),
        );
        const target = picked.map((indices) => indices.length);
        expect(result.dims).toEqual(target);
        const expected = positionsOf(target).map((position) =>
          countAt(
            dims,
            position.map((i, k) => picked[k]![i]!),
          ),
        );
        expect(elementsOf(result)).toEqual(expected);
      }),
    );
  });
});

/** Places along an axis, as Operators.md walks it. */
function indicesOf(size: number, start: number, end: number, step: number): number[] {
  const [from, to] = [start, end].map((bound) => (bound < 0 ? bound + size : bound)) as [number, number];
  const indices: number[] = [];
  if (step > 0) {
    for (let i = Math.min(Math.max(from, 0), size); i < Math.min(to, size); i += step) indices.push(i);
  } else {
    for (let i = Math.min(Math.max(from, 0), size - 1); i > Math.max(to, -1) && i >= 0; i += step) indices.push(i);
  }
  return indices;
}

describe('a Slice of open sizes', () => {
  /** Bounds as sizes, or to the bit. */
  const bound = (value: Dim | bigint) => (typeof value === 'bigint' ? int64([1], [value]) : { values: [value] });
  const cut = (shape: readonly Dim[], start: Dim | bigint, end: Dim | bigint, axis: number, step = 1) => {
    const inputs = [{ shape }, bound(start), bound(end), { values: [axis] }, { values: [step] }];
    return formatShape(inferSymbolic({ op: 'Slice', inputs }).shapes[0]);
  };

  it.each<{ what: string; shape: Dim[]; start: Dim; end: Dim | bigint; step?: number; size: string }>([
    { what: 'to the end', shape: [h], start: 0, end: longest, size: 'H' },
    { what: 'to the end in int32', shape: [h], start: 0, end: 2 ** 31 - 1, size: 'H' },
    { what: 'all but the last', shape: [h], start: 0, end: -1, size: 'H - 1' },
    { what: 'all but three', shape: [h], start: 0, end: -3, size: 'max(H - 3, 0)' },
    { what: 'the last one', shape: [h], start: -1, end: longest, size: '1' },
    { what: 'the last two', shape: [add(h, 1)], start: -2, end: longest, size: '2' },
    { what: 'the first one', shape: [h], start: 0, end: 1, size: '1' },
    { what: 'every other', shape: [h], start: 0, end: longest, step: 2, size: 'floor((H + 1)/2)' },
    { what: 'every other after the first', shape: [h], start: 1, end: longest, step: 2, size: 'floor(H/2)' },
    { what: 'backwards', shape: [h], start: -1, end: -longest - 1n, step: -1, size: 'H' },
    { what: 'a crop to a smaller size', shape: [mul(h, 2)], start: 0, end: h, size: 'H' },
    { what: 'a crop to whole blocks', shape: [h], start: 0, end: mul(floorDiv(h, 16), 16), size: '16*floor(H/16)' },
    { what: 'a crop from the middle', shape: [add(h, 62)], start: 31, end: add(h, 31), size: 'H' },
    {
      what: 'a crop of a padded upsampling',
      shape: [add(mul(floorDiv(add(h, 5), 32), 32), 88)],
      start: 31,
      end: add(h, 31),
      size: 'H',
    },
    { what: 'a crop to what may be larger', shape: [h], start: 0, end: w, size: 'min(H, W)' },
  ])('$what', ({ shape, start, end, step = 1, size }) => {
    expect(cut(shape, start, end, 0, step)).toBe(`[${size}]`);
  });

  it('leaves other axes', () => {
    expect(cut([symbol('N'), 3, h, w], 0, 1, -1)).toBe('[N, 3, H, 1]');
  });

  it('says why a size is open', () => {
    const unknown = (inputs: readonly SymbolicInput[]) => {
      const [dim] = inferSymbolic({ op: 'Slice', inputs }).shapes[0]!;
      return formatDim(dim!);
    };
    expect(unknown([{ shape: [h, 3] }, { shape: [1] }, { values: [2] }])).toBe('?0');
    expect(unknown([{ shape: [h, 3] }, { values: [sub(h, 5)] }, { values: [2] }, { values: [0] }])).toBe('?0');
  });

  it('keeps the axes that it does not touch when bounds are computed', () => {
    const inputs = [{ shape: [h, 3] }, { shape: [1] }, { values: [2] }, { values: [0] }];
    expect(formatShape(inferSymbolic({ op: 'Slice', inputs }).shapes[0])).toBe('[?0, 3]');
    const open = [{ shape: [h, 3] }, { values: [0] }, { values: [2] }, { shape: [1] }];
    expect(formatShape(inferSymbolic({ op: 'Slice', inputs: open }).shapes[0])).toBe('[?0, ?1]');
  });

  it('takes a part of a shape', () => {
    const inputs = [{ values: [symbol('N'), 3, h, w] }, { values: [2] }, { values: [4] }];
    expect(inferSymbolic({ op: 'Slice', inputs }).values[0]).toEqual([h, w]);
    const backwards = [{ values: [h, w, 3] }, { values: [-1] }, { values: [-9] }, { values: [0] }, { values: [-1] }];
    expect(inferSymbolic({ op: 'Slice', inputs: backwards }).values[0]).toEqual([3, w, h]);
  });

  it('is, at any numbers, the Slice of these numbers', () => {
    const size = fc.constantFrom<Dim>(h, 4, floorDiv(h, 2), mul(h, 2), add(h, w), sub(h, 1));
    const place = fc.oneof(
      fc.integer({ min: -5, max: 5 }),
      fc.constantFrom<Dim>(2 ** 62, -(2 ** 62), h, w, negate(h), floorDiv(h, 2), add(w, 2), sub(h, 3), sub(-1, w)),
    );
    const step = fc.constantFrom(1, 2, -1, -3, 2 ** 40);
    fc.assert(
      fc.property(
        size,
        place,
        place,
        step,
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 1, max: 9 }),
        (...drawn) => {
          const [dim, start, end, by, rows, columns] = drawn;
          const inputs = [
            { shape: [dim, 3] },
            { values: [start] },
            { values: [end] },
            { values: [0] },
            { values: [by] },
          ];
          checkSubstitution(
            { op: 'Slice', inputs },
            new Map([
              ['H', rows],
              ['W', columns],
            ]),
          );
        },
      ),
      { numRuns: 400 },
    );
  });
});
