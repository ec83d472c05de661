import { describe, expect, it } from 'vitest';
import { symbol } from '../../../src/ir/dim.js';
import { float32 } from '../../../src/ir/tensor.js';
import {
  dilatePadConvolve,
  executeDilatePadConvolve,
  formatDilatePadConvolve,
} from '../../../src/ops/convolution/dilate-pad-convolve.js';
import { inferOperator, runOperator } from '../../support/run-operator.js';

const x = float32([1, 1, 2, 2], [1, 2, 3, 4]);
const w = float32([1, 1, 2, 2], [10, 20, 30, 40]);

function transposed(attributes: Record<string, number | string | number[]>, bias?: number[]) {
  const inputs = bias === undefined ? [x, w] : [x, w, float32([bias.length], bias)];
  const [y] = runOperator({ op: 'ConvTranspose', inputs, attributes });
  return { dims: y!.dims, data: Array.from(y!.data as Float32Array) };
}

describe('a 2×2 input and a 2×2 kernel', () => {
  it('stride 1, no padding: the kernels overlap', () => {
    expect(transposed({ strides: [1, 1], pads: [0, 0, 0, 0] })).toEqual({
      dims: [1, 1, 3, 3],
      // biome-ignore format: a picture
      data: [
        10,  40,  40,
        60, 200, 160,
        90, 240, 160,
      ],
    });
  });

  it('stride 2, no padding: the kernels stand side by side', () => {
    expect(transposed({ strides: [2, 2], pads: [0, 0, 0, 0] })).toEqual({
      dims: [1, 1, 4, 4],
      // biome-ignore format: a picture
      data: [
        10, 20,  20,  40,
        30, 40,  60,  80,
        30, 60,  40,  80,
        90, 120, 120, 160,
      ],
    });
  });

  it('stride 2, padding 1: the border is cropped', () => {
    expect(transposed({ strides: [2, 2], pads: [1, 1, 1, 1] })).toEqual({
      dims: [1, 1, 2, 2],
      // biome-ignore format: a picture
      data: [
        40, 60,
        60, 40,
      ],
    });
  });

  it('has defaults: no kernel_shape, no strides, no pads', () => {
    expect(transposed({})).toEqual(
      transposed({ strides: [1, 1], pads: [0, 0, 0, 0], kernel_shape: [2, 2], dilations: [1, 1] }),
    );
  });

  it('gives bias alone where an output_shape reaches beyond the kernels', () => {
    expect(transposed({ strides: [2, 2], output_shape: [5, 4] }, [0.5]).data.slice(16)).toEqual([0.5, 0.5, 0.5, 0.5]);
    expect(transposed({ strides: [2, 2], auto_pad: 'VALID', output_shape: [1, 1, 4, 5] }).dims).toEqual([1, 1, 4, 5]);
  });

  it('splits an odd crop by auto_pad', () => {
    const upper = transposed({ strides: [1, 1], auto_pad: 'SAME_UPPER' });
    const lower = transposed({ strides: [1, 1], auto_pad: 'SAME_LOWER' });
    expect(upper).toEqual({ dims: [1, 1, 2, 2], data: [10, 40, 60, 200] });
    expect(lower).toEqual({ dims: [1, 1, 2, 2], data: [200, 160, 240, 160] });
  });

  it('keeps a batch of none', () => {
    const [y] = runOperator({
      op: 'ConvTranspose',
      inputs: [float32([0, 1, 2, 2], []), w],
      attributes: { strides: [2, 2] },
    });
    expect(y!.dims).toEqual([0, 1, 4, 4]);
  });
});

/**
 * Relationships 8 to 14 of Dumoulin and Visin, "A guide to convolution arithmetic for deep learning" (arXiv 1603.07285),
 * with the sizes of the figures: a convolution i → i' of kernel k, stride s, padding p, and its transposed one i' → i.
 */
const relationships = [
  { number: 8, figure: '4.1', k: 3, s: 1, p: 0, a: 0, from: 2, to: 4, rule: (i: number, k: number) => i + (k - 1) },
  {
    number: 9,
    figure: '4.2',
    k: 4,
    s: 1,
    p: 2,
    a: 0,
    from: 6,
    to: 5,
    rule: (i: number, k: number, _s: number, p: number) => i + (k - 1) - 2 * p,
  },
  { number: 10, figure: '4.3', k: 3, s: 1, p: 1, a: 0, from: 5, to: 5, rule: (i: number) => i },
  { number: 11, figure: '4.4', k: 3, s: 1, p: 2, a: 0, from: 7, to: 5, rule: (i: number, k: number) => i - (k - 1) },
  {
    number: 12,
    figure: '4.5',
    k: 3,
    s: 2,
    p: 0,
    a: 0,
    from: 2,
    to: 5,
    rule: (i: number, k: number, s: number) => s * (i - 1) + k,
  },
  {
    number: 13,
    figure: '4.6',
    k: 3,
    s: 2,
    p: 1,
    a: 0,
    from: 3,
    to: 5,
    rule: (i: number, k: number, s: number, p: number) => s * (i - 1) + k - 2 * p,
  },
  {
    number: 14,
    figure: '4.7',
    k: 3,
    s: 2,
    p: 1,
    a: 1,
    from: 3,
    to: 6,
    rule: (i: number, k: number, s: number, p: number, a: number) => s * (i - 1) + a + k - 2 * p,
  },
] as const;

