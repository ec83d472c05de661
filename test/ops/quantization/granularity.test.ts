/** QuantizeLinear and DequantizeLinear: types, and one scale a tensor, an index of an axis, or a block. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ceilDiv, type Dim, symbol } from '../../../src/ir/dim.js';
import type { ElementType } from '../../../src/ir/element-type.js';
import type { Shape } from '../../../src/ir/shape.js';
import { float32, type Tensor } from '../../../src/ir/tensor.js';
import { positionsOf } from '../../support/coordinates.js';
import { inferShapes } from '../../support/known.js';
import { referenceCode } from '../../support/reference-code.js';
import { type AttributeInput, inferOperator, runOperator } from '../../support/run-operator.js';
import { elementsOf, tensor } from '../../support/tensors.js';

const ranges: readonly (readonly [type: ElementType, code: number, min: number, max: number])[] = [
  ['uint8', 2, 0, 255],
  ['int8', 3, -128, 127],
  ['uint16', 4, 0, 65535],
  ['int16', 5, -32768, 32767],
  ['uint4', 21, 0, 15],
  ['int4', 22, -8, 7],
  ['uint2', 25, 0, 3],
  ['int2', 26, -2, 1],
];

/** Integers of two bits came with operator set 25. */
function opsetsFor(type: ElementType): readonly number[] {
  return type.endsWith('int2') ? [25] : [21, 23, 25];
}

/** To the nearest integer, of two the even one: found by looking at both neighbors. */
function nearest(value: number): number {
  const [low, high] = [Math.floor(value), Math.ceil(value)];
  if (value - low !== high - value) return value - low < high - value ? low : high;
  return low % 2 === 0 ? low : high;
}

function codesOf(op: string, inputs: readonly (Shape | Tensor)[], attributes = {}, opset = 25): readonly string[] {
  return inferOperator({ op, opset, inputs, attributes }).diagnostics.map(({ code }) => code);
}

describe('QuantizeLinear', () => {
  it.each(ranges)('to %s stops at the ends of its range', (type, code, min, max) => {
    const x = float32([5], [-1e9, min, 0.5, max, 1e9]);
    const expected = [min, min, 0, max, max];
    for (const opset of opsetsFor(type)) {
      const attributes = { output_dtype: code };
      const [asked] = runOperator({ op: 'QuantizeLinear', opset, inputs: [x, float32([], [1])], attributes });
      expect([asked!.type, elementsOf(asked)]).toEqual([type, expected]);
      const zero = tensor(type, [0], []);
      const [given] = runOperator({ op: 'QuantizeLinear', opset, inputs: [x, float32([], [1]), zero] });
      expect([given!.type, elementsOf(given)]).toEqual([type, expected]);
    }
  });

  it('rounds half to even before the zero point is added', () => {
    const x = float32([6], [0.5, 1.5, 2.5, -0.5, -1.5, -2.5]);
    const inputs = [x, float32([], [1]), tensor('int8', [1], [])];
    expect(elementsOf(runOperator({ op: 'QuantizeLinear', inputs })[0])).toEqual([1, 3, 3, 1, -1, -1]);
  });

  it('makes uint8 when nothing says another type', () => {
    const [y] = runOperator({ op: 'QuantizeLinear', inputs: [float32([2], [3, -3]), float32([], [1])] });
    expect([y!.type, elementsOf(y)]).toEqual(['uint8', [3, 0]]);
  });

  it('divides in the type that the scale has, or that precision names', () => {
    // 3 / 0.5 is 6; 2049 in float16 is 2048, which is 4096 halves.
    const inputs = [float32([2], [3, 2049]), tensor('float16', [0.5], []), tensor('int16', [0], [])];
    expect(elementsOf(runOperator({ op: 'QuantizeLinear', opset: 23, inputs })[0])).toEqual([6, 4096]);
    const [exact] = runOperator({ op: 'QuantizeLinear', opset: 23, inputs, attributes: { precision: 1 } });
    expect(elementsOf(exact)).toEqual([6, 4098]);
  });

  it('refuses an output_dtype that is not the type of the zero point, or no type at all', () => {
    const inputs = [float32([1], [1]), float32([], [1]), tensor('int8', [0], [])];
    expect(codesOf('QuantizeLinear', inputs, { output_dtype: 2 })).toEqual(['US1210']);
    expect(codesOf('QuantizeLinear', inputs.slice(0, 2), { output_dtype: 99 })).toEqual(['US1304']);
  });
});

