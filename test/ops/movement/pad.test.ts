import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { add, type Dim, floorDiv, mul, negate, sub, symbol } from '../../../src/ir/dim.js';
import { formatShape } from '../../../src/ir/shape.js';
import { float32, int64, type Tensor } from '../../../src/ir/tensor.js';
import { countAt, counting, positionsOf } from '../../support/coordinates.js';
import { runOperator } from '../../support/run-operator.js';
import { checkSubstitution, inferSymbolic, type SymbolicInput } from '../../support/symbolic-operator.js';
import { elementsOf, tensor } from '../../support/tensors.js';

const n = symbol('N');
const h = symbol('H');
const w = symbol('W');

function list(values: readonly number[]): Tensor {
  return int64([values.length], values);
}

function pad(x: Tensor, pads: readonly number[], mode?: string, constant?: Tensor, axes?: readonly number[]): Tensor {
  const attributes = mode === undefined ? {} : { mode };
  const inputs = [x, list(pads), constant, axes && list(axes)];
  return runOperator({ op: 'Pad', inputs, attributes })[0]!;
}

function along(values: readonly number[], before: number, after: number, mode: string): unknown[] {
  return elementsOf(pad(tensor('float32', values), [before, after], mode, float32([], [9])));
}

function inferred(op: string, inputs: readonly SymbolicInput[], attributes = {}, opset = 22) {
  const { shapes, constraints, errors } = inferSymbolic({ op, opset, inputs, attributes });
  return {
    shape: formatShape(shapes[0]),
    constraints: constraints.map(({ left, right }) => `${left}, ${right}`),
    errors: errors.map(({ code }) => code),
  };
}

