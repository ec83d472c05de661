/** Operators whose windows slide over the picture. */
import type { Node } from '../../ir/graph.js';
import type { Shape } from '../../ir/shape.js';
import type { AttributeSpec } from '../../ops/attributes.js';
import { attributesOf } from '../../ops/bind.js';
import { conv, type convolutionAttributes } from '../../ops/convolution/conv.js';
import { convTranspose, convTransposeGeometry } from '../../ops/convolution/conv-transpose.js';
import { kernelExtent } from '../../ops/convolution/conv-transpose-geometry.js';
import { resolvePads, type spatialAttributes, type WindowAxis, windowAxes } from '../../ops/convolution/window.js';
import { depthSpace } from '../../ops/movement/depth-space.js';
import type { OperatorSchema } from '../../ops/operator.js';
import { lpPooling } from '../../ops/pooling/lp-pool.js';
import { maxUnpool } from '../../ops/pooling/max-unpool.js';
import { pooling } from '../../ops/pooling/pool.js';
import { convIntegerSchema, qLinearConvSchema } from '../../ops/quantization/schemas.js';
import { type AxisReads, own, reads } from './reads.js';
import {
  type AxisSource,
  type NamedReads,
  NoReads,
  type OutputReads,
  oneOutput,
  type RuleContext,
  sizeOf,
} from './rule.js';

/** Batch and channels come before the axes that windows slide over. A window reads all channels, or only its own. */
function slide(context: RuleContext, windows: readonly WindowAxis[], channels: readonly AxisSource[]): OutputReads {
  const x = context.shape(0);
  return [
    [{ input: 0, axis: 0, reads: own }],
    channels,
    ...windows.map((window, i): AxisSource[] => {
      const { begin } = resolvePads(window, sizeOf(x[i + 2]!));
      return [{ input: 0, axis: i + 2, reads: reads(window.stride, -begin, kernelExtent(window) - 1 - begin) }];
    }),
  ];
}

const ownChannel: readonly AxisSource[] = [{ input: 0, axis: 1, reads: own }];

/** Kernel sizes along the spatial axes: the node's, or those of the weights. */
function kernelOf(given: readonly number[] | undefined, weights: Shape): readonly number[] {
  const kernel = given ?? weights.slice(2);
  const sizes = kernel.filter((size) => typeof size === 'number');
  if (sizes.length !== kernel.length) throw new NoReads('has a kernel of unknown size');
  return sizes;
}

/** @param w index of the input with the weights */
function convolution(operator: OperatorSchema<typeof convolutionAttributes>, w: number): NamedReads {
  const rule = (context: RuleContext) => {
    const { attributes } = context.bound(operator);
    return slide(context, windowAxes(attributes, kernelOf(attributes.kernel_shape, context.shape(w))), []);
  };
  return [operator.name, oneOutput('sums over', rule)];
}

/** Output o = i·stride + k·dilation − padBegin reads every i that is an integer for some k. */
function transposed(context: RuleContext): OutputReads {
  const [x, w] = [context.shape(0), context.shape(1)];
  const { attributes } = context.bound(convTranspose.ConvTranspose);
  const isOpen = x.slice(2).some((dim) => typeof dim !== 'number');
  if (isOpen && attributes.output_shape !== undefined) throw new NoReads('has a fixed output size');
  const { axes } = convTransposeGeometry(attributes, x.map(sizeOf), w.map(sizeOf));
  return [
    [{ input: 0, axis: 0, reads: own }],
    [],
    ...axes.map((axis, i): AxisSource[] => {
      const { stride, padBegin } = axis;
      const extent = kernelExtent(axis);
      return [{ input: 0, axis: i + 2, reads: reads(1, padBegin - extent + stride, padBegin, stride) }];
    }),
  ];
}

type PoolSpecs = Omit<typeof spatialAttributes, 'kernel_shape'> & {
  readonly kernel_shape: AttributeSpec<readonly number[]>;
};

function pools(operator: OperatorSchema<PoolSpecs>): NamedReads {
  const rule = (context: RuleContext) => {
    const { attributes } = context.bound(operator);
    const output = slide(context, windowAxes(attributes, attributes.kernel_shape), ownChannel);
    return [output, output];
  };
  return [operator.name, { parameters: [], rule, whole: 'pools over' }];
}

/** A value goes to one place of its window, so an output position reads all windows that contain it. */
function unpooling(context: RuleContext): OutputReads {
  const { kernel_shape, pads, strides } = context.bound(maxUnpool.MaxUnpool).attributes;
  const windows = windowAxes({ auto_pad: 'NOTSET', pads, strides }, kernel_shape);
  const axes = windows.map(({ stride, kernel, padBegin }, i): AxisSource[] =>
    [0, 1].map((input) => ({
      input,
      axis: i + 2,
      reads: reads(1, padBegin - kernel + stride, padBegin, stride),
    })),
  );
  const both = (axis: number) => [0, 1].map((input) => ({ input, axis, reads: own }));
  return [both(0), both(1), ...axes];
}

/**
 * Whether a MaxUnpool puts values back where the MaxPool took them from. Strides are 1 and pads 0 by default. MaxUnpool
 * has no dilations and no auto_pad, and its indices are row-major.
 */
export function isUndoneBy(pool: Node, unpool: Node): boolean {
  const pooled = attributesOf(pooling.MaxPool, pool);
  const unpooled = attributesOf(maxUnpool.MaxUnpool, unpool);
  if (pooled === undefined || unpooled === undefined) return false;
  const { dilations = [], auto_pad: autoPad, storage_order: order } = pooled;
  if (dilations.some((dilation) => dilation !== 1) || autoPad !== 'NOTSET' || order !== 0) return false;
  return (['kernel_shape', 'strides', 'pads'] as const).every((name) => {
    const [a, b] = [pooled[name], unpooled[name]];
    const usual = name === 'strides' ? 1 : 0;
    const length = Math.max(a?.length ?? 0, b?.length ?? 0);
    return Array.from({ length }, (_, i) => (a?.[i] ?? usual) === (b?.[i] ?? usual)).every(Boolean);
  });
}

function blocks(
  operator: OperatorSchema<{ readonly blocksize: AttributeSpec<number> }>,
  zoomOf: (size: number) => AxisReads,
): NamedReads {
  const rule = (context: RuleContext) => {
    const { blocksize } = context.bound(operator).attributes;
    if (blocksize < 1) throw new NoReads('has no block size');
    const zoom = zoomOf(blocksize);
    return [
      [{ input: 0, axis: 0, reads: own }],
      [],
      [{ input: 0, axis: 2, reads: zoom }],
      [{ input: 0, axis: 3, reads: zoom }],
    ];
  };
  return [operator.name, oneOutput('rearranges', rule)];
}

export const windowReads: readonly NamedReads[] = [
  convolution(conv.Conv, 1),
  convolution(convIntegerSchema, 1),
  convolution(qLinearConvSchema, 3),
  ['ConvTranspose', oneOutput('sums over', transposed)],
  pools(pooling.MaxPool),
  pools(pooling.AveragePool),
  pools(lpPooling.LpPool),
  ['MaxUnpool', oneOutput('puts values back all over', unpooling, [2])],
  blocks(depthSpace.DepthToSpace, (size) => reads(1, 0, 0, size)),
  blocks(depthSpace.SpaceToDepth, (size) => reads(size, 0, size - 1)),
];
