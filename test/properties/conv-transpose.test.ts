import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { substitute, symbol } from '../../src/ir/dim.js';
import { float32, type Tensor } from '../../src/ir/tensor.js';
import { convTransposeGeometry } from '../../src/ops/convolution/conv-transpose.js';
import {
  dilatePadConvolve,
  executeDilatePadConvolve,
  formatDilatePadConvolve,
} from '../../src/ops/convolution/dilate-pad-convolve.js';
import {
  attributesOf,
  type ConvTransposeCase,
  convTransposeCase,
  expectedSize,
  smallIntegers,
} from '../support/geometry.js';
import { inferOperator, runOperator } from '../support/run-operator.js';

const runs = 3000;

function operandsOf({ batch, group, groupIn, groupOut, axes, hasBias }: ConvTransposeCase) {
  const xDims = [batch, group * groupIn, ...axes.map((axis) => axis.input)];
  const wDims = [group * groupIn, groupOut, ...axes.map((axis) => axis.kernel)];
  const count = (dims: readonly number[]) => dims.reduce((product, dim) => product * dim, 1);
  const x = float32(xDims, smallIntegers(count(xDims), 1));
  const w = float32(wDims, smallIntegers(count(wDims), 2));
  const bias = hasBias ? float32([group * groupOut], smallIntegers(group * groupOut, 3)) : undefined;
  return { x, w, bias };
}

describe('ConvTranspose in 1-D to 3-D, every attribute', () => {
  it(`shape rule, dilate-pad-convolve plan and naive scatter agree (${runs} geometries)`, () => {
    fc.assert(
      fc.property(convTransposeCase, (test) => {
        const { x, w, bias } = operandsOf(test);
        const attributes = attributesOf(test);
        const expectedDims = [
          test.batch,
          test.group * test.groupOut,
          ...test.axes.map((axis) => expectedSize(axis, test.mode)),
        ];

        const operands = bias === undefined ? [x, w] : [x, w, bias];
        const [scattered] = runOperator({ op: 'ConvTranspose', inputs: operands, attributes }) as [
          Tensor<Float32Array>,
        ];
        expect(scattered.dims).toEqual(expectedDims);

        const geometry = convTransposeGeometry(
          {
            auto_pad:
              (['VALID', 'SAME_UPPER', 'SAME_LOWER'] as const).find((mode) => attributes['auto_pad'] === mode) ??
              'NOTSET',
            group: test.group,
            kernel_shape: attributes['kernel_shape'] as number[],
            strides: attributes['strides'] as number[],
            dilations: attributes['dilations'] as number[],
            pads: attributes['pads'] as number[],
            output_padding: attributes['output_padding'] as number[],
            output_shape: attributes['output_shape'] as number[] | undefined,
          },
          x.dims,
          w.dims,
        );
        const plan = dilatePadConvolve(geometry);
        for (const axis of plan.axes) expect(axis.cropped - (axis.kernel - 1) * axis.dilation).toBe(axis.output);
        const planned = executeDilatePadConvolve(plan, x.data, w.data, bias?.data);
        expect(Array.from(scattered.data), formatDilatePadConvolve(plan)).toEqual(Array.from(planned));
      }),
      { numRuns: runs },
    );
  });

  it('infers with a symbol for every size what it infers with numbers', () => {
    fc.assert(
      fc.property(convTransposeCase, (test) => {
        const { x, w } = operandsOf(test);
        const attributes = attributesOf({
          ...test,
          mode: test.mode === 'output_shape of rank + 2' ? 'output_shape' : test.mode,
        });
        const symbols = x.dims.map((_, axis) => (axis === 1 ? x.dims[1]! : symbol(`d${axis}`, { min: 0 })));
        const { shapes } = inferOperator({ op: 'ConvTranspose', inputs: [symbols, w], attributes });
        const bindings = new Map(x.dims.map((dim, axis) => [`d${axis}`, dim]));
        const dims = shapes[0]!.map((dim) => substitute(dim, bindings));
        expect(dims).toEqual([
          test.batch,
          test.group * test.groupOut,
          ...test.axes.map((axis) => expectedSize(axis, test.mode)),
        ]);
      }),
      { numRuns: 500 },
    );
  });
});
