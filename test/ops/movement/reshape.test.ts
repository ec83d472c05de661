import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatRequirement } from '../../../src/ir/constraint.js';
import { add, type Dim, floorDiv, mul, sub, symbol } from '../../../src/ir/dim.js';
import { formatShape, type Shape } from '../../../src/ir/shape.js';
import { int64, type Tensor } from '../../../src/ir/tensor.js';
import { counting } from '../../support/coordinates.js';
import { runOperator } from '../../support/run-operator.js';
import { checkSubstitution, inferSymbolic, type SymbolicInput } from '../../support/symbolic-operator.js';
import { elementsOf, tensor } from '../../support/tensors.js';

const n = symbol('N');
const h = symbol('H');
const w = symbol('W');

function list(values: readonly number[]): Tensor {
  return int64([values.length], values);
}

function reshape(dims: readonly number[], target: readonly number[], attributes = {}, opset = 22) {
  return runOperator({ op: 'Reshape', opset, inputs: [counting(dims), list(target)], attributes })[0]!;
}

interface Inferred {
  readonly shape: string;
  readonly constraints: readonly string[];
  readonly errors: readonly string[];
}

/** The shape that comes out, and what it takes for granted. */
function inferred(op: string, inputs: readonly SymbolicInput[], attributes = {}): Inferred {
  const { shapes, constraints, errors } = inferSymbolic({ op, inputs, attributes });
  return {
    shape: formatShape(shapes[0]),
    constraints: constraints.map(formatRequirement),
    errors: errors.map(({ code }) => code),
  };
}

function valid(shape: string, ...constraints: string[]): Inferred {
  return { shape, constraints, errors: [] };
}

