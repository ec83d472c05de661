/**
 * Conv: cross-correlation with groups, strides, padding and dilation, over one to three spatial axes. CausalConvWithState:
 * along one axis, each channel by itself, of what came before.
 */

import { defineProblem, fail } from '../../diagnostics.js';
import { add, type Dim, mul } from '../../ir/dim.js';
import { elementCountOf } from '../../ir/element-count-of.js';
import { formatShape, type Shape, tensorType } from '../../ir/shape.js';
import { agree } from '../agree.js';
import { shapeOfRank } from '../arguments.js';
import { int, text } from '../attributes.js';
import type { InferContext } from '../infer-context.js';
import { laterReferences } from '../later-references.js';
import { defineOperator, family } from '../operator.js';
import { optional, required } from '../signature.js';
import { bfloat16s, reals, TypeSet } from '../type-set.js';
import { type SpatialAttributes, spatialAttributes, windowAxes, windowCount } from './window.js';

export const convolutionAttributes = { ...spatialAttributes, group: int(1) };

export interface ConvolutionAttributes extends SpatialAttributes {
  readonly kernel_shape: readonly number[] | undefined;
  readonly group: number;
}

const kernelSizeUnknown = defineProblem('US1209', {
  message: 'the kernel size is not known',
  hint: 'give the attribute kernel_shape, or weights of a fixed shape',
});

const kernelShapeDiffers = defineProblem(
  'US1209',
  { weights: 'shape', kernelShape: 'shape' },
  ({ weights, kernelShape }) => ({
    message: "the attribute 'kernel_shape' differs from the weights",
    value: 'kernel_shape',
    expected: formatShape(weights),
    actual: formatShape(kernelShape),
  }),
);

/**
 * Kernel sizes along the spatial axes: those of the attribute, which must agree with the weights, or else those of the
 * weights.
 */
export function kernelShapeOf(attribute: readonly number[] | undefined, weights: Shape): readonly number[] {
  const spatial = weights.slice(2);
  const kernel = attribute ?? spatial;
  const numbers = kernel.filter((dim) => typeof dim === 'number');
  if (numbers.length !== kernel.length) {
    fail(kernelSizeUnknown());
  }
  if (
    numbers.length !== spatial.length ||
    numbers.some((size, i) => typeof spatial[i] === 'number' && spatial[i] !== size)
  ) {
    fail(kernelShapeDiffers({ weights: spatial, kernelShape: numbers }));
  }
  return numbers;
}

/**
 * A fresh size for each spatial axis if the attribute is absent and the weights have open sizes; undefined otherwise.
 */
export function openKernelSizes(
  context: Pick<InferContext<unknown>, 'fresh'>,
  attribute: readonly number[] | undefined,
  weights: Shape,
): readonly Dim[] | undefined {
  const spatial = weights.slice(2);
  if (attribute !== undefined || spatial.every((dim) => typeof dim === 'number')) return undefined;
  return spatial.map(() => context.fresh('the kernel size is not known: neither kernel_shape nor the weights give it'));
}

const ranksDiffer = defineProblem('US1201', { input: 'shape', weights: 'shape' }, ({ input, weights }) => ({
  message: 'input and weights have different ranks',
  expected: formatShape(input),
  actual: formatShape(weights),
}));

/** The shape rule that Conv, ConvInteger and QLinearConv share: X [N, C, …], W [M, C/group, …] → [N, M, …]. */
export function convolutionShape(
  context: Pick<InferContext<ConvolutionAttributes>, 'shape' | 'attributes' | 'unify' | 'atLeast' | 'fresh'>,
  xIndex: number,
  wIndex: number,
): Shape | undefined {
  const x = shapeOfRank(context, xIndex, 'X', { min: 3, max: 5 });
  const w = shapeOfRank(context, wIndex, 'W', { min: 3, max: 5 });
  if (x === undefined || w === undefined) return undefined;
  const { group, kernel_shape } = context.attributes;
  if (x.length !== w.length) {
    fail(ranksDiffer({ input: x, weights: w }));
  }
  checkGroups(group, w[0]!, 'output channels of W');
  unifyChannels(context, x[1]!, mul(w[1]!, group), `W ${formatShape(w)} with group ${group}`);
  const open = openKernelSizes(context, kernel_shape, w);
  if (open !== undefined) return [x[0]!, w[0]!, ...open];
  const axes = windowAxes(context.attributes, kernelShapeOf(kernel_shape, w));
  return [x[0]!, w[0]!, ...axes.map((axis, i) => windowCount(axis, x[i + 2]!, false, context))];
}

const channelsNotDivisible = defineProblem(
  'US1205',
  { what: 'string', groups: 'integer', channels: 'size' },
  ({ what, groups, channels }) => ({
    message: `the ${what} do not divide into groups`,
    expected: `a multiple of group = ${groups}`,
    actual: String(channels),
  }),
);

