import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { symbol } from '../../../src/ir/dim.js';
import { type ElementType, elementTypeFacts, elementTypes } from '../../../src/ir/element-type.js';
import { numbersOf } from '../../../src/ir/numeric.js';
import type { Tensor } from '../../../src/ir/tensor.js';
import { type AttributeInput, inferOperator, runOperator } from '../../support/run-operator.js';
import { elementsOf, tensor } from '../../support/tensors.js';

const nan = Number.NaN;
const inf = Number.POSITIVE_INFINITY;

function cast(x: Tensor, to: ElementType, attributes: Record<string, AttributeInput> = {}, opset = 25): Tensor {
  return runOperator({
    op: 'Cast',
    opset,
    inputs: [x],
    attributes: { to: elementTypeFacts(to).code, ...attributes },
  })[0]!;
}

interface CastCase {
  readonly from: ElementType;
  readonly to: ElementType;
  readonly x: readonly (number | bigint | string)[];
  readonly gives: readonly (number | bigint | string)[];
  readonly attributes?: Record<string, AttributeInput>;
}

const cases: readonly CastCase[] = [
  { from: 'float32', to: 'int32', x: [1.9, -1.9, nan, 3 * 2 ** 31], gives: [1, -1, 0, -(2 ** 31)] },
  { from: 'float32', to: 'int64', x: [-2.5, nan, inf, 2 ** 63], gives: [-2n, 0n, 0n, -(2n ** 63n)] },
  { from: 'float32', to: 'uint64', x: [-1, 2 ** 40], gives: [2n ** 64n - 1n, 2n ** 40n] },
  { from: 'float32', to: 'bool', x: [0, -0, 0.5, nan], gives: [0, 0, 1, 1] },
  { from: 'float64', to: 'float32', x: [1e300, 0.1], gives: [inf, Math.fround(0.1)] },
  { from: 'float32', to: 'float16', x: [65519, 65520, 1 + 2 ** -11], gives: [65504, inf, 1] },
  { from: 'float32', to: 'bfloat16', x: [1 + 2 ** -8, 1 + 3 * 2 ** -8], gives: [1, 1 + 2 ** -6] },
  { from: 'int16', to: 'int8', x: [200, -129], gives: [-56, 127] },
  { from: 'int64', to: 'int32', x: [2n ** 32n + 5n, -(2n ** 31n) - 1n], gives: [5, 2 ** 31 - 1] },
  { from: 'int64', to: 'uint64', x: [-1n], gives: [2n ** 64n - 1n] },
  { from: 'uint64', to: 'int64', x: [2n ** 64n - 1n], gives: [-1n] },
  { from: 'uint32', to: 'int64', x: [2 ** 32 - 1], gives: [2n ** 32n - 1n] },
  { from: 'int32', to: 'uint32', x: [-1], gives: [2 ** 32 - 1] },
  { from: 'bool', to: 'int64', x: [0, 1], gives: [0n, 1n] },
  { from: 'int64', to: 'bool', x: [0n, 2n ** 40n], gives: [0, 1] },
  // 2^53 + 2^29 + 1 is above the tie between two float32; by way of float64 it would land on the tie and go down.
  { from: 'int64', to: 'float32', x: [2n ** 53n + 2n ** 29n + 1n], gives: [2 ** 53 + 2 ** 30] },
  { from: 'int64', to: 'float32', x: [-(2n ** 53n) - 2n ** 29n - 1n], gives: [-(2 ** 53) - 2 ** 30] },
  { from: 'int64', to: 'float64', x: [2n ** 53n + 1n], gives: [2 ** 53] },
  { from: 'int8', to: 'int4', x: [7, 8, -9], gives: [7, -8, 7] },
  { from: 'int8', to: 'uint4', x: [-1, 16, 15], gives: [15, 0, 15] },
  { from: 'int8', to: 'int2', x: [1, 2, -3], gives: [1, -2, 1] },
  { from: 'uint8', to: 'uint2', x: [3, 4, 255], gives: [3, 0, 3] },
  { from: 'int4', to: 'float32', x: [-8, 7], gives: [-8, 7] },
  { from: 'int64', to: 'uint4', x: [17n], gives: [1] },
  { from: 'float32', to: 'int4', x: [-9, 8, 7.9], gives: [7, -8, 7] },
  { from: 'float32', to: 'float4e2m1', x: [0.25, 0.75, 2.5, 100, -inf, nan], gives: [0, 1, 2, 6, -6, 0] },
  { from: 'float32', to: 'float8e4m3fn', x: [448, 500, inf, -inf, nan], gives: [448, 448, 448, -448, nan] },
  { from: 'float32', to: 'float8e4m3fn', attributes: { saturate: 0 }, x: [448, 500, -inf], gives: [448, nan, nan] },
  { from: 'float32', to: 'float8e5m2', x: [1e6, inf], gives: [57344, 57344] },
  { from: 'float32', to: 'float8e5m2', attributes: { saturate: 0 }, x: [1e6, -inf], gives: [inf, -inf] },
  { from: 'float32', to: 'float8e4m3fnuz', x: [1e6, inf, -0], gives: [240, 240, 0] },
  { from: 'float32', to: 'float8e5m2fnuz', attributes: { saturate: 0 }, x: [1e6, inf], gives: [nan, nan] },
  {
    from: 'float32',
    to: 'float8e8m0',
    x: [1, 1.25, 3, 0, 1e-45, inf],
    gives: [1, 2, 4, 2 ** -127, 2 ** -127, 2 ** 127],
  },
  { from: 'float32', to: 'float8e8m0', attributes: { round_mode: 'down' }, x: [1.75, 3], gives: [1, 2] },
  { from: 'float32', to: 'float8e8m0', attributes: { round_mode: 'nearest' }, x: [1.25, 1.5, 1.75], gives: [1, 2, 2] },
  { from: 'float32', to: 'float8e8m0', attributes: { saturate: 0 }, x: [0, inf, 2, -1], gives: [nan, nan, 2, nan] },
  { from: 'float8e8m0', to: 'float32', x: [], gives: [] },
  {
    from: 'string',
    to: 'float32',
    x: ['3.5', '1e-2', '+INF', '-inf', 'NaN', '.5'],
    gives: [3.5, Math.fround(0.01), inf, -inf, nan, 0.5],
  },
  { from: 'string', to: 'int64', x: ['9007199254740993', '-7', '100.5'], gives: [9007199254740993n, -7n, 100n] },
  { from: 'string', to: 'uint8', x: ['12'], gives: [12] },
  { from: 'int64', to: 'string', x: [9007199254740993n], gives: ['9007199254740993'] },
  { from: 'float32', to: 'string', x: [0.1, 314.15927, 1, nan, -inf], gives: ['0.1', '314.15927', '1', 'NaN', '-INF'] },
  { from: 'float64', to: 'string', x: [0.1 + 0.2], gives: ['0.30000000000000004'] },
  { from: 'bool', to: 'string', x: [0, 1], gives: ['0', '1'] },
];

