/** ImageScaler: a factor for all channels, and a bias for each. */
import { experimental } from '../ops/elementwise/experimental.js';
import { addAffine } from './channel-affine.js';
import { defineLowering, floats, kernelsOf, type Lowering, unfitValue } from './lowering.js';

const lowerImageScaler = defineLowering(
  experimental.ImageScaler,
  kernelsOf(floats),
  (context, node, { attributes, inputs, outputs }) => {
    const dims = context.values.floatDims(inputs.input);
    if (dims === undefined || dims.length < 2 || context.values.floatDims(outputs.output) === undefined)
      return unfitValue;
    const biases = attributes.bias ?? new Array<number>(dims[1]!).fill(0);
    addAffine(
      context,
      node,
      dims,
      biases.map(() => attributes.scale),
      biases,
    );
    return undefined;
  },
);

export const imageScalerLowerings: readonly Lowering[] = [lowerImageScaler];
