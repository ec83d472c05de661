import { describe, expect, it } from 'vitest';
import { symbol } from '../../../src/ir/dim.js';
import type { ElementType } from '../../../src/ir/element-type.js';
import { erf, erfc } from '../../../src/ops/elementwise/erf.js';
import { findOperator } from '../../../src/ops/registry.js';
import { type AttributeInput, inferOperator, runOperator } from '../../support/run-operator.js';
import { elementsOf, floats, tensor } from '../../support/tensors.js';

const nan = Number.NaN;
const inf = Number.POSITIVE_INFINITY;

interface UnaryCase {
  readonly op: string;
  readonly type?: ElementType;
  readonly attributes?: Readonly<Record<string, AttributeInput>>;
  readonly x: readonly (number | bigint)[];
  readonly gives: readonly (number | bigint)[];
}

const exact: readonly UnaryCase[] = [
  { op: 'Abs', x: [-1.5, 0, inf, nan], gives: [1.5, 0, inf, nan] },
  { op: 'Abs', type: 'int64', x: [-(2n ** 53n) - 1n], gives: [2n ** 53n + 1n] },
  { op: 'Abs', type: 'int8', x: [-128, -5], gives: [-128, 5] },
  { op: 'Neg', x: [1, -2, -inf], gives: [-1, 2, inf] },
  { op: 'Neg', type: 'int64', x: [2n ** 60n + 1n], gives: [-(2n ** 60n) - 1n] },
  { op: 'Sign', x: [-3, 0, 2, nan], gives: [-1, 0, 1, nan] },
  { op: 'Sign', type: 'uint64', x: [2n ** 64n - 1n, 0n], gives: [1n, 0n] },
  { op: 'Floor', x: [1.7, -1.2, inf], gives: [1, -2, inf] },
  { op: 'Ceil', x: [1.2, -1.7, nan], gives: [2, -1, nan] },
  { op: 'Round', x: [0.5, 1.5, 2.5, -0.5, -1.5, -2.5, 0.9, -2.3], gives: [0, 2, 2, 0, -2, -2, 1, -2] },
  { op: 'Round', type: 'float64', x: [0.49999999999999994, 2 ** 52 + 1, inf, nan], gives: [0, 2 ** 52 + 1, inf, nan] },
  { op: 'Sqrt', x: [4, 0, -1, inf], gives: [2, 0, nan, inf] },
  { op: 'Sqrt', type: 'float16', x: [9], gives: [3] },
  { op: 'Exp', x: [0, -inf, inf], gives: [1, 0, inf] },
  { op: 'Log', x: [1, 0, -1, inf], gives: [0, -inf, nan, inf] },
  { op: 'Reciprocal', x: [4, 0, -inf], gives: [0.25, inf, 0] },
  { op: 'Not', type: 'bool', x: [0, 1], gives: [1, 0] },
  { op: 'BitwiseNot', type: 'uint8', x: [0, 0b1010], gives: [255, 0b11110101] },
  { op: 'BitwiseNot', type: 'int64', x: [0n, -(2n ** 62n)], gives: [-1n, 2n ** 62n - 1n] },
  { op: 'IsNaN', x: [nan, 1, inf], gives: [1, 0, 0] },
  { op: 'IsNaN', type: 'float8e4m3fn', x: [nan, 1], gives: [1, 0] },
  { op: 'IsInf', x: [inf, -inf, nan, 1], gives: [1, 1, 0, 0] },
  { op: 'IsInf', attributes: { detect_negative: 0 }, x: [inf, -inf], gives: [1, 0] },
  { op: 'IsInf', attributes: { detect_positive: 0 }, x: [inf, -inf], gives: [0, 1] },
  { op: 'Relu', x: [-1, 0, 2, nan, -inf], gives: [0, 0, 2, nan, 0] },
  { op: 'Relu', type: 'int64', x: [-5n, 2n ** 60n + 1n], gives: [0n, 2n ** 60n + 1n] },
  { op: 'Relu', type: 'int8', x: [-128, 127], gives: [0, 127] },
  { op: 'LeakyRelu', attributes: floats({ alpha: 0.25 }), x: [-4, 4], gives: [-1, 4] },
  { op: 'ThresholdedRelu', attributes: floats({ alpha: 2 }), x: [1, 2, 3, nan], gives: [0, 0, 3, nan] },
  { op: 'HardSigmoid', attributes: floats({ alpha: 0.5, beta: 0.5 }), x: [-2, 0, 0.5, 2], gives: [0, 0.5, 0.75, 1] },
  { op: 'HardSwish', x: [-4, 0, 3, 6], gives: [0, 0, 3, 6] },
  { op: 'Softsign', x: [-1, 0, 3], gives: [-0.5, 0, 0.75] },
  { op: 'Shrink', attributes: floats({ lambd: 1.5, bias: 0.5 }), x: [-2, -1, 0, 1.5, 2], gives: [-1.5, 0, 0, 0, 1.5] },
  { op: 'Shrink', type: 'int32', attributes: floats({ lambd: 1, bias: 2 }), x: [-5, 1, 5], gives: [-3, 0, 3] },
  { op: 'Sigmoid', x: [0, -1000, 1000], gives: [0.5, 0, 1] },
  { op: 'Tanh', x: [0, inf, -inf], gives: [0, 1, -1] },
];

