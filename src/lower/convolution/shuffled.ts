/**
 * Convolutions whose channels a DepthToSpace makes pixels of (Shi et al., "Real-Time Single Image and Video Super-Resolution Using
 * an Efficient Sub-Pixel Convolutional Neural Network", 2016): the pixels of each place in a block are a subconvolution, which reads
 * what the others read and stores in steps of a block.
 */
import { elementCount } from '../../ir/tensor.js';
import { boundTo } from '../../ops/bind.js';
import type { depthSpace } from '../../ops/movement/depth-space.js';
import type { LoweringContext } from '../context/context.js';
import { costsOf } from '../context/cost-tables.js';
import { nhwc8Size } from '../context/tensor.js';
import { withoutPadding } from './arrangements.js';
import { trafficCost } from './cost.js';
import { type AxisWindow, onlyPosition } from './geometry.js';
import type { ConvolutionLayer } from './layer.js';
import { subconvolutionsOf } from './windows.js';

/** Of larger blocks, subconvolutions take longer than the copy. */
const mostSide = 4;

export interface ShuffledLayer {
  /** Makes the pixels themselves. */
  readonly layer: ConvolutionLayer;
  /** Nanoseconds that they take by a copy after the convolution. */
  readonly copy: number;
}

/**
 * @param layer of the convolution
 * @param windows along height and width
 * @returns undefined where nothing makes pixels of the channels, or kernels would waste lanes on these
 */
export function shuffledLayer(
  context: LoweringContext,
  layer: Omit<ConvolutionLayer, 'subconvolutions'>,
  windows: readonly AxisWindow[],
): ShuffledLayer | undefined {
  const { node, weights, bias, groups, input, strides } = layer;
  const y = node.outputs[0]!;
  const [reader, ...others] = context.uses.readers(y);
  const shuffle = reader && boundTo<typeof depthSpace.DepthToSpace>('DepthToSpace', reader);
  const numbers = bias && context.values.vector(bias);
  const isPlain = groups === 1 && windows.length === 2 && (bias === undefined || numbers !== undefined);
  if (reader === undefined || shuffle === undefined || others.length > 0 || context.uses.isReturned(y))
    return undefined;
  if (!isPlain || context.options.precision === 'strict' || context.values.constant(weights) === undefined)
    return undefined;
  const { blocksize: side, mode } = shuffle.attributes;
  const output = nhwc8Size(context.values.dims(reader.outputs[0])!);
  if (output === undefined || side < 2 || side > mostSide || output.channels % 8 !== 0) return undefined;
  const { channels } = output;
  // A channel index is made of row and column of the block and of what is left: by how much each part moves it.
  const [row, column, depth] = mode === 'CRD' ? [side, 1, side * side] : [side * channels, channels, 1];
  const phases = (window: AxisWindow, size: number, tapShift: number, biasRows: number): AxisWindow[] =>
    Array.from({ length: side }, (_, place) => ({
      ...withoutPadding(window, size),
      outputStart: place,
      outputStep: side,
      biasRow: place * biasRows,
    })).map((phase, place) => ({ ...phase, taps: phase.taps.map((tap) => tap + place * tapShift) }));
  const [high, wide] = windows as [AxisWindow, AxisWindow];
  const reordered = numbers && Array.from(numbers, (_, i) => numbers[placeOf(i)]!);
  return {
    layer: {
      ...layer,
      node: reader,
      absorbed: [node],
      bias: reordered && context.values.literal(`${bias!.name} by pixels`, [reordered.length], reordered),
      biasRows: side * side,
      output,
      // Which output channels a place has is a matter of where its taps begin in the weights.
      subconvolutions: subconvolutionsOf(
        [onlyPosition],
        phases(high, input.height, (row * strides.output) / strides.row, side),
        phases(wide, input.width, (column * strides.output) / strides.column, 1),
      ),
      strides: { ...strides, output: depth * strides.output },
      ahead: undefined,
    },
    copy: copyCost(context, elementCount(context.values.dims(y)!) * 4),
  };

  /** The channel of the convolution that the element is of, in the order of places and of their channels. */
  function placeOf(i: number): number {
    const [place, channel] = [Math.floor(i / channels), i % channels];
    return Math.floor(place / side) * row + (place % side) * column + channel * depth;
  }
}

function copyCost({ options }: LoweringContext, bytes: number): number {
  const costs = costsOf(options);
  return trafficCost(costs, bytes, bytes) + costs.call;
}