describe('Cast', () => {
  it.each(cases)('$from $x to $to gives $gives', ({ from, to, x, gives, attributes }) => {
    expect(elementsOf(cast(tensor(from, x), to, attributes))).toEqual(gives);
  });

  it('made infinities NaN in the formats without them, before version 24', () => {
    expect(elementsOf(cast(tensor('float32', [inf, 1e6]), 'float8e4m3fnuz', {}, 19))).toEqual([nan, 240]);
  });

  it('keeps what both types hold', () => {
    const numeric = elementTypes.filter((type) => !['string', 'complex64', 'complex128', 'float8e8m0'].includes(type));
    fc.assert(
      fc.property(
        fc.constantFrom(...numeric),
        fc.constantFrom(...numeric),
        fc.array(fc.constantFrom(0, 1)),
        (from, to, x) => {
          expect(Array.from(numbersOf(cast(tensor(from, x), to)))).toEqual(x);
        },
      ),
    );
  });

  it('refuses text that is no number, and types that are none', () => {
    expect(() => cast(tensor('string', ['Hello']), 'float32')).toThrow(/US2007.*Hello/);
    expect(() => cast(tensor('float32', [1]), 'complex64')).toThrow(/US2007/);
    const { diagnostics } = inferOperator({ op: 'Cast', inputs: [[1]], attributes: { to: 99 } });
    expect(diagnostics).toMatchObject([{ code: 'US1304', value: 'to' }]);
  });

  it('keeps shapes', () => {
    const n = symbol('N');
    expect(inferOperator({ op: 'Cast', inputs: [[n, 2]], attributes: { to: 7 } }).shapes).toEqual([[n, 2]]);
    expect(inferOperator({ op: 'CastLike', inputs: [[n, 2], [5]] }).shapes).toEqual([[n, 2]]);
    expect(cast(tensor('float32', [], [0, 4]), 'int64').dims).toEqual([0, 4]);
  });

  it('like another tensor takes its type', () => {
    const [out] = runOperator({ op: 'CastLike', opset: 19, inputs: [tensor('float32', [2.7]), tensor('int64', [0])] });
    expect(elementsOf(out)).toEqual([2n]);
    const inputs = [tensor('float32', [1e6]), tensor('float8e5m2', [0])];
    expect(elementsOf(runOperator({ op: 'CastLike', inputs, attributes: { saturate: 0 } })[0])).toEqual([inf]);
  });
});

describe('BitCast', () => {
  const bitCast = (x: Tensor, to: ElementType) =>
    elementsOf(
      runOperator({ op: 'BitCast', opset: 26, inputs: [x], attributes: { to: elementTypeFacts(to).code } })[0],
    );

  it.each<CastCase>([
    { from: 'float32', to: 'int32', x: [1, -2], gives: [0x3f800000, 0xc0000000 - 2 ** 32] },
    { from: 'int64', to: 'float64', x: [0x3ff0000000000000n], gives: [1] },
    { from: 'float16', to: 'uint16', x: [1], gives: [0x3c00] },
    { from: 'uint8', to: 'int8', x: [255], gives: [-1] },
    { from: 'uint4', to: 'int4', x: [7, 15], gives: [7, -1] },
    { from: 'int4', to: 'uint4', x: [-1], gives: [15] },
    { from: 'int2', to: 'uint2', x: [-1], gives: [3] },
    { from: 'bool', to: 'uint8', x: [1], gives: [1] },
  ])('reads $from $x as $to $gives', ({ from, to, x, gives }) => {
    expect(bitCast(tensor(from, x), to)).toEqual(gives);
  });

  it('needs types of one width', () => {
    expect(() => bitCast(tensor('float32', [1]), 'int64')).toThrow(/US1210/);
    expect(() => bitCast(tensor('string', ['a']), 'int64')).toThrow(/US1210/);
  });
});