describe('Pad', () => {
  it('adds to each side of each axis', () => {
    const y = pad(counting([2, 2]), [1, 0, 0, 2], 'constant', float32([], [-1]));
    expect([y.dims, elementsOf(y)]).toEqual([
      [3, 4],
      [-1, -1, -1, -1, 0, 1, -1, -1, 2, 3, -1, -1],
    ]);
  });

  it('repeats the edge, mirrors, goes around', () => {
    expect(along([1, 2, 3], 2, 1, 'constant')).toEqual([9, 9, 1, 2, 3, 9]);
    expect(along([1, 2, 3], 2, 1, 'edge')).toEqual([1, 1, 1, 2, 3, 3]);
    expect(along([1, 2, 3], 2, 1, 'reflect')).toEqual([3, 2, 1, 2, 3, 2]);
    expect(along([1, 2, 3], 2, 1, 'wrap')).toEqual([2, 3, 1, 2, 3, 1]);
  });

  it('mirrors and goes around more than once', () => {
    expect(along([1, 2, 3], 5, 0, 'reflect')).toEqual([2, 1, 2, 3, 2, 1, 2, 3]);
    expect(along([1, 2, 3], 0, 5, 'wrap')).toEqual([1, 2, 3, 1, 2, 3, 1, 2]);
    expect(along([4], 2, 1, 'reflect')).toEqual([4, 4, 4, 4]);
  });

  it('takes off with negative pads, and then repeats what is left', () => {
    expect(along([1, 2, 3, 4], -1, 2, 'constant')).toEqual([2, 3, 4, 9, 9]);
    expect(along([1, 2, 3, 4], -1, 2, 'reflect')).toEqual([2, 3, 4, 3, 2]);
    expect(along([1, 2, 3, 4], 2, -2, 'edge')).toEqual([1, 1, 1, 2]);
    expect(along([1, 2, 3, 4], -2, 2, 'wrap')).toEqual([3, 4, 3, 4]);
    expect(along([1, 2, 3], -4, 5, 'constant')).toEqual([9, 9, 9, 9]);
    expect(along([1, 2], -1, -1, 'edge')).toEqual([]);
  });

  it('has axes from version 18 on', () => {
    const y = pad(counting([2, 2]), [1, 0], 'constant', undefined, [-1]);
    expect(elementsOf(y)).toEqual([0, 0, 1, 0, 2, 3]);
  });

  it('fills with zero, nothing written, or the constant, of any type', () => {
    expect(elementsOf(pad(tensor('string', ['a']), [1, 0]))).toEqual(['', 'a']);
    expect(elementsOf(pad(tensor('string', ['a']), [0, 1], 'constant', tensor('string', ['b'], [])))).toEqual([
      'a',
      'b',
    ]);
    expect(elementsOf(pad(int64([1], [2n ** 62n]), [1, 1]))).toEqual([0n, 2n ** 62n, 0n]);
    expect(elementsOf(pad(tensor('bool', [0]), [1, 0], 'constant', tensor('bool', [1], [])))).toEqual([1, 0]);
    const half = pad(tensor('float16', [2]), [1, 0], 'constant', tensor('float16', [0.5], []));
    expect(elementsOf(half)).toEqual([0.5, 2]);
  });

  it('had attributes before version 11', () => {
    const attributes = { pads: [0, 1, 0, 1], value: { kind: 'float', value: 7 } } as const;
    const run = (opset: number, given: Record<string, never> | object) =>
      elementsOf(runOperator({ op: 'Pad', opset, inputs: [counting([1, 2])], attributes: given as never })[0]);
    expect(run(10, attributes)).toEqual([7, 0, 1, 7]);
    expect(run(2, { pads: [0, 1, 0, 0], mode: 'edge' })).toEqual([0, 0, 1]);
    expect(run(1, { paddings: [0, 0, 0, 1] })).toEqual([0, 1, 0]);
    expect(() => run(10, {})).toThrow(/US1302/);
    expect(() => runOperator({ op: 'Pad', inputs: [counting([1])] })).toThrow(/US1306/);
  });

  it.each([
    { what: 'pads for other axes', run: () => pad(counting([2, 2]), [1, 1]), code: /US1209/ },
    { what: 'pads that take off more than there is', run: () => pad(counting([2]), [-2, -1]), code: /US1207/ },
    {
      what: 'an axis named twice',
      run: () => pad(counting([2, 2]), [1, 1, 1, 1], 'edge', undefined, [1, -1]),
      code: /US1208/,
    },
    { what: 'another mode', run: () => pad(counting([2]), [1, 1], 'mirror'), code: /US1304/ },
    { what: 'nothing to repeat', run: () => pad(counting([0]), [1, 0], 'edge'), code: /US1211/ },
    { what: 'nothing left to repeat', run: () => pad(counting([2]), [-2, 3], 'wrap'), code: /US1211/ },
    {
      what: 'a constant of another type',
      run: () => pad(counting([2]), [1, 0], 'constant', list([1])),
      code: /US1210/,
    },
    { what: 'more than any memory', run: () => pad(counting([2]), [2 ** 50, 0]), code: /US2011/ },
  ])('refuses $what', ({ run, code }) => {
    expect(run).toThrow(code);
  });

  it('shows at each place what a walk over the tensor comes to', () => {
    const axis = fc.record({
      size: fc.integer({ min: 1, max: 4 }),
      before: fc.integer({ min: -1, max: 5 }),
      after: fc.integer({ min: 0, max: 5 }),
    });
    const mode = fc.constantFrom('constant', 'edge', 'reflect', 'wrap');
    fc.assert(
      fc.property(fc.array(axis, { minLength: 1, maxLength: 3 }), mode, (axes, drawn) => {
        fc.pre(axes.every(({ size, before }) => size + before > 0));
        const dims = axes.map(({ size }) => size);
        const pads = [...axes.map(({ before }) => before), ...axes.map(({ after }) => after)];
        const y = pad(counting(dims), pads, drawn, float32([], [-1]));
        expect(y.dims).toEqual(axes.map(({ size, before, after }) => size + before + after));
        const walks = axes.map(({ size, before, after }) => walk(size, before, after, drawn));
        const expected = positionsOf(y.dims).map((position) => {
          const source = position.map((i, k) => walks[k]![i]!);
          return source.includes(-1) ? -1 : countAt(dims, source);
        });
        expect(elementsOf(y)).toEqual(expected);
      }),
    );
  });

  it.each<{ what: string; inputs: SymbolicInput[]; shape: string }>([
    { what: 'numbers', inputs: [{ shape: [n, 3, h] }, { values: [0, 0, 1, 0, 0, 2] }], shape: '[N, 3, H + 3]' },
    {
      what: 'what brings a size up',
      inputs: [{ shape: [mul(floorDiv(h, 2), 2)] }, { values: [0, sub(h, mul(floorDiv(h, 2), 2))] }],
      shape: '[H]',
    },
    { what: 'an open crop', inputs: [{ shape: [add(h, w)] }, { values: [negate(h), 0] }], shape: '[W]' },
    {
      what: 'given axes',
      inputs: [{ shape: [n, 3, h] }, { values: [1, 1] }, undefined, { values: [2] }],
      shape: '[N, 3, H + 2]',
    },
    {
      what: 'given axes, computed',
      inputs: [{ shape: [n, 3, h] }, { shape: [2] }, undefined, { values: [-2] }],
      shape: '[N, ?0, H]',
    },
    {
      what: 'computed axes',
      inputs: [{ shape: [n, 3] }, { values: [1, 1] }, undefined, { shape: [1] }],
      shape: '[?0, ?1]',
    },
    { what: 'computed pads', inputs: [{ shape: [n, 3] }, { shape: [4] }], shape: '[?0, ?1]' },
  ])('infers $what', ({ inputs, shape }) => {
    expect(inferred('Pad', inputs)).toEqual({ shape, constraints: [], errors: [] });
  });

  it('asks for what it takes off', () => {
    expect(inferred('Pad', [{ shape: [h] }, { values: [-2, -2] }])).toEqual({
      shape: '[H - 4]',
      constraints: ['H - 4, 0'],
      errors: [],
    });
    expect(inferred('Pad', [{ shape: [3] }, { values: [-2, negate(h)] }]).constraints).toEqual(['-H + 1, 0']);
    expect(inferred('Pad', [{ shape: [3] }, { values: [-4, 0] }]).errors).toEqual(['US1207']);
  });

  it('is, at any numbers, the Pad by these numbers', () => {
    const dim = fc.constantFrom<Dim>(h, w, 4, floorDiv(h, 2), mul(h, 2));
    const amount = fc.constantFrom<Dim>(0, 1, -1, -3, h, w, sub(h, w), negate(h), sub(w, 2), floorDiv(w, 2));
    const size = fc.integer({ min: 1, max: 6 });
    let valid = 0;
    fc.assert(
      fc.property(dim, amount, amount, size, size, (shape, before, after, a, b) => {
        const bindings = new Map([
          ['H', a],
          ['W', b],
        ]);
        const inputs = [{ shape: [shape, 3] }, { values: [before, 0, after, 1] }];
        if (checkSubstitution({ op: 'Pad', inputs }, bindings)) valid++;
      }),
      { numRuns: 300 },
    );
    expect(valid).toBeGreaterThan(50);
  });

  it('pads what is known', () => {
    const inputs = [{ values: [n, h] }, { values: [1, 1] }];
    expect(inferSymbolic({ op: 'Pad', inputs }).values[0]).toEqual([0, n, h, 0]);
    expect(inferSymbolic({ op: 'Pad', inputs, attributes: { mode: 'edge' } }).values[0]).toEqual([n, n, h, h]);
    const filled = [...inputs, { values: [w] }];
    expect(inferSymbolic({ op: 'Pad', inputs: filled }).values[0]).toEqual([w, n, h, w]);
  });
});

