/**
 * How fine the grid is that a value lies on: its pixels (samples, voxels, tokens), channels not counted. Convolutions
 * and products with weights tell which axis has the channels, and it is followed from there. Values between, such as
 * those reshaped for attention, keep the number of pixels of the value that they are made from.
 */
import { type Inference, infer } from '../../infer/infer.js';
import { type Bindings, symbolsOf } from '../../ir/dim.js';
import { declaredShape, type Graph, type Node, type Value } from '../../ir/graph.js';
import { isConcrete } from '../../ir/shape.js';
import { elementCount } from '../../ir/tensor.js';
import { attributesOf, boundAs } from '../../ops/bind.js';
import { gemm } from '../../ops/linear/gemm.js';
import { transposing } from '../../ops/movement/transpose.js';
import { layerNormalizations } from '../../ops/normalization/layer-normalization.js';
import type { Network } from './network.js';
import { convolutions, gathers, matrixProducts } from './operator-kinds.js';
import { stridesOf } from './strides.js';

/** Values for open sizes: divisible by what networks divide by, or small enough for tables of positions. */
const probes = [7680, 512, 224, 64];

/** Types at sizes that a picture could have, with a batch of one. */
export function probeTypes(graph: Graph): Pick<Inference, 'types'> {
  let best: Inference | undefined;
  let fewest = Number.POSITIVE_INFINITY;
  for (const size of probes) {
    const bindings = bindingsFor(graph, size);
    const inference = infer(graph, { bindings });
    const errors = inference.diagnostics.filter(({ severity }) => severity === 'error').length;
    if (errors < fewest) [best, fewest] = [inference, errors];
    if (errors === 0 || bindings.size === 0) break;
  }
  return best!;
}

function bindingsFor(graph: Graph, size: number): Bindings {
  const bindings = new Map<string, number>();
  for (const input of graph.inputs) {
    const shape = declaredShape(input) ?? [];
    shape.forEach((dim, axis) => {
      for (const name of symbolsOf(dim).keys()) {
        if (axis === 0 && shape.length > 1) bindings.set(name, 1);
        else if (!bindings.has(name)) bindings.set(name, size);
      }
    });
  }
  return bindings;
}

/** Operators whose first input and outputs have their channels at axis 1. */
const channelsFirst = new Set([
  ...convolutions,
  'MaxPool',
  'AveragePool',
  'LpPool',
  'GlobalAveragePool',
  'GlobalMaxPool',
  'GlobalLpPool',
  'MaxUnpool',
  'DepthToSpace',
  'SpaceToDepth',
  'GridSample',
  'BatchNormalization',
  'LRN',
  'Upsample',
  'QLinearAveragePool',
  'QLinearGlobalAveragePool',
  'ImageScaler',
  'Crop',
]);

/** Operators that multiply the last axis by a matrix, with the index of the input that is the matrix. */
const products = new Map([
  ['MatMul', 1],
  ['Gemm', 1],
  ['MatMulInteger', 1],
  ['QLinearMatMul', 3],
]);

/** Operators whose outputs have other axes than their first input. */
const rearranging = new Set([
  'Reshape',
  'Flatten',
  'Squeeze',
  'Unsqueeze',
  ...matrixProducts,
  ...gathers,
  'ScatterND',
  'ScatterElements',
  'Expand',
  'Col2Im',
  'LSTM',
  'GRU',
  'RNN',
  'TopK',
  'NonZero',
  'Compress',
  'OneHot',
  'ConstantOfShape',
  'Range',
]);

export class Resolutions {
  private readonly channelAxes = new Map<Value, number>();
  private readonly areas = new Map<Value, number>();
  private readonly batch: number;

  constructor(
    private readonly network: Network,
    private readonly probe: Pick<Inference, 'types'>,
  ) {
    const { graph } = network;
    this.batch = this.batchSize();
    for (const node of graph.nodes) this.pinByPlace(node);
    for (const node of graph.nodes) this.pinByProduct(node);
    for (const node of graph.nodes.toReversed()) this.pinBackwards(node);
    for (const input of graph.inputs) this.measureInput(input);
    graph.nodes.forEach((node, place) => {
      this.pinForwards(node, place);
      this.measure(node, place);
    });
  }

