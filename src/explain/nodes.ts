/** Nodes of a model as layers that can be explained: their attributes and shapes, by operator. */

import { originOfIndices } from '../infer/index-origin.js';
import { type Dim, mul } from '../ir/dim.js';
import { type Node, referenceTo } from '../ir/graph.js';
import { isConcrete, type Shape } from '../ir/shape.js';
import { attributesOf, boundAs } from '../ops/bind.js';
import { conv } from '../ops/convolution/conv.js';
import { convTranspose } from '../ops/convolution/conv-transpose.js';
import type { SpatialAttributes } from '../ops/convolution/window.js';
import { lpPooling } from '../ops/pooling/lp-pool.js';
import { maxUnpool } from '../ops/pooling/max-unpool.js';
import { pooling } from '../ops/pooling/pool.js';
import { inputPlaces, type Resizing, resize, resizingOf } from '../ops/resampling/resize.js';
import { resizedAxes } from '../ops/resampling/resize-sizes.js';
import { upsample, upsamplingOf } from '../ops/resampling/upsample.js';
import { transposedConvolutions } from '../rules/transposed/geometry.js';
import { isResize } from '../rules/transposed/resize-only.js';
import type { ExplainContext } from './context.js';
import { explainTransposed } from './conv-transpose.js';
import type { LayerExplanation } from './explanation.js';
import { formAxes, formsOf } from './frameworks/frameworks.js';
import { explainUnpool } from './max-unpool.js';
import { explainResize } from './resize.js';
import { explainWindow } from './window.js';

type WithoutPlace<E> = E extends unknown ? Omit<E, 'node' | 'input' | 'output' | 'fields'> : never;

/** What is said of a node by itself. */
export type NodeExplanation = WithoutPlace<LayerExplanation>;

/**
 * Undefined if the operator is another one, or its shapes are not known.
 * @throws ProblemError when its attributes do not fit, DimTooComplexError when open sizes get too long
 */
type Explain = (context: ExplainContext, node: Node, x: Shape, y: Shape) => NodeExplanation | undefined;

const transposed: Explain = (context, node, x, y) => {
  const attributes = boundAs(convTranspose.ConvTranspose, node)?.attributes;
  const kernel = attributes?.kernel_shape ?? context.shapeOf(node.inputs[1])?.slice(2);
  if (attributes === undefined || kernel === undefined || !isConcrete(kernel)) return undefined;
  const found = transposedConvolutions(context).find((item) => item.node === node);
  const interpolation = found && isResize(found, context);
  const explained = explainTransposed({ attributes, x, kernel, outputChannels: y[1]!, interpolation });
  const axes = formAxes(explained.axes);
  return { ...explained, frameworks: axes === undefined ? null : formsOf({ ...explained, axes }), example: null };
};

const convolution: Explain = (context, node, x, y) => {
  const attributes = boundAs(conv.Conv, node)?.attributes;
  const kernel = attributes?.kernel_shape ?? context.shapeOf(node.inputs[1])?.slice(2);
  if (attributes === undefined || kernel === undefined || !isConcrete(kernel)) return undefined;
  const { group } = attributes;
  return explainWindow({ operator: 'Conv', attributes, kernel, group, ceilMode: false, isConvolution: true, x, y });
};

interface PoolingAttributes extends SpatialAttributes {
  readonly kernel_shape: readonly number[];
  readonly ceil_mode: boolean;
}

function pooled(operator: string, attributesOf: (node: Node) => PoolingAttributes | undefined): Explain {
  return (_, node, x, y) => {
    const attributes = attributesOf(node);
    if (attributes === undefined) return undefined;
    const { kernel_shape: kernel, ceil_mode: ceilMode } = attributes;
    return explainWindow({ operator, attributes, kernel, group: 1, ceilMode, isConvolution: false, x, y });
  };
}

const unpooled: Explain = ({ facts }, node, x, y) => {
  const bound = boundAs(maxUnpool.MaxUnpool, node);
  if (bound === undefined) return undefined;
  const { attributes, inputs } = bound;
  const origin = originOfIndices(inputs.I, (value) => facts.producer(value));
  return explainUnpool({
    kernel: attributes.kernel_shape,
    strides: attributes.strides,
    pads: attributes.pads,
    x,
    y,
    hasOutputShape: inputs.output_shape !== undefined,
    indices: inputs.I.name,
    pool: origin === undefined ? null : referenceTo(origin.pool),
    counting: origin === undefined ? null : origin.counting === 'flat' ? 'tensor' : origin.counting,
  });
};

