/** ConvTranspose of integers less their zero points: of bytes where the engine multiplies them, else as one of floats. */
import { convTranspose } from '../../ops/convolution/conv-transpose.js';
import type { Elementwise } from '../../wasm/kernels/elementwise-expression.js';
import { convolveTransposed, lowerConvTranspose, transposedWindowsOf } from '../convolution/conv.js';
import { tapCount } from '../convolution/geometry.js';
import { integersOf } from '../elementwise/quantize.js';
import { defineLowering, type Lowering } from '../lowering.js';
import { lowerByteConvolution } from './byte-convolution.js';

export const transposedLowerings: readonly Lowering[] = [
  defineLowering(convTranspose.ConvTranspose, lowerConvTranspose.kernels, (context, node, bound) => {
    const { attributes, inputs } = bound;
    const [x, w] = [inputs.X, inputs.W].map((value) => integersOf(context, value));
    const [xDims, wDims] = [x, w].map((integers) => integers && context.values.dims(integers.value));
    if (x === undefined || w === undefined || xDims === undefined || wDims === undefined || attributes.group !== 1)
      return lowerConvTranspose.lower(context, node, bound);
    const finish = (sum: Elementwise) => ({ tree: sum, inputs: [] });
    const layer = {
      ...{ node, before: [x.node], x: x.value, xZeroPoint: x.zeroPoint },
      ...{ weights: w.value, weightZeroPoint: w.zeroPoint, bias: inputs.B, isTransposed: true, finish },
    };
    const subconvolutions = transposedWindowsOf(context, attributes, xDims, wDims);
    // An output that no tap reaches has no sum.
    const areSums = subconvolutions?.every((windows) => tapCount(windows) > 0);
    if (subconvolutions && areSums && lowerByteConvolution(context, { ...layer, subconvolutions })) return undefined;
    return convolveTransposed(context, node, attributes, { x: inputs.X, weights: inputs.W, bias: inputs.B }, finish);
  }),
];