export function checkGroups(group: number, channels: Dim, what: string): void {
  if (group >= 1 && (typeof channels !== 'number' || channels % group === 0)) return;
  fail(channelsNotDivisible({ what, groups: group, channels }));
}

const channelsDiffer = defineProblem(
  'US1205',
  { channels: 'size', weights: 'string', expectedChannels: 'size' },
  ({ channels, weights, expectedChannels }) => ({
    message: `X has ${channels} channels, but ${weights} reads ${expectedChannels}`,
    value: 'X',
    expected: `${expectedChannels} channels`,
    actual: `${channels} channels`,
    hint: 'the layer before makes another number of channels than these weights were trained for',
  }),
);

/** Requires X to have the channels that the weights read. */
export function unifyChannels(
  context: Pick<InferContext<unknown>, 'unify'>,
  channels: Dim,
  wanted: Dim,
  weights: string,
): void {
  context.unify(channels, wanted, 'channels of X and W', {
    otherwise: () => channelsDiffer({ channels, weights, expectedChannels: wanted }),
  });
}

/** MACs: every output element reads C/group · kernel elements. */
export function convolutionMacs(output: Shape | undefined, weights: Shape | undefined): Dim {
  if (output === undefined || weights === undefined) return 0;
  return mul(elementCountOf(output), elementCountOf(weights.slice(1)));
}

const kernelEmpty = defineProblem('US1209', { weight: 'shape' }, ({ weight }) => ({
  message: 'the kernel has no elements',
  value: 'weight',
  actual: formatShape(weight),
}));

/** X [N, C, L], W [C, 1, K], bias [C], state [N, C, K − 1] → Y [N, C, L] and the state after it. */
function causalShapes(context: Pick<InferContext<unknown>, 'shape' | 'unify' | 'atLeast'>): (Shape | undefined)[] {
  const ranks = { min: 3, max: 3 };
  const [x, w] = [shapeOfRank(context, 0, 'input', ranks), shapeOfRank(context, 1, 'weight', ranks)];
  const past = shapeOfRank(context, 3, 'past_state', ranks);
  checkBias(context, 2, x?.[1]);
  if (x === undefined || w === undefined) return [x, past];
  const [batch, channels] = x as [Dim, Dim];
  unifyChannels(context, channels, w[0]!, `the weight ${formatShape(w)}`);
  context.unify(w[1]!, 1, 'axis 1 of the weight of a depthwise convolution and 1');
  const taps = context.atLeast(w[2]!, 1, 'the kernel size', () => kernelEmpty({ weight: w }));
  const state = [batch, channels, add(taps, -1)];
  for (const [axis, dim] of (past ?? []).entries()) context.unify(dim, state[axis]!, `axis ${axis} of past_state`);
  return [x, state];
}

export const conv = family(
  defineOperator({
    name: 'Conv',
    versions: [1, 11, 22],
    inputs: [required('X', 'T'), required('W', 'T'), optional('B', 'T')],
    outputs: [required('Y', 'T')],
    types: { T: reals.from(22, bfloat16s) },
    attributes: convolutionAttributes,
    infer: (context) => {
      const shape = convolutionShape(context, 0, 1);
      checkBias(context, 2, shape?.[1]);
      return [tensorType(context.elementType(0), shape)];
    },
    reference: (context) => laterReferences.value.conv(context),
    macs: ({ inputs, outputs }) => convolutionMacs(outputs[0], inputs[1]),
  }),
  defineOperator({
    name: 'CausalConvWithState',
    versions: [27],
    inputs: [required('input', 'T'), required('weight', 'T'), optional('bias', 'T'), optional('past_state', 'T')],
    outputs: [required('output', 'T'), required('present_state', 'T')],
    types: { T: TypeSet.of('float16', 'bfloat16', 'float32') },
    attributes: { activation: text('none').oneOf('none', 'silu', 'swish') },
    infer: (context) => causalShapes(context).map((shape) => tensorType(context.elementType(0), shape)),
    reference: (context) => laterReferences.value.causalConvolution(context),
    macs: ({ inputs, outputs }) => convolutionMacs(outputs[0], inputs[1]),
  }),
);

const biasSize = defineProblem('US1202', { expected: 'size', actual: 'size' }, ({ expected, actual }) => ({
  message: `the bias has ${actual} values for ${expected} output channels`,
  value: 'B',
  expected: `[${expected}]`,
  actual: `[${actual}]`,
}));

/** Checks that a bias has one value for each output channel. */
export function checkBias(
  context: Pick<InferContext<unknown>, 'shape' | 'unify'>,
  index: number,
  channels: Dim | undefined,
): void {
  const bias = shapeOfRank(context, index, 'B', { min: 1, max: 1 });
  if (bias === undefined || channels === undefined) return;
  agree(context, channels, bias[0]!, 'the output channels and the sizes of the bias', biasSize);
}