  /** Number of pixels of the value, per picture; undefined if unknown. */
  area(value: Value): number | undefined {
    return this.areas.get(value);
  }

  /** The axis of the value's channels; undefined if unknown. */
  channelAxis(value: Value): number | undefined {
    return this.channelAxes.get(value);
  }

  /** Number of elements at the probe's sizes. */
  elements(value: Value): number | undefined {
    const shape = this.shape(value);
    return shape && elementCount(shape);
  }

  shape(value: Value): readonly number[] | undefined {
    const shape = this.probe.types.get(value)?.shape;
    return shape !== undefined && isConcrete(shape) ? shape : undefined;
  }

  /** The batch size of the largest input with at least two axes; 1 if there is none. */
  private batchSize(): number {
    const shapes = this.network.graph.inputs.flatMap((input) => {
      const shape = this.shape(input);
      return shape !== undefined && shape.length > 1 ? [shape] : [];
    });
    const [largest] = shapes.toSorted((a, b) => elementCount(b) - elementCount(a));
    return Math.max(1, largest?.[0] ?? 1);
  }

  private rank(value: Value | undefined): number | undefined {
    return value && this.probe.types.get(value)?.shape?.length;
  }

  private pin(value: Value | undefined, axis: number): void {
    const rank = this.rank(value);
    if (rank === undefined || axis < 0 || axis >= rank || this.channelAxes.has(value!)) return;
    this.channelAxes.set(value!, axis);
  }

  private pinByPlace(node: Node): void {
    if (!channelsFirst.has(node.opType)) return;
    const [data] = node.inputs;
    if ((this.rank(data) ?? 0) < 3) return;
    this.pin(data, 1);
    for (const output of node.outputs) this.pin(output, 1);
  }

  private pinByProduct(node: Node): void {
    const [data] = node.inputs;
    const [output] = node.outputs;
    const place = products.get(node.opType);
    const matrix = place === undefined ? undefined : node.inputs[place];
    const isProduct = matrix !== undefined && this.network.constants.has(matrix) && this.rank(matrix) === 2;
    const rank = this.rank(data);
    if (rank === undefined) return;
    const axis = attributesOf(layerNormalizations.LayerNormalization, node)?.axis;
    const isNormalization = axis === -1 || axis === rank - 1;
    if (!isNormalization && !(isProduct && attributesOf(gemm.Gemm, node)?.transA !== true)) return;
    this.pin(data, rank - 1);
    this.pin(output, rank - 1);
  }

  private pinBackwards(node: Node): void {
    const [output] = node.outputs;
    const axis = output && this.channelAxes.get(output);
    if (axis === undefined) return;
    const { opType } = node;
    if (opType === 'Transpose') {
      const order = this.order(node);
      if (order !== undefined) this.pin(order.data, order.axes[axis]!);
      return;
    }
    if (rearranging.has(opType)) return;
    const shape = this.shape(output!);
    for (const input of node.inputs) {
      if (input === undefined || this.network.constants.has(input)) continue;
      const other = this.shape(input);
      if (other === undefined || other.length !== shape?.length) continue;
      const isJoinedAt = opType === 'Concat' || opType === 'QLinearConcat' ? axis : -1;
      if (other.every((dim, i) => dim === shape[i] || i === isJoinedAt)) this.pin(input, axis);
    }
  }

  /** The data of a transposing node, and for each axis of its result the axis that it was. */
  private order(node: Node): { readonly data: Value; readonly axes: readonly number[] } | undefined {
    const transpose = boundAs(transposing.Transpose, node);
    const rank = this.rank(transpose?.inputs.data);
    if (rank === undefined || transpose === undefined) return undefined;
    const { attributes, inputs } = transpose;
    return { data: inputs.data, axes: attributes.perm ?? Array.from({ length: rank }, (_, i) => rank - 1 - i) };
  }