describe('Reshape', () => {
  it('keeps the elements in order, and where they lie', () => {
    const x = counting([2, 3, 4]);
    const [y] = runOperator({ op: 'Reshape', inputs: [x, list([4, 6])] });
    expect(y!.dims).toEqual([4, 6]);
    expect(y!.data).toBe(x.data);
  });

  it.each([
    { what: '-1 is what is left', dims: [2, 3, 4], target: [-1, 2], gives: [12, 2] },
    { what: '0 copies', dims: [2, 3, 4], target: [0, 0, -1], gives: [2, 3, 4] },
    { what: '0 copies by place', dims: [2, 3, 4], target: [4, 0, 2], gives: [4, 3, 2] },
    { what: 'an empty tensor stays empty', dims: [0, 3], target: [3, 0], gives: undefined },
    { what: 'a scalar', dims: [1, 1], target: [], gives: [] },
    { what: 'from a scalar', dims: [], target: [-1], gives: [1] },
    { what: 'an empty tensor with 0 copied', dims: [0, 3, 4], target: [0, 12], gives: [0, 12] },
  ])('$what', ({ dims, target, gives }) => {
    if (gives === undefined) expect(() => reshape(dims, target)).toThrow(/US1206/);
    else expect(reshape(dims, target).dims).toEqual(gives);
  });

  it('takes 0 for a size from version 14 on, where told', () => {
    expect(reshape([0, 3], [3, 0], { allowzero: 1 }).dims).toEqual([3, 0]);
    expect(reshape([3, 4], [0, -1], {}, 13).dims).toEqual([3, 4]);
    expect(() => reshape([3, 4], [0, -1], { allowzero: 1 })).toThrow(/US1206/);
    expect(() => reshape([0, 4], [0, -1], { allowzero: 1 })).toThrow(/US1206: -1 in \[0, -1\] has no one value/);
  });

  it('moves strings too', () => {
    const [y] = runOperator({ op: 'Reshape', inputs: [tensor('string', ['a', 'b', 'c', 'd']), list([2, -1])] });
    expect([y!.dims, ...elementsOf(y)]).toEqual([[2, 2], 'a', 'b', 'c', 'd']);
  });

  it.each([
    { what: 'another number of elements', dims: [2, 3], target: [4, 2] },
    { what: 'a rest that is not whole', dims: [2, 3], target: [4, -1] },
    { what: 'two rests', dims: [2, 3], target: [-1, -1] },
    { what: 'a negative size', dims: [2, 3], target: [-2, 3] },
    { what: 'a copy of an axis that is not there', dims: [2, 3], target: [2, 3, 0] },
    { what: 'a rest beside a size of 0', dims: [2, 3], target: [0, 0, 0, -1] },
    { what: 'sizes whose product is beyond all', dims: [2, 3], target: [2 ** 40, 2 ** 40, -1] },
  ])('refuses $what', ({ dims, target }) => {
    expect(() => reshape(dims, target)).toThrow(/US1206/);
  });

  it('says the counts and what may have happened', () => {
    expect(() => reshape([2, 3, 4], [1, 12])).toThrow(
      /\[2, 3, 4\] cannot become \[1, 12\] \(expected 24 elements, got 12\).*use -1/,
    );
  });

  it.each<{ what: string; shape: Dim[]; target: Dim[]; gives: Inferred }>([
    { what: 'a batch kept', shape: [n, 512], target: [-1, 32, 4, 4], gives: valid('[N, 32, 4, 4]') },
    { what: 'rows joined', shape: [n, 3, h, w], target: [0, 0, -1], gives: valid('[N, 3, H*W]') },
    { what: 'a target of sizes', shape: [n, 8, mul(h, w)], target: [n, 8, h, w], gives: valid('[N, 8, H, W]') },
    { what: 'a size that cancels', shape: [n, mul(h, 4), w], target: [n, h, -1], gives: valid('[N, H, 4*W]') },
    {
      what: 'a floor that cancels as a whole',
      shape: [n, floorDiv(h, 2), 6],
      target: [n, -1, 3, floorDiv(h, 2)],
      gives: valid('[N, 2, 3, floor(H/2)]', 'floor(H/2) ≥ 1'),
    },
    {
      what: 'a rest that is whole for some sizes',
      shape: [n, h],
      target: [-1, 4],
      gives: valid('[floor((N*H)/4), 4]', 'N*H = 4*floor((N*H)/4)'),
    },
    { what: 'sizes that must agree', shape: [n, h], target: [n, 16], gives: valid('[N, 16]', 'H = 16') },
    { what: 'a rest by an open size', shape: [n, h], target: [w, -1], gives: valid('[W, ?0]') },
    { what: 'nothing to divide', shape: [0, n], target: [w, -1], gives: valid('[W, 0]') },
    {
      what: 'counts that cannot be equal',
      shape: [mul(n, 2), 3],
      target: [add(mul(n, 6), 1)],
      gives: { shape: '[6*N + 1]', constraints: [], errors: ['US1206'] },
    },
    {
      what: 'a rest that is never whole',
      shape: [2, 3],
      target: [4, -1],
      gives: { shape: '[4, 1]', constraints: [], errors: ['US1206'] },
    },
  ])('infers $what', ({ shape, target, gives }) => {
    expect(inferred('Reshape', [{ shape }, { values: target }])).toEqual(gives);
  });

  it('knows as much as there is of a target that is computed', () => {
    expect(inferred('Reshape', [{ shape: [n, 3] }, { shape: [3] }]).shape).toBe('[?0, ?1, ?2]');
    expect(inferred('Reshape', [{ shape: [n, 3] }, { shape: [1] }]).shape).toBe('[3*N]');
    expect(inferred('Reshape', [{ shape: [n, 3] }, { shape: [h] }]).shape).toBe('[?]');
    expect(inferred('Reshape', [{ shape: [n, 3] }, { shape: [2, 2] }]).errors).toEqual(['US1201']);
  });

  it('is, at any numbers, the Reshape of these numbers', () => {
    const dim = fc.constantFrom<Dim>(n, h, w, 2, 3, 4, mul(h, 2), mul(n, w), floorDiv(add(h, 3), 2));
    const dims = fc.array(dim, { minLength: 1, maxLength: 3 });
    /** Mostly the same sizes in another order, one of them left open; then any. */
    const reshapes = fc.oneof(
      dims.chain((shape) =>
        fc
          .tuple(fc.shuffledSubarray(shape, { minLength: shape.length }), fc.nat(shape.length - 1), fc.boolean())
          .map(([order, at, isOpen]) => ({ shape, target: isOpen ? order.with(at, -1) : order })),
      ),
      fc.record({ shape: dims, target: fc.array(fc.oneof(dim, fc.constantFrom<Dim>(-1, 0)), { maxLength: 3 }) }),
    );
    const size = fc.integer({ min: 1, max: 6 });
    let valid = 0;
    fc.assert(
      fc.property(reshapes, size, size, size, ({ shape, target }, a, b, c) => {
        const bindings = new Map([
          ['N', a],
          ['H', b],
          ['W', c],
        ]);
        const test = { op: 'Reshape', inputs: [{ shape }, { values: target }] };
        // A rest by an open size is not asked to be whole.
        fc.pre(!inferred('Reshape', test.inputs).shape.includes('?'));
        if (checkSubstitution(test, bindings)) valid++;
      }),
      { numRuns: 300 },
    );
    expect(valid).toBeGreaterThan(50);
  });
});

