import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { symbol } from '../../../src/ir/dim.js';
import { float32 } from '../../../src/ir/tensor.js';
import { inferOperator, runOperator } from '../../support/run-operator.js';
import { elementsOf, tensor } from '../../support/tensors.js';

/** Half to even, then the zero point, then into the range of uint8. */
function requantized(product: number, zero: number): number {
  const isHalf = Math.floor(product) + 0.5 === product;
  const rounded = isHalf ? 2 * Math.round(product / 2) : Math.round(product);
  return Math.min(255, Math.max(0, rounded + zero));
}

const byte = fc.integer({ min: 0, max: 255 });
/** Powers of two, so that every product is exact. */
const scale = fc.constantFrom(0.25, 0.5, 1, 2);

describe('QuantizeLinear', () => {
  it('divides, rounds half to even, shifts and saturates', () => {
    const x = float32([6], [0, 2, 3, 1000, -254, -1000]);
    const inputs = [x, float32([], [2]), tensor('uint8', [128], [])];
    const [y] = runOperator({ op: 'QuantizeLinear', inputs });
    expect([y!.type, elementsOf(y)]).toEqual(['uint8', [128, 129, 130, 255, 1, 0]]);
  });

  it('has a scale for each slice of an axis, or for each block', () => {
    const rows = { op: 'QuantizeLinear', inputs: [float32([2, 2], [1, 2, 3, 5]), float32([2], [1, 2])] };
    expect(elementsOf(runOperator({ ...rows, attributes: { axis: 0 } })[0])).toEqual([1, 2, 2, 2]);
    const blocks = { op: 'QuantizeLinear', inputs: [float32([1, 4], [2, 4, 6, 8]), float32([1, 2], [1, 2])] };
    expect(elementsOf(runOperator({ ...blocks, attributes: { axis: 1, block_size: 2 } })[0])).toEqual([2, 4, 3, 4]);
  });

  it('makes what output_dtype says', () => {
    const inputs = [float32([3], [-20, 0, 9]), float32([], [1])];
    const [y] = runOperator({ op: 'QuantizeLinear', inputs, attributes: { output_dtype: 22 } });
    expect([y!.type, elementsOf(y)]).toEqual(['int4', [-8, 0, 7]]);
  });
});

describe('DequantizeLinear', () => {
  it('takes the zero point off and multiplies', () => {
    const inputs = [tensor('uint8', [0, 3, 128, 255]), float32([], [2]), tensor('uint8', [128], [])];
    expect(elementsOf(runOperator({ op: 'DequantizeLinear', inputs })[0])).toEqual([-256, -250, 0, 254]);
  });

  it('undoes QuantizeLinear for what its grid holds', () => {
    fc.assert(
      fc.property(fc.array(byte, { minLength: 1, maxLength: 8 }), scale, byte, (bytes, factor, zero) => {
        const values = bytes.map((value) => (value - zero) * factor);
        const grid = [float32([], [factor]), tensor('uint8', [zero], [])];
        const [q] = runOperator({ op: 'QuantizeLinear', inputs: [float32([values.length], values), ...grid] });
        expect(elementsOf(q)).toEqual(bytes);
        const [x] = runOperator({ op: 'DequantizeLinear', inputs: [q, ...grid] });
        expect(elementsOf(x)).toEqual(values.map((value) => value + 0));
      }),
    );
  });
});

describe('DynamicQuantizeLinear', () => {
  it('chooses scale and zero point from the extremes and zero', () => {
    const x = float32([6], [0, 2, -3, -2.5, 1.34, 0.5]);
    const [y, factor, zero] = runOperator({ op: 'DynamicQuantizeLinear', opset: 11, inputs: [x], outputs: 3 });
    expect(elementsOf(y)).toEqual([153, 255, 0, 26, 221, 179]);
    expect(elementsOf(factor)[0]).toBeCloseTo(5 / 255, 7);
    expect(elementsOf(zero)).toEqual([153]);
  });
});

describe('MatMulInteger', () => {
  it('multiplies what is left of both without their zero points', () => {
    const a = tensor('uint8', [11, 7, 3, 10, 6, 2, 9, 5, 1, 8, 4, 0], [4, 3]);
    const b = tensor('uint8', [1, 4, 2, 5, 3, 6], [3, 2]);
    const inputs = [a, b, tensor('uint8', [12], []), tensor('uint8', [0], [])];
    const [y] = runOperator({ op: 'MatMulInteger', opset: 10, inputs });
    expect([y!.type, elementsOf(y)]).toEqual(['int32', [-38, -83, -44, -98, -50, -113, -56, -128]]);
  });
});