/** Sources along an axis, from walking inwards and outwards step by step; −1 for the constant. */
function walk(size: number, before: number, after: number, mode: string): number[] {
  const row = Array.from({ length: size }, (_, i) => i).slice(Math.max(0, -before));
  const left = [...row];
  for (let i = 1; i <= before; i++) left.unshift(outside(row, -i, mode));
  for (let i = 0; i < after; i++) left.push(outside(row, row.length + i, mode));
  return left;
}

function outside(row: readonly number[], place: number, mode: string): number {
  if (mode === 'constant') return -1;
  if (mode === 'edge') return place < 0 ? row[0]! : row.at(-1)!;
  let at = place;
  while (at < 0 || at >= row.length) {
    if (mode === 'wrap') at += at < 0 ? row.length : -row.length;
    else if (row.length === 1) return row[0]!;
    else at = at < 0 ? -at : 2 * (row.length - 1) - at;
  }
  return row[at]!;
}

describe('CenterCropPad', () => {
  const center = (dims: readonly number[], sizes: readonly number[], axes?: readonly number[]) => {
    const attributes = axes === undefined ? {} : { axes };
    return runOperator({ op: 'CenterCropPad', inputs: [counting(dims), list(sizes)], attributes })[0]!;
  };

  it('takes the middle, an odd element off the end', () => {
    expect(elementsOf(center([6], [2]))).toEqual([2, 3]);
    expect(elementsOf(center([6], [3]))).toEqual([1, 2, 3]);
    expect(elementsOf(center([5], [0]))).toEqual([]);
  });

  it('puts zeros around, an odd one at the end', () => {
    const y = runOperator({ op: 'CenterCropPad', inputs: [tensor('string', ['a']), list([4])] })[0];
    expect(elementsOf(y)).toEqual(['', 'a', '', '']);
    expect(elementsOf(center([2], [4]))).toEqual([0, 0, 1, 0]);
  });

  it('does both at once, on given axes', () => {
    const y = center([2, 4, 1], [2, 3], [1, -1]);
    expect([y.dims, elementsOf(y)]).toEqual([
      [2, 2, 3],
      [0, 1, 0, 0, 2, 0, 0, 5, 0, 0, 6, 0],
    ]);
  });

  it('refuses sizes and axes that do not fit', () => {
    expect(() => center([2, 2], [1])).toThrow(/US1209/);
    expect(() => center([2, 2], [1, -1])).toThrow(/US1207/);
    expect(() => center([2, 2], [1, 1], [0, -2])).toThrow(/US1208/);
    expect(() => center([2], [2 ** 50])).toThrow(/US2011/);
  });

  it('has the size that it is told', () => {
    expect(inferred('CenterCropPad', [{ shape: [n, 3] }, { values: [h, 4] }]).shape).toBe('[H, 4]');
    expect(inferred('CenterCropPad', [{ shape: [n, 3] }, { values: [h] }], { axes: [-1] }).shape).toBe('[N, H]');
    expect(inferred('CenterCropPad', [{ shape: [n, 3] }, { shape: [1] }], { axes: [0] }).shape).toBe('[?0, 3]');
  });
});

