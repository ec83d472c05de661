/**
 * Convolutions of pixels that a Resize repeats. Several taps of an output read the same pixel, so their weights add up: each
 * phase of the output is a convolution with fewer taps of the pixels as they are. That is the transposed convolution by a box of
 * ones and then by the weights, as one (of 3 taps and a scale of 2: 4 taps, 2 for each phase).
 */
import { Value } from '../../ir/graph.js';
import type { LoweringContext } from '../context/context.js';
import type { RepeatedView } from '../context/repeated-view.js';
import { nhwc8Size } from '../context/tensor.js';
import { withoutPadding } from './arrangements.js';
import { type AxisWindow, transposedPhases } from './geometry.js';
import type { ConvolutionLayer } from './layer.js';

/** The phases of a window over pixels that are repeated; undefined for one that leaves some out. */
export function phasesOfRepeated(
  { size, taps, inputStart, inputStep, tapStep }: AxisWindow,
  scale: number,
  pixels: number,
) {
  if (inputStep !== 1 || tapStep !== 1) return undefined;
  return transposedPhases(size, taps.length + scale - 1, scale, 1, taps.length - 1 + inputStart).map((window) =>
    withoutPadding(window, pixels),
  );
}

/** The part of a layer that reads the pixels themselves; undefined where its weights are not the graph's own. */
export function overPixels<L extends Pick<ConvolutionLayer, 'x' | 'weights' | 'input'>>(
  context: LoweringContext,
  layer: L,
  { node, value, scales }: RepeatedView,
): (L & { readonly weightDims: readonly number[] }) | undefined {
  const { weights } = layer;
  const constant = context.graph.constants.get(weights);
  const input = nhwc8Size(context.values.dims(value)!);
  if (constant?.type !== 'float32' || input === undefined) return undefined;
  const weightDims = constant.dims.map((size, axis) => (axis < 2 ? size : size + scales[axis - 2]! - 1));
  const name = `${weights.name} of pixels repeated ${scales.join(' by ')}`;
  const summed = new Value(name);
  const recipe = { name, dims: weightDims, value: weights.name, zeroPoint: undefined, scale: undefined, run: 1 };
  context.values.deriveConstant(summed, { ...recipe, repeats: scales });
  return { ...layer, x: value, weights: summed, input, absorbed: [node], weightDims };
}
