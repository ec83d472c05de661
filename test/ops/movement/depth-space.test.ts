import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mul, symbol } from '../../../src/ir/dim.js';
import { formatShape, type Shape } from '../../../src/ir/shape.js';
import { countAt, counting, positionsOf } from '../../support/coordinates.js';
import { runOperator } from '../../support/run-operator.js';
import { inferSymbolic } from '../../support/symbolic-operator.js';
import { elementsOf, tensor } from '../../support/tensors.js';

const n = symbol('N');
const c = symbol('C');
const h = symbol('H');
const w = symbol('W');

function inferred(op: string, shape: Shape, blocksize: number) {
  const { shapes, constraints, errors } = inferSymbolic({ op, inputs: [{ shape }], attributes: { blocksize } });
  return {
    shape: formatShape(shapes[0]),
    constraints: constraints.map(({ left, right }) => `${left} = ${right}`),
    errors: errors.map(({ code }) => code),
  };
}

const block = fc.integer({ min: 1, max: 3 });
const size = fc.integer({ min: 1, max: 3 });

describe('DepthToSpace', () => {
  const run = (dims: readonly number[], attributes: Record<string, number | string>, opset = 22) =>
    runOperator({ op: 'DepthToSpace', opset, inputs: [counting(dims)], attributes })[0]!;

  it('lays channels out as blocks, a whole image of them apart', () => {
    // Two channels of two by two blocks: DCR puts channel k of the output at k, k + 2, k + 4, k + 6.
    const y = run([1, 8, 1, 1], { blocksize: 2 });
    expect([y.dims, elementsOf(y)]).toEqual([
      [1, 2, 2, 2],
      [0, 2, 4, 6, 1, 3, 5, 7],
    ]);
    expect(elementsOf(run([1, 8, 1, 1], { blocksize: 2 }, 9))).toEqual([0, 2, 4, 6, 1, 3, 5, 7]);
  });

  it('or takes neighboring channels for a block', () => {
    expect(elementsOf(run([1, 8, 1, 1], { blocksize: 2, mode: 'CRD' }))).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });

  it('takes every pixel from where its mode says', () => {
    const mode = fc.constantFrom('DCR', 'CRD');
    fc.assert(
      fc.property(fc.array(size, { minLength: 4, maxLength: 4 }), block, mode, (sizes, b, drawn) => {
        const [batch, channels, rows, columns] = sizes as [number, number, number, number];
        const dims = [batch, channels * b * b, rows, columns];
        const y = run(dims, { blocksize: b, mode: drawn });
        expect(y.dims).toEqual([batch, channels, rows * b, columns * b]);
        const expected = positionsOf(y.dims).map(([image, channel, row, column]) => {
          const inBlock = (row! % b) * b + (column! % b);
          const source = drawn === 'DCR' ? inBlock * channels + channel! : channel! * b * b + inBlock;
          return countAt(dims, [image!, source, Math.floor(row! / b), Math.floor(column! / b)]);
        });
        expect(elementsOf(y)).toEqual(expected);
      }),
    );
  });

  it('refuses channels, ranks and blocks that do not fit', () => {
    expect(() => run([1, 6, 1, 1], { blocksize: 2 })).toThrow(/US1211/);
    expect(() => run([4, 1, 1], { blocksize: 2 })).toThrow(/US1201/);
    expect(() => run([1, 4, 1, 1], { blocksize: 0 })).toThrow(/US1304/);
    expect(() => run([1, 4, 1, 1], { blocksize: 2 ** 40 })).toThrow(/US1304/);
    expect(() => run([1, 4, 1, 1], {})).toThrow(/US1302/);
    expect(() => run([1, 4, 1, 1], { blocksize: 2, mode: 'RCD' })).toThrow(/US1304/);
  });

  it('follows open sizes', () => {
    expect(inferred('DepthToSpace', [n, 12, h, w], 2)).toEqual({
      shape: '[N, 3, 2*H, 2*W]',
      constraints: [],
      errors: [],
    });
    expect(inferred('DepthToSpace', [n, mul(c, 9), h, w], 3).shape).toBe('[N, C, 3*H, 3*W]');
    expect(inferred('DepthToSpace', [n, c, h, w], 2)).toEqual({
      shape: '[N, floor(C/4), 2*H, 2*W]',
      constraints: ['C = 4*floor(C/4)'],
      errors: [],
    });
  });
});

describe('SpaceToDepth', () => {
  const run = (dims: readonly number[], blocksize: number) =>
    runOperator({ op: 'SpaceToDepth', inputs: [counting(dims)], attributes: { blocksize } })[0]!;

  it('stacks the pixels of blocks as channels', () => {
    const y = run([1, 1, 2, 4], 2);
    expect([y.dims, elementsOf(y)]).toEqual([
      [1, 4, 1, 2],
      [0, 2, 1, 3, 4, 6, 5, 7],
    ]);
  });

  it('is undone by DepthToSpace', () => {
    fc.assert(
      fc.property(fc.array(size, { minLength: 4, maxLength: 4 }), block, (sizes, b) => {
        const [batch, channels, rows, columns] = sizes as [number, number, number, number];
        const dims = [batch, channels, rows * b, columns * b];
        const deep = run(dims, b);
        expect(deep.dims).toEqual([batch, channels * b * b, rows, columns]);
        const [back] = runOperator({ op: 'DepthToSpace', inputs: [deep], attributes: { blocksize: b } });
        expect([back!.dims, elementsOf(back)]).toEqual([dims, elementsOf(counting(dims))]);
      }),
    );
  });

  it('moves strings', () => {
    const inputs = [tensor('string', ['a', 'b'], [1, 1, 1, 2])];
    expect(() => runOperator({ op: 'SpaceToDepth', inputs, attributes: { blocksize: 2 } })).toThrow(/US1211/);
    const [y] = runOperator({ op: 'SpaceToDepth', inputs, attributes: { blocksize: 1 } });
    expect(elementsOf(y)).toEqual(['a', 'b']);
  });

  it('asks for whole blocks', () => {
    expect(inferred('SpaceToDepth', [n, 3, mul(h, 2), w], 2)).toEqual({
      shape: '[N, 12, H, floor(W/2)]',
      constraints: ['W = 2*floor(W/2)'],
      errors: [],
    });
    expect(inferred('SpaceToDepth', [n, 3, 5, 4], 2).errors).toEqual(['US1211']);
  });
});