describe('DequantizeLinear', () => {
  it.each(ranges)('of %s gives the ends of its range back', (type, _, min, max) => {
    const inputs = [tensor(type, [min, max]), float32([], [0.5]), tensor(type, [1], [])];
    for (const opset of opsetsFor(type)) {
      const [x] = runOperator({ op: 'DequantizeLinear', opset, inputs });
      expect([x!.type, elementsOf(x)]).toEqual(['float32', [(min - 1) / 2, (max - 1) / 2]]);
    }
  });

  it('takes int32 as it is', () => {
    const inputs = [tensor('int32', [-100000, 7]), float32([], [2])];
    expect(elementsOf(runOperator({ op: 'DequantizeLinear', inputs })[0])).toEqual([-200000, 14]);
  });

  it('has the type of the scale, or that output_dtype names', () => {
    const inputs = [tensor('int8', [3]), tensor('float16', [0.5], [])];
    const [half] = runOperator({ op: 'DequantizeLinear', opset: 23, inputs });
    expect([half!.type, elementsOf(half)]).toEqual(['float16', [1.5]]);
    const [single] = runOperator({ op: 'DequantizeLinear', opset: 23, inputs, attributes: { output_dtype: 1 } });
    expect([single!.type, elementsOf(single)]).toEqual(['float32', [1.5]]);
  });

  it('refuses a zero point of another type', () => {
    const inputs = [tensor('int8', [3]), float32([], [1]), tensor('uint8', [0], [])];
    expect(codesOf('DequantizeLinear', inputs)).toEqual(['US1210']);
  });
});

interface Granularity {
  readonly dims: readonly number[];
  readonly attributes: Record<string, AttributeInput>;
  readonly scaleDims: readonly number[];
  /** Where the scale of the element at a position is. */
  scaleAt(position: readonly number[]): readonly number[];
}

const granularity: fc.Arbitrary<Granularity> = fc
  .record({
    dims: fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 4 }),
    kind: fc.constantFrom('scalar', 'axis', 'block'),
    place: fc.nat({ max: 3 }),
    size: fc.integer({ min: 1, max: 4 }),
    isNegative: fc.boolean(),
  })
  .map(({ dims, kind, place, size, isNegative }): Granularity => {
    const axis = place % dims.length;
    const attribute = isNegative ? axis - dims.length : axis;
    if (kind === 'scalar') return { dims, attributes: {}, scaleDims: [], scaleAt: () => [] };
    if (kind === 'axis') {
      return { dims, attributes: { axis: attribute }, scaleDims: [dims[axis]!], scaleAt: (at) => [at[axis]!] };
    }
    return {
      dims,
      attributes: { axis: attribute, block_size: size },
      scaleDims: dims.with(axis, Math.ceil(dims[axis]! / size)),
      scaleAt: (at) => at.with(axis, Math.floor(at[axis]! / size)),
    };
  });

const flat = (position: readonly number[], dims: readonly number[]) =>
  position.reduce((index, at, axis) => index * dims[axis]! + at, 0);