describe('Crop', () => {
  const crop = (dims: readonly number[], attributes: Record<string, readonly number[]>) =>
    runOperator({ op: 'Crop', opset: 9, inputs: [counting(dims)], attributes })[0]!;

  it('takes a border off: left, top, right, bottom', () => {
    const y = crop([1, 1, 4, 5], { border: [1, 2, 3, 0] });
    expect([y.dims, elementsOf(y)]).toEqual([
      [1, 1, 2, 1],
      [11, 16],
    ]);
  });

  it('keeps height and width where given', () => {
    const y = crop([1, 2, 3, 3], { border: [1, 0, 9, 9], scale: [2, 1] });
    expect([y.dims, elementsOf(y)]).toEqual([
      [1, 2, 2, 1],
      [1, 4, 10, 13],
    ]);
  });

  it('refuses what is malformed or outside', () => {
    expect(() => crop([1, 1, 2, 2], {})).toThrow(/US1302/);
    expect(() => crop([1, 1, 2, 2], { border: [1, 1] })).toThrow(/US1304/);
    expect(() => crop([1, 1, 2, 2], { border: [0, 0, 0, -1] })).toThrow(/US1304/);
    expect(() => crop([1, 1, 2, 2], { border: [0, 0, 0, 0], scale: [1] })).toThrow(/US1304/);
    expect(() => crop([1, 1, 2, 2], { border: [0, 2, 0, 1] })).toThrow(/US1207/);
    expect(() => crop([1, 1, 2, 2], { border: [1, 0, 0, 0], scale: [2, 2] })).toThrow(/US1207/);
    expect(() => crop([2, 2], { border: [0, 0, 0, 0] })).toThrow(/US1201/);
  });

  it('follows open sizes', () => {
    const image = [{ shape: [n, 3, h, w] }];
    expect(inferred('Crop', image, { border: [1, 2, 3, 4] }, 9).shape).toBe('[N, 3, H - 6, W - 4]');
    expect(inferred('Crop', image, { border: [0, 0, 0, 0], scale: [8, 9] }, 9).shape).toBe('[N, 3, 8, 9]');
  });
});