const resized: Explain = (context, node, x, y) => {
  const bound = boundAs(resize.Resize, node);
  if (bound === undefined) return undefined;
  const { attributes, version } = bound;
  const places = inputPlaces(version);
  const axes = resizedAxes(attributes.axes, x.length);
  const sample = sampleSizes(x, y);
  const given = (i: number) => {
    const numbers = context.numbersAt(node, i);
    return numbers === undefined || numbers.length === 0 ? undefined : numbers;
  };
  const scales = given(places.scales);
  const decidedBy = scales === undefined && node.inputs[places.sizes] !== undefined ? 'sizes' : 'scales';
  const sizes = decidedBy === 'sizes' ? sample && axes.map((axis) => sample.outputs[axis]!) : undefined;
  const resizing =
    sample &&
    resizingOf(bound, sample.inputs, (i) => (i === places.scales ? scales : i === places.sizes ? sizes : given(i)));
  const { mode, nearest_mode, antialias, coordinate_transformation_mode: coordinates } = attributes;
  return explainResize({
    mode,
    coordinates: version < 11 ? 'asymmetric' : coordinates,
    nearest: version < 11 ? 'down, up where the axis shrinks' : nearest_mode,
    antialias,
    decidedBy,
    x,
    y,
    scales: scales && perAxis(scales, axes, x.length),
    resizing,
  });
};

const upsampled: Explain = (context, node, x, y) => {
  const bound = boundAs(upsample.Upsample, node);
  const sample = sampleSizes(x, y);
  if (bound === undefined || sample === undefined) return undefined;
  const resizing: Resizing | undefined = upsamplingOf(bound, sample.inputs, (i) => context.numbersAt(node, i));
  return explainResize({
    mode: bound.attributes.mode === 'nearest' ? 'nearest' : 'linear',
    coordinates: 'asymmetric',
    nearest: 'down, up where the axis shrinks',
    antialias: false,
    decidedBy: 'scales',
    x,
    y,
    scales: resizing?.axes.map(({ input, extent }) => extent / input),
    resizing,
  });
};

function perAxis(values: readonly number[], axes: readonly number[], rank: number): number[] {
  const all = new Array<number>(rank).fill(1);
  axes.forEach((axis, i) => {
    all[axis] = values[i] ?? 1;
  });
  return all;
}

const sampleSize = 8;
const largestFactor = 64;

/** The sizes of the layer, small ones in place of open ones; undefined if those before and after have no whole ratio. */
function sampleSizes(x: Shape, y: Shape): { readonly inputs: number[]; readonly outputs: number[] } | undefined {
  const inputs = x.map((dim) => (typeof dim === 'number' ? dim : sampleSize));
  const outputs = x.map((dim, axis) => zoomed(dim, y[axis]!));
  return outputs.every((size) => size !== undefined) ? { inputs, outputs } : undefined;
}

function zoomed(from: Dim, to: Dim): number | undefined {
  if (typeof to === 'number') return to;
  for (let factor = 1; factor <= largestFactor; factor++) {
    if (mul(from, factor) === to) return sampleSize * factor;
    if (mul(to, factor) === from && sampleSize % factor === 0) return sampleSize / factor;
  }
  return undefined;
}

const byOperator: ReadonlyMap<string, Explain> = new Map([
  ['ConvTranspose', transposed],
  ['Conv', convolution],
  ['MaxPool', pooled('MaxPool', (node) => attributesOf(pooling.MaxPool, node))],
  ['AveragePool', pooled('AveragePool', (node) => attributesOf(pooling.AveragePool, node))],
  ['LpPool', pooled('LpPool', (node) => attributesOf(lpPooling.LpPool, node))],
  ['MaxUnpool', unpooled],
  ['Resize', resized],
  ['Upsample', upsampled],
]);

export const explainedOperators: readonly string[] = [...byOperator.keys()];

/** @throws as `Explain` does */
export function explainNode(context: ExplainContext, node: Node): NodeExplanation | undefined {
  const explain = node.domain === '' ? byOperator.get(node.opType) : undefined;
  const [x, y] = [context.shapeOf(node.inputs[0]), context.shapeOf(node.outputs[0])];
  if (explain === undefined || x === undefined || y === undefined || x.length < 3 || y.length !== x.length)
    return undefined;
  return explain(context, node, x, y);
}
