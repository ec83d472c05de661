/** GridSample, in NHWC8: lanes are channels. */
import { elementCount } from '../ir/tensor.js';
import { gridSampleSchema } from '../ops/resampling/schemas.js';
import type { GridSampleParams } from '../wasm/kernels/grid-sample.js';
import { tapsOf } from '../wasm/kernels/grid-sample.js';
import { nhwc8Size } from './context/tensor.js';
import { defineLowering, floats, kernelsOf, type Lowering, unfitValue } from './lowering.js';

const methods = { nearest: 'nearest', linear: 'linear', bilinear: 'linear', cubic: 'cubic', bicubic: 'cubic' } as const;

/** Taps that a kernel writes out. */
const mostTaps = 16;
const manyTaps = 'more taps than a kernel writes out';

const lowerGridSample = defineLowering(
  gridSampleSchema,
  kernelsOf(floats, [manyTaps]),
  (context, node, { attributes, inputs: { X: x, grid }, outputs: { Y: y } }) => {
    const [dims, positions] = [context.values.floatDims(x), context.values.floatDims(grid)];
    const onto = context.values.floatDims(y);
    if (dims === undefined || positions === undefined || onto === undefined) return unfitValue;
    if (dims.length < 3 || nhwc8Size(dims) === undefined) return unfitValue;
    const method = methods[attributes.mode];
    const rank = dims.length - 2;
    const taps = tapsOf({ method }) ** rank;
    if (taps > mostTaps) return manyTaps;
    const source = context.tensors.nhwc8(x);
    const grids = context.tensors.rowMajor(grid);
    const target = context.tensors.makeNhwc8(y);
    const operations = elementCount(onto) * taps * 2;
    context.add({
      kind: 'kernel',
      algorithm: `grid sample, ${attributes.mode}`,
      nodes: [node],
      reads: [source, grids],
      writes: [target],
      operations,
      work: operations * 2,
      build: (placement) => {
        const params: GridSampleParams = {
          input: placement.view(source),
          output: placement.view(target),
          rank,
          method,
          padding: attributes.padding_mode,
          alignsCorners: attributes.align_corners,
        };
        return {
          kernel: { name: 'grid sample', params },
          pointers: [{ tensor: source }, { tensor: grids }, { tensor: target }],
        };
      },
    });
    return undefined;
  },
);

export const gridSampleLowerings: readonly Lowering[] = [lowerGridSample];