/** Reference values to ten digits, from tables and from 40-digit arithmetic. */
const close: readonly UnaryCase[] = [
  { op: 'Sin', x: [1], gives: [0.8414709848] },
  { op: 'Cos', x: [1], gives: [0.5403023059] },
  { op: 'Tan', x: [1], gives: [1.5574077247] },
  { op: 'Asin', x: [0.5], gives: [0.5235987756] },
  { op: 'Acos', x: [0.5], gives: [1.0471975512] },
  { op: 'Atan', x: [1], gives: [0.7853981634] },
  { op: 'Sinh', x: [1], gives: [1.1752011936] },
  { op: 'Cosh', x: [1], gives: [1.5430806348] },
  { op: 'Tanh', x: [0.5], gives: [0.4621171573] },
  { op: 'Asinh', x: [1], gives: [0.881373587] },
  { op: 'Acosh', x: [2], gives: [1.3169578969] },
  { op: 'Atanh', x: [0.5], gives: [0.5493061443] },
  { op: 'Erf', x: [0.5, -1, 3], gives: [0.5204998778, -0.8427007929, 0.9999779095] },
  { op: 'Exp', x: [1], gives: [Math.E] },
  { op: 'Elu', attributes: floats({ alpha: 2 }), x: [-1, 3], gives: [-1.2642411177, 3] },
  { op: 'Selu', x: [-1, 1], gives: [-1.11133074129, 1.05070102215] },
  { op: 'Celu', attributes: floats({ alpha: 2 }), x: [-2, 3], gives: [-1.2642411177, 3] },
  { op: 'LeakyRelu', x: [-1], gives: [-0.00999999977648] },
  { op: 'HardSigmoid', x: [1], gives: [0.70000000298] },
  { op: 'Swish', attributes: floats({ alpha: 2 }), x: [1], gives: [0.880797078] },
  { op: 'Mish', x: [1, -100], gives: [0.8650983883, 0] },
  { op: 'Softplus', x: [1, 1000, -1000], gives: [1.3132616875, 1000, 0] },
  { op: 'Gelu', x: [1, -1, -10], gives: [0.8413447461, -0.1586552539, -7.6198530242e-23] },
  { op: 'Gelu', attributes: { approximate: 'tanh' }, x: [1, -1], gives: [0.8411919906, -0.1588080094] },
];

function run({ op, type = 'float32', attributes = {}, x }: UnaryCase, opset = 28) {
  return runOperator({ op, opset, inputs: [tensor(type, x)], attributes })[0]!;
}

describe('functions of one number', () => {
  it.each(exact)('$op of $x is $gives', (test) => {
    expect(elementsOf(run(test))).toEqual(test.gives);
  });

  it.each(close)('$op of $x is about $gives', (test) => {
    const actual = elementsOf(run({ ...test, type: 'float64' })) as number[];
    for (const [i, expected] of (test.gives as number[]).entries()) {
      expect(Math.abs(actual[i]! - expected)).toBeLessThanOrEqual(Math.abs(expected) * 1e-9 + 1e-40);
    }
  });

  it('round small floats once', () => {
    // e^x is 1.02294919, a little below the tie between two float16, which float32 would round it to.
    const [half] = runOperator({ op: 'Exp', inputs: [tensor('float16', [0.0226898193359375])] });
    expect(elementsOf(half)).toEqual([1.0224609375]);
    expect(half!.type).toBe('float16');
  });

  it('keep shapes: symbolic, empty, of no axes, of unknown rank', () => {
    const n = symbol('N');
    for (const op of ['Relu', 'Exp', 'Abs', 'IsNaN', 'Gelu', 'Round']) {
      expect(inferOperator({ op, inputs: [[n, 3]] }).shapes).toEqual([[n, 3]]);
      expect(runOperator({ op, inputs: [tensor('float32', [], [0, 3])] })[0]!.dims).toEqual([0, 3]);
      expect(runOperator({ op, inputs: [tensor('float32', [1], [])] })[0]!.dims).toEqual([]);
    }
  });

  it('refuse other element types', () => {
    for (const [op, type] of [
      ['Exp', 'int32'],
      ['Neg', 'uint8'],
      ['Not', 'float32'],
      ['BitwiseNot', 'float32'],
      ['Abs', 'bool'],
      ['IsInf', 'int32'],
    ] as const) {
      expect(() => run({ op, type, x: [1], gives: [] })).toThrow(/US1210/);
    }
  });

  it('take attributes in the versions that have them', () => {
    const node = { domain: '', opType: 'Swish' };
    expect(findOperator(node)!.versions).toEqual([24]);
    expect(() => run({ op: 'Gelu', attributes: { approximate: 'sigmoid' }, x: [1], gives: [] })).toThrow(/US1304/);
  });
});

describe('the error function', () => {
  it.each([
    [1e-10, 1.1283791670955126e-10],
    [0.1, 0.1124629160182849],
    [1, 0.8427007929497149],
    [1.9999, 0.9953201979070294],
    [2, 0.9953222650189527],
    [2.5, 0.9995930479825551],
    [-0.7, -0.6778011938374185],
  ])('erf(%d) = %d', (x, expected) => {
    expect(Math.abs(erf(x) / expected - 1)).toBeLessThan(2e-13);
  });

  it.each([
    [2, 0.004677734981047266],
    [3, 2.209049699858544e-5],
    [5, 1.5374597944280349e-12],
    [10, 2.088487583762545e-45],
    [-1, 1.8427007929497148],
  ])('erfc(%d) = %d', (x, expected) => {
    expect(Math.abs(erfc(x) / expected - 1)).toBeLessThan(1e-13);
  });

  it('ends at 1, and keeps NaN and the sign of zero', () => {
    expect([erf(inf), erf(-inf), erf(nan), erf(-0), erfc(inf)]).toEqual([1, -1, nan, -0, 0]);
  });
});