describe('a guide to convolution arithmetic', () => {
  it.each(relationships)('relationship $number (figure $figure): $from → $to', ({ k, s, p, a, from, to, rule }) => {
    const attributes = { strides: [s, s], pads: [p, p, p, p], output_padding: [a, a] };
    const input = float32([1, 1, from, from], new Float32Array(from * from).fill(1));
    const kernel = float32([1, 1, k, k], new Float32Array(k * k).fill(1));
    const [y] = runOperator({ op: 'ConvTranspose', inputs: [input, kernel], attributes });
    expect(y!.dims).toEqual([1, 1, to, to]);
    expect(rule(from, k, s, p, a)).toBe(to);
    const [back] = runOperator({
      op: 'Conv',
      inputs: [y, kernel],
      attributes: { strides: [s, s], pads: [p, p, p, p] },
    });
    expect(back!.dims).toEqual([1, 1, from, from]);
  });
});

describe('the dilate-pad-convolve plan', () => {
  const axis = { input: 2, kernel: 2, stride: 2, dilation: 1, padBegin: 1, padEnd: 1, tail: 0, output: 2 };
  const plan = dilatePadConvolve({ batch: 1, inputChannels: 1, outputChannels: 1, group: 1, axes: [axis, axis] });

  it('reads as four steps', () => {
    expect(formatDilatePadConvolve(plan)).toMatchInlineSnapshot(`
      "input     2×2, 1 channels
      dilate    1×1 zeros between inputs → 3×3
      pad       1×1 zeros around → 5×5
      crop      1+1×1+1 off, 0×0 added at the end → 3×3
      convolve  2×2 kernel, flipped, dilation 1×1 → 2×2, 1 channels"
    `);
  });

  it('is executed as written', () => {
    expect(Array.from(executeDilatePadConvolve(plan, x.data, w.data))).toEqual([40, 60, 60, 40]);
  });
});

describe('symbols', () => {
  const height = symbol('H');
  const width = symbol('W');
  const weights = float32([8, 4, 4, 4], new Float32Array(8 * 4 * 4 * 4));
  const shapeWith = (attributes: Record<string, number | string | number[]>) =>
    inferOperator({
      op: 'ConvTranspose',
      inputs: [[symbol('N'), 8, height, width], weights],
      attributes,
    }).shapes[0]!.map(String);

  it('k4 s2 p1 doubles', () => {
    expect(shapeWith({ strides: [2, 2], pads: [1, 1, 1, 1] })).toEqual(['N', '4', '2*H', '2*W']);
  });
  it('k4 s4 gives multiples of four', () => {
    expect(shapeWith({ strides: [4, 4] })).toEqual(['N', '4', '4*H', '4*W']);
  });
  it('SAME multiplies by the stride', () => {
    expect(shapeWith({ strides: [3, 2], auto_pad: 'SAME_UPPER' })).toEqual(['N', '4', '3*H', '2*W']);
  });
});

describe('mistakes', () => {
  const firstMessage = (
    attributes: Record<string, number | string | number[]>,
    input: readonly number[] = [1, 1, 2, 2],
  ) => {
    const { diagnostics } = inferOperator({ op: 'ConvTranspose', inputs: [input, w], attributes });
    return `${diagnostics[0]?.code} ${diagnostics[0]?.message}`;
  };

  it('names what does not fit', () => {
    expect(firstMessage({ pads: [3, 3, 3, 3] })).toBe('US1207 the pads crop more than there is');
    expect(firstMessage({}, [1, 2, 2, 2])).toBe('US1205 X has 2 channels, but W [1, 1, 2, 2] reads 1');
    expect(firstMessage({}, [1, 1, 2])).toBe('US1201 input and weights have different ranks');
    expect(firstMessage({ group: 2 })).toBe('US1205 the input channels of W do not divide into groups');
    expect(firstMessage({ strides: [2] })).toBe("US1209 the attribute 'strides' does not fit");
    expect(firstMessage({ strides: [0, 1] })).toBe("US1209 the attribute 'strides' does not fit");
    expect(firstMessage({ output_shape: [1, 2, 3] })).toBe("US1209 the attribute 'output_shape' does not fit");
    expect(firstMessage({ kernel_shape: [3, 3] })).toBe("US1209 the attribute 'kernel_shape' differs from the weights");
    expect(firstMessage({ auto_pad: 'SAME' })).toBe(
      "US1304 the attribute 'auto_pad' has a value that the specification does not give",
    );
  });

  it('reports an attribute that no one reads', () => {
    expect(firstMessage({ output_paddings: [1, 1] })).toContain(
      "US1301 ConvTranspose version 22 has no attribute 'output_paddings'",
    );
  });
});