describe('Flatten', () => {
  it.each([
    { axis: 0, gives: [1, 24] },
    { axis: 1, gives: [2, 12] },
    { axis: 2, gives: [6, 4] },
    { axis: 3, gives: [24, 1] },
    { axis: -1, gives: [6, 4] },
    { axis: -3, gives: [1, 24] },
  ])('joins the axes before and from $axis', ({ axis, gives }) => {
    const [y] = runOperator({ op: 'Flatten', inputs: [counting([2, 3, 4])], attributes: { axis } });
    expect([y!.dims, elementsOf(y)]).toEqual([gives, elementsOf(counting([24]))]);
  });

  it('begins at axis 1 unless told', () => {
    expect(runOperator({ op: 'Flatten', inputs: [counting([2, 3, 4])] })[0]!.dims).toEqual([2, 12]);
    expect(runOperator({ op: 'Flatten', inputs: [counting([])], attributes: { axis: 0 } })[0]!.dims).toEqual([1, 1]);
    expect(() => runOperator({ op: 'Flatten', inputs: [counting([2])], attributes: { axis: 2 } })).toThrow(/US1208/);
  });

  it('multiplies open sizes', () => {
    expect(inferred('Flatten', [{ shape: [n, 3, h, w] }])).toEqual(valid('[N, 3*H*W]'));
    expect(inferred('Flatten', [{ shape: [n, 3, h] }], { axis: 3 })).toEqual(valid('[3*N*H, 1]'));
  });
});

