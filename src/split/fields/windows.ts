/** Operators whose windows slide over the picture. */
import type { Node } from '../../ir/graph.js';
import { intOf, intsOf, textOf } from '../../ir/node-attributes.js';
import { attributesOf } from '../../ops/bind.js';
import { convTranspose, convTransposeGeometry } from '../../ops/convolution/conv-transpose.js';
import { type AutoPad, resolvePads, type WindowAxis, windowAxes } from '../../ops/convolution/window.js';
import { kernelExtent } from '../../plan/conv-transpose-geometry.js';
import { type AxisReads, own, reads } from './reads.js';
import {
  type AxisSource,
  NoReads,
  type OperatorReads,
  type OutputReads,
  oneOutput,
  type RuleContext,
  sizeOf,
} from './rule.js';

const autoPads: readonly string[] = ['NOTSET', 'SAME_UPPER', 'SAME_LOWER', 'VALID'] satisfies AutoPad[];

function windowsOf(context: RuleContext, kernel: readonly number[], hasDilations: boolean): WindowAxis[] {
  const { node } = context;
  const autoPad = textOf(node, 'auto_pad') ?? 'NOTSET';
  return windowAxes(
    {
      auto_pad: (autoPads.includes(autoPad) ? autoPad : 'NOTSET') as AutoPad,
      dilations: hasDilations ? intsOf(node, 'dilations') : undefined,
      pads: intsOf(node, 'pads'),
      strides: intsOf(node, 'strides'),
    },
    kernel,
  );
}

/** Batch and channels before the axes that windows slide over; windows of all channels or of one. */
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

/** Kernel sizes along the spatial axes, from the attribute or the weights at input `w`. */
function kernelOf(context: RuleContext, w: number): readonly number[] {
  const kernel = intsOf(context.node, 'kernel_shape') ?? context.shape(w).slice(2);
  const sizes = kernel.filter((size) => typeof size === 'number');
  if (sizes.length !== kernel.length) throw new NoReads('has a kernel of unknown size');
  return sizes;
}

function convolution(w: number): OperatorReads {
  return oneOutput('sums over', (context) => slide(context, windowsOf(context, kernelOf(context, w), true), []));
}

/** Output o = i·stride + k·dilation − padBegin reads the i that some k makes whole. */
function transposed(context: RuleContext): OutputReads {
  const [x, w] = [context.shape(0), context.shape(1)];
  const attributes = attributesOf(convTranspose.ConvTranspose, context.node)!;
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

function pooling(dilationsSince: number): OperatorReads {
  return {
    parameters: [],
    rule: (context) => {
      const windows = windowsOf(context, kernelOf(context, 0), context.version >= dilationsSince);
      const output = slide(context, windows, ownChannel);
      return [output, output];
    },
    whole: 'pools over',
  };
}

/** A value stands at one place of its window; the windows that have a place are read for it. */
function unpooling(context: RuleContext): OutputReads {
  const windows = windowsOf(context, kernelOf(context, 0), false);
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

/** Whether a MaxUnpool puts values back where the MaxPool took them from: what is not given is 1 a stride and 0 a pad. */
export function isUndoneBy(pooling: Node, unpooling: Node): boolean {
  return ['kernel_shape', 'strides', 'pads'].every((name) => {
    const [a, b] = [intsOf(pooling, name), intsOf(unpooling, name)];
    const usual = name === 'strides' ? 1 : 0;
    const length = Math.max(a?.length ?? 0, b?.length ?? 0);
    return Array.from({ length }, (_, i) => (a?.[i] ?? usual) === (b?.[i] ?? usual)).every(Boolean);
  });
}

function block(context: RuleContext): number {
  const size = intOf(context.node, 'blocksize');
  if (size === undefined || size < 1) throw new NoReads('has no block size');
  return size;
}

function blocks(zoomOf: (size: number) => AxisReads): OperatorReads {
  return oneOutput('rearranges', (context) => {
    const zoom = zoomOf(block(context));
    return [
      [{ input: 0, axis: 0, reads: own }],
      [],
      [{ input: 0, axis: 2, reads: zoom }],
      [{ input: 0, axis: 3, reads: zoom }],
    ];
  });
}

export const windowReads: readonly (readonly [string, OperatorReads])[] = [
  ['Conv', convolution(1)],
  ['ConvInteger', convolution(1)],
  ['QLinearConv', convolution(3)],
  ['ConvTranspose', oneOutput('sums over', transposed)],
  ['MaxPool', pooling(10)],
  ['AveragePool', pooling(19)],
  ['LpPool', pooling(18)],
  ['MaxUnpool', oneOutput('puts values back all over', unpooling, [2])],
  ['DepthToSpace', blocks((size) => reads(1, 0, 0, size))],
  ['SpaceToDepth', blocks((size) => reads(size, 0, size - 1))],
];