  private pinForwards(node: Node, place: number): void {
    const source = this.network.reads[place]!.find((value) => this.channelAxes.has(value));
    const axis = source && this.channelAxes.get(source);
    if (axis === undefined) return;
    const { opType, outputs } = node;
    if (opType === 'Transpose') {
      const order = this.order(node);
      if (order !== undefined) this.pin(outputs[0], order.axes.indexOf(axis));
    } else if (opType === 'Reshape' || opType === 'Flatten') {
      this.pin(outputs[0], this.axisAfterReshape(source!, axis, outputs[0]));
    } else if (!rearranging.has(opType)) {
      for (const output of outputs) if (this.rank(output) === this.rank(source)) this.pin(output, axis);
    }
  }

  /** The axis with the same channels after the same number of elements; -1 if there is none. */
  private axisAfterReshape(source: Value, axis: number, target: Value | undefined): number {
    const before = this.shape(source);
    const after = target && this.shape(target);
    if (before === undefined || after === undefined) return -1;
    const outer = elementCount(before.slice(0, axis));
    return after.findIndex((dim, i) => dim === before[axis] && elementCount(after.slice(0, i)) === outer && dim !== 1);
  }

  private measureInput(input: Value): void {
    const shape = this.shape(input);
    if (shape === undefined) return;
    if (!this.channelAxes.has(input)) this.pin(input, likelyChannelAxis(shape));
    this.areas.set(input, this.areaOf(shape, this.channelAxes.get(input)));
  }

  private areaOf(shape: readonly number[], axis: number | undefined): number {
    const elements = elementCount(shape);
    const channels = axis === undefined ? 1 : Math.max(1, shape[axis]!);
    return Math.max(1, elements / channels / this.batch);
  }

  private measure(node: Node, place: number): void {
    const before = this.sourceArea(node, place);
    for (const output of node.outputs) {
      if (output === undefined || this.network.constants.has(output) || this.network.isSize(output)) continue;
      const shape = this.shape(output);
      const axis = this.channelAxes.get(output);
      if (shape !== undefined && axis !== undefined) this.areas.set(output, this.areaOf(shape, axis));
      else if (before !== undefined) {
        const most = shape === undefined ? before * ratioOf(node) : elementCount(shape) / this.batch;
        this.areas.set(output, shape === undefined ? most : Math.max(1, Math.min(before, most)));
      }
    }
  }

  /** The number of pixels of the node's main input. */
  sourceArea(node: Node, place: number): number | undefined {
    const source = this.sourceOf(node, place);
    return source && this.areas.get(source);
  }

  /** The node's main input: the first one for products and the like, otherwise the one with the most pixels. */
  sourceOf(node: Node, place: number): Value | undefined {
    const read = this.network.reads[place]!.filter((value) => this.areas.has(value));
    if (hasMainInput.has(node.opType)) {
      const [first] = node.inputs;
      if (first !== undefined && read.includes(first)) return first;
    }
    let best: Value | undefined;
    for (const value of read) if (best === undefined || this.areas.get(value)! > this.areas.get(best)!) best = value;
    return best;
  }
}

/**
 * A guess for an input that no operator tells about: the last axis if it is much the smallest, as for spectra of real
 * and imaginary parts.
 */
function likelyChannelAxis(shape: readonly number[]): number {
  const last = shape.length - 1;
  if (shape.length <= 2) return last;
  return shape[last]! <= 4 && shape[1]! > shape[last]! ? last : 1;
}

/** Operators whose first input has the data, while the others say where, how or how much. */
const hasMainInput = new Set([
  ...convolutions,
  ...matrixProducts,
  ...gathers,
  'MaxUnpool',
  'GridSample',
  'Resize',
  'Upsample',
  'LSTM',
  'GRU',
  'RNN',
  'Reshape',
  'Expand',
]);

/** The factor by which a node changes the number of pixels, from its attributes alone. */
function ratioOf(node: Node): number {
  const strides = stridesOf(node).reduce((product, stride) => product * stride, 1);
  if (node.opType === 'ConvTranspose') return strides;
  return channelsFirst.has(node.opType) ? 1 / strides : 1;
}