describe('one scale and zero point a tensor, an index of an axis, or a block', () => {
  it('position by position', () => {
    fc.assert(
      fc.property(
        granularity,
        fc.infiniteStream(fc.nat({ max: 4000 })),
        ({ dims, attributes, scaleDims, scaleAt }, numbers) => {
          const draw = () => numbers.next().value as number;
          const positions = positionsOf(dims);
          const count = scaleDims.reduce((a, b) => a * b, 1);
          // Powers of two: quotients are exact, and many are halves.
          const scales = Array.from({ length: count }, () => 2 ** ((draw() % 4) - 2));
          const zeros = Array.from({ length: count }, () => (draw() % 256) - 128);
          const values = positions.map(() => (draw() - 2000) / 8);
          const grid = [float32(scaleDims, scales), tensor('int8', zeros, [...scaleDims])];
          const [q] = runOperator({
            op: 'QuantizeLinear',
            opset: 25,
            inputs: [float32(dims, values), ...grid],
            attributes,
          });
          const indices = positions.map((position) => flat(scaleAt(position), scaleDims));
          const expected = values.map((value, i) =>
            Math.min(127, Math.max(-128, nearest(value / scales[indices[i]!]!) + zeros[indices[i]!]!)),
          );
          expect(q!.dims).toEqual(dims);
          expect(elementsOf(q)).toEqual(expected.map((value) => value + 0));
          const [x] = runOperator({ op: 'DequantizeLinear', opset: 25, inputs: [q, ...grid], attributes });
          expect(elementsOf(x)).toEqual(
            expected.map((value, i) => (value - zeros[indices[i]!]!) * scales[indices[i]!]! + 0),
          );
        },
      ),
      { numRuns: 400 },
    );
  });

  const x: Dim[] = [2, symbol('C'), symbol('H')];

  it.each(['QuantizeLinear', 'DequantizeLinear'])('%s keeps open sizes and asks the scale to fit them', (op) => {
    const scale = float32([3], [1, 2, 3]);
    const perAxis = inferOperator({ op, inputs: [x, scale] });
    expect(perAxis.diagnostics).toEqual([]);
    expect(perAxis.shapes).toEqual([x]);
    expect(codesOf(op, [[2, 4, symbol('H')], scale])).toEqual(['US1202']);
    const blocks: Shape = [2, symbol('C'), ceilDiv(symbol('H'), 4)];
    expect(codesOf(op, [x, blocks], { axis: 2, block_size: 4 })).toEqual([]);
    expect(
      codesOf(
        op,
        [
          [2, 3, 9],
          [2, 3, 2],
        ],
        { axis: 2, block_size: 4 },
      ),
    ).toEqual(['US1202']);
  });

  it.each(['QuantizeLinear', 'DequantizeLinear'])('%s refuses scales that do not fit', (op) => {
    expect(
      codesOf(op, [
        [2, 3, 4],
        [2, 3],
      ]),
    ).toEqual(['US1201']);
    expect(
      codesOf(op, [
        [2, 3, 4],
        [2, 3, 4],
      ]),
    ).toEqual(['US1304']);
    expect(codesOf(op, [[2, 3, 4], [3], [4]])).toEqual(['US1202']);
    expect(codesOf(op, [[2, 3, 4], [3], []])).toEqual(['US1202']);
    expect(codesOf(op, [[2, 3, 4], [4]], { axis: 3 })).toEqual(['US1208']);
    expect(codesOf(op, [[2, 3, 4], [3]], {}, 10)).toEqual(['US1201']);
    expect(codesOf(op, [[2, 3, 4], [1], []])).toEqual([]);
  });

  it.each(['QuantizeLinear', 'DequantizeLinear'])('%s refuses them when only a run shows their shapes', (op) => {
    const [type, dataType] = op === 'QuantizeLinear' ? (['uint8', 'float32'] as const) : (['int32', 'int32'] as const);
    const data = tensor(dataType, [1, 2, 3, 4, 5, 6], [2, 3]);
    const scale = (...dims: number[]) =>
      tensor('float32', new Array<number>(dims.reduce((a, b) => a * b, 1)).fill(1), dims);
    const zeros = (...dims: number[]) => tensor(type, new Array<number>(dims.reduce((a, b) => a * b, 1)).fill(0), dims);
    expect(referenceCode({ op, inputs: [data, scale(3)] })).toBeUndefined();
    expect(referenceCode({ op, inputs: [data, scale(2)] })).toBe('US1202');
    expect(referenceCode({ op, inputs: [data, scale(3), zeros()] })).toBe('US1202');
    expect(referenceCode({ op, inputs: [data, scale(2, 2)], attributes: { block_size: 1 } })).toBe('US1202');
    expect(referenceCode({ op, inputs: [data, scale(2, 2)], attributes: { block_size: 2 } })).toBeUndefined();
  });

  it.each([
    ['QuantizeLinear', 'float32', 'int8'],
    ['DequantizeLinear', 'int8', 'int8'],
  ] as const)('%s of inputs whose ranks are not known', (op, data, zeroPoint) => {
    for (const shape of [undefined, [2, 3]]) {
      for (const parameter of [undefined, [], [3]]) {
        expect(
          inferShapes(op, [
            [data, shape],
            ['float32', parameter],
            [zeroPoint, undefined],
          ]),
        ).toEqual([shape]);
      }
    }
  });
});