describe('Squeeze', () => {
  const squeeze = (dims: number[], axes?: number[], opset = 22) => {
    const inputs = axes === undefined || opset < 13 ? [counting(dims)] : [counting(dims), list(axes)];
    const attributes = axes === undefined || opset >= 13 ? {} : { axes };
    return runOperator({ op: 'Squeeze', opset, inputs, attributes })[0]!.dims;
  };

  it('takes axes of size 1 away, in every version', () => {
    for (const opset of [11, 22]) {
      expect(squeeze([1, 3, 1, 2], [0, -2], opset)).toEqual([3, 2]);
      expect(squeeze([1, 3, 1, 2], [2], opset)).toEqual([1, 3, 2]);
      expect(squeeze([1, 3, 1, 2], undefined, opset)).toEqual([3, 2]);
    }
    expect(squeeze([1, 1])).toEqual([]);
  });

  it('refuses other sizes and axes', () => {
    expect(() => squeeze([2, 1], [0])).toThrow(/US1206: axis 0 of \[2, 1\] cannot be squeezed \(expected 1, got 2\)/);
    expect(() => squeeze([2, 1], [2])).toThrow(/US1208/);
    expect(() => squeeze([1, 1], [1, -1])).toThrow(/US1208/);
  });

  it('asks of open sizes that they are 1', () => {
    expect(inferred('Squeeze', [{ shape: [n, 1, h] }, { values: [1] }])).toEqual(valid('[N, H]'));
    expect(inferred('Squeeze', [{ shape: [n, h] }, { values: [0] }])).toEqual(valid('[H]', 'N = 1'));
    expect(inferred('Squeeze', [{ shape: [n, add(h, 1)] }, { values: [1] }]).errors).toEqual(['US1206']);
  });

  it('has a rank only when it can be told', () => {
    expect(inferred('Squeeze', [{ shape: [1, add(h, 1), 4] }]).shape).toBe('[H + 1, 4]');
    expect(inferred('Squeeze', [{ shape: [1, h, 4] }]).shape).toBe('[?]');
    expect(inferred('Squeeze', [{ shape: [1, h, 4] }, { shape: [1] }]).shape).toBe('[?0, ?1]');
  });
});

describe('Unsqueeze', () => {
  const unsqueeze = (dims: number[], axes: number[], opset = 22) => {
    const inputs = opset < 13 ? [counting(dims)] : [counting(dims), list(axes)];
    return runOperator({ op: 'Unsqueeze', opset, inputs, attributes: opset < 13 ? { axes } : {} })[0]!.dims;
  };

  it('counts axes in the result, in every version', () => {
    for (const opset of [11, 22]) {
      expect(unsqueeze([3, 4], [0, 3], opset)).toEqual([1, 3, 4, 1]);
      expect(unsqueeze([3, 4], [-1, 1], opset)).toEqual([3, 1, 4, 1]);
      expect(unsqueeze([], [0, 1], opset)).toEqual([1, 1]);
    }
  });

  it('refuses axes that are not there or there twice', () => {
    expect(() => unsqueeze([3], [2])).toThrow(/US1208/);
    expect(() => unsqueeze([3], [1, -2])).toThrow(/US1208/);
    expect(() => runOperator({ op: 'Unsqueeze', inputs: [counting([3])] })).toThrow(/US1306/);
  });

  it('puts 1 between open sizes', () => {
    expect(inferred('Unsqueeze', [{ shape: [n, h] }, { values: [1] }])).toEqual(valid('[N, 1, H]'));
    expect(inferred('Unsqueeze', [{ shape: [n, h] }, { shape: [2] }]).shape).toBe('[?0, ?1, ?2, ?3]');
  });
});

describe('Identity', () => {
  it('gives what it is given', () => {
    const x = tensor('string', ['a', 'b'], [2, 1]);
    const [y] = runOperator({ op: 'Identity', inputs: [x] });
    expect([y!.type, y!.dims, y!.data]).toEqual(['string', [2, 1], ['a', 'b']]);
    expect(inferred('Identity', [{ shape: [n, h] }])).toEqual(valid('[N, H]'));
  });
});

describe('values through reshapes', () => {
  const follow = (op: string, values: Shape, ...rest: SymbolicInput[]) =>
    inferSymbolic({ op, inputs: [{ values }, ...rest] }).values[0];

  it('keep their order', () => {
    expect(follow('Reshape', [n, h, 3, w], { values: [2, -1] })).toEqual([n, h, 3, w]);
    expect(follow('Squeeze', [h], { values: [0] })).toEqual([h]);
    expect(follow('Unsqueeze', [n, sub(h, 1)], { values: [0] })).toEqual([n, sub(h, 1)]);
    expect(follow('Flatten', [n, h])).toEqual([n, h]);
    expect(follow('Identity', [n, h])).toEqual([n, h]);
  });

  it('are not made up', () => {
    expect(follow('Reshape', [n, h], { shape: [2] })).toBeUndefined();
  });
});