describe('QLinearMatMul', () => {
  it('is the product of what the bytes stand for, as bytes again', () => {
    const arbitrary = fc.record({
      a: fc.array(byte, { minLength: 6, maxLength: 6 }),
      b: fc.array(byte, { minLength: 6, maxLength: 6 }),
      zeros: fc.tuple(byte, byte, byte),
      scales: fc.tuple(scale, scale, scale),
    });
    fc.assert(
      fc.property(arbitrary, ({ a, b, zeros, scales }) => {
        const parameters = scales.map((factor, i) => [float32([], [factor]), tensor('uint8', [zeros[i]!], [])]);
        const inputs = [tensor('uint8', a, [2, 3]), ...parameters[0]!, tensor('uint8', b, [3, 2]), ...parameters[1]!];
        const [y] = runOperator({ op: 'QLinearMatMul', inputs: [...inputs, ...parameters[2]!] });
        const expected = [0, 1, 2, 3].map((i) => {
          const [row, column] = [Math.floor(i / 2), i % 2];
          let sum = 0;
          for (let k = 0; k < 3; k++) sum += (a[row * 3 + k]! - zeros[0]) * (b[k * 2 + column]! - zeros[1]);
          return requantized((sum * scales[0] * scales[1]) / scales[2], zeros[2]);
        });
        expect(elementsOf(y)).toEqual(expected);
      }),
    );
  });
});

describe('ConvInteger', () => {
  const x = tensor('uint8', [2, 3, 4, 5, 6, 7, 8, 9, 10], [1, 1, 3, 3]);
  const w = tensor('uint8', [1, 1, 1, 1], [1, 1, 2, 2]);
  const zero = tensor('uint8', [1], []);

  it('sums what is left without the zero point; padding stands for zero', () => {
    const [y] = runOperator({ op: 'ConvInteger', opset: 10, inputs: [x, w, zero] });
    expect([y!.dims, elementsOf(y)]).toEqual([
      [1, 1, 2, 2],
      [12, 16, 24, 28],
    ]);
    const padded = runOperator({
      op: 'ConvInteger',
      opset: 10,
      inputs: [x, w, zero],
      attributes: { pads: [1, 1, 1, 1] },
    });
    expect(elementsOf(padded[0])).toEqual([1, 3, 5, 3, 5, 12, 16, 9, 11, 24, 28, 15, 7, 15, 17, 9]);
  });

  it('has the shape of Conv', () => {
    const inputs = [[symbol('N'), 1, symbol('H'), 5], w, undefined, undefined];
    const { shapes } = inferOperator({ op: 'ConvInteger', opset: 10, inputs: inputs.slice(0, 2) });
    expect(shapes[0]!.map(String)).toEqual(['N', '1', 'H - 1', '4']);
  });
});

describe('QLinearConv', () => {
  it('is the convolution of what the bytes stand for, as bytes again', () => {
    fc.assert(
      fc.property(
        fc.array(byte, { minLength: 4, maxLength: 4 }),
        fc.tuple(byte, byte),
        fc.tuple(byte, byte, byte),
        fc.tuple(scale, scale, scale),
        fc.integer({ min: -100, max: 100 }),
        (values, kernel, zeros, scales, bias) => {
          const parameter = (i: number) => [float32([], [scales[i]!]), tensor('uint8', [zeros[i]!], [])];
          const inputs = [
            tensor('uint8', values, [1, 1, 4]),
            ...parameter(0),
            tensor('uint8', kernel, [1, 1, 2]),
            float32([1], [scales[1]]),
            tensor('uint8', [zeros[1]]),
            ...parameter(2),
            tensor('int32', [bias]),
          ];
          const [y] = runOperator({ op: 'QLinearConv', opset: 10, inputs });
          const expected = [0, 1, 2].map((at) => {
            let sum = bias;
            for (let k = 0; k < 2; k++) sum += (values[at + k]! - zeros[0]) * (kernel[k]! - zeros[1]);
            return requantized((sum * scales[0] * scales[1]) / scales[2], zeros[2]);
          });
          expect(elementsOf(y)).toEqual(expected);
        },
      ),
    );
  });
});
