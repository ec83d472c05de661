/** RNN, GRU and LSTM: one matrix product gives all gates their part from the input, then a kernel runs the recurrence. */

import type { Node, Value } from '../ir/graph.js';
import type { AttributeValues } from '../ops/attributes.js';
import { gruSchema, lstmSchema, type recurrentAttributes, rnnSchema } from '../ops/recurrent/schemas.js';
import type { Named } from '../ops/signature.js';
import { type ConvolutionParams, defaultTile, packedBiasSize } from '../wasm/kernels/convolution.js';
import type { Elementwise } from '../wasm/kernels/elementwise-expression.js';
import {
  type RecurrentCell,
  type RecurrentParams,
  recurrentPacks,
  recurrentScratch,
} from '../wasm/kernels/recurrent.js';
import { readableAfter } from '../wasm/kernels/views.js';
import type { LoweringContext } from './context/context.js';
import { RowMajorTensor } from './context/tensor.js';
import type { Pointer } from './context/unplaced-step.js';
import { defineLowering, floats, kernelsOf, type Lowering, type ReasonOf, unfitValue } from './lowering.js';
import { activationTrees } from './recurrent-activations.js';
import { type Packed, packRows, spaceRows } from './recurrent-weights.js';

/** A cell's state beside the hidden one is LSTM's. */
type RecurrentInputs = Named<(typeof gruSchema)['inputs']> & Partial<Named<(typeof lstmSchema)['inputs']>>;

interface Layer {
  readonly node: Node;
  readonly inputs: RecurrentInputs;
  readonly cell: RecurrentCell;
  readonly steps: number;
  readonly batch: number;
  readonly input: number;
  readonly hidden: number;
  /** Numbers of all gates of a sample. */
  readonly gates: number;
  readonly directions: number;
  readonly isReverse: boolean;
  /** Whether the samples come before the steps, and in states before the directions. */
  readonly bySample: boolean;
  /** Of each direction. */
  readonly activations: readonly (readonly Elementwise[])[];
}

const limits = ['lengths of sequences', 'a first state of another type than float32'] as const;
const lstmLimits = [...limits, 'peepholes', 'coupled gates', 'one of two first states'] as const;

const nothing: Pointer = { scratch: 0 };

const gatedActivations = ['sigmoid', 'tanh'];

/** In the order that ONNX has them in. */
const defaultActivations: Readonly<Record<RecurrentCell, readonly string[]>> = {
  rnn: ['tanh'],
  gru: gatedActivations,
  'gru, reset after': gatedActivations,
  lstm: [...gatedActivations, 'tanh'],
};

const lowerGru = defineLowering(gruSchema, kernelsOf(floats, limits), (context, node, { attributes, inputs }) =>
  lowerRecurrent(context, node, attributes, inputs, attributes.linear_before_reset ? 'gru, reset after' : 'gru'),
);

const lowerRnn = defineLowering(rnnSchema, kernelsOf(floats, limits), (context, node, { attributes, inputs }) =>
  lowerRecurrent(context, node, attributes, inputs, 'rnn'),
);

const lowerLstm = defineLowering(lstmSchema, kernelsOf(floats, lstmLimits), (context, node, { attributes, inputs }) => {
  if (inputs.P !== undefined) return 'peepholes';
  if (attributes.input_forget) return 'coupled gates';
  if ((inputs.initial_h === undefined) !== (inputs.initial_c === undefined)) return 'one of two first states';
  return lowerRecurrent(context, node, attributes, inputs, 'lstm');
});

function lowerRecurrent(
  context: LoweringContext,
  node: Node,
  attributes: AttributeValues<typeof recurrentAttributes>,
  inputs: RecurrentInputs,
  cell: RecurrentCell,
): ReasonOf<typeof limits> | typeof unfitValue | undefined {
  const { X: x, W: w, R: r, B: b, sequence_lens: lengths, initial_h, initial_c } = inputs;
  const xDims = context.values.floatDims(x);
  // Constants of other types become float32 when they are packed.
  const dimsOf = (value: Value) => context.values.constant(value)?.dims ?? context.values.floatDims(value);
  const rDims = dimsOf(r);
  const results = node.outputs.filter((value) => value !== undefined);
  const isUnfit =
    [w, b].some((value) => value !== undefined && dimsOf(value) === undefined) ||
    results.some((value) => context.values.floatDims(value) === undefined);
  if (xDims === undefined || rDims === undefined || isUnfit) return unfitValue;
  const { layout, direction } = attributes;
  const [steps, batch, input] = (layout === 0 ? xDims : [xDims[1], xDims[0], xDims[2]]) as [number, number, number];
  const isShorter =
    lengths !== undefined && context.values.integers(lengths)?.every((length) => length === steps) !== true;
  if (isShorter) return 'lengths of sequences';
  if ([initial_h, initial_c].some((value) => value !== undefined && context.values.floatDims(value) === undefined)) {
    return 'a first state of another type than float32';
  }
  const activations = activationTrees(attributes, defaultActivations[cell], rDims[0]!);
  if (activations === undefined) return unfitValue;
  const hidden = rDims[2]!;
  const layer: Layer = {
    node,
    inputs,
    cell,
    steps,
    batch,
    input,
    hidden,
    gates: rDims[1]!,
    directions: rDims[0]!,
    isReverse: direction === 'reverse',
    bySample: layout === 1,
    activations,
  };
  const biases = b && addBiases(context, layer, b);
  const outputs = node.outputs.map((value) => value && context.tensors.makeRowMajor(value));
  for (let d = 0; d < layer.directions; d++) addDirection(context, layer, d, outputs, biases);
  context.done.add(node);
  return undefined;
}

function addDirection(
  context: LoweringContext,
  layer: Layer,
  d: number,
  [output, lastState, lastCell]: readonly (RowMajorTensor | undefined)[],
  biases: Biases | undefined,
): void {
  const { node, inputs, cell, steps, batch, hidden, gates, directions, bySample } = layer;
  const { R: r, initial_h: h0, initial_c: c0 } = inputs;
  const tile = defaultTile[context.options.tier];
  const isReverse = layer.isReverse || d === 1;
  const fromInput = addInputProduct(context, layer, d, biases);
  const packs = recurrentPacks(cell, hidden);
  const starts = packs.map((_, i) => packs.slice(0, i).reduce((sum, columns) => sum + columns, 0));
  const weights = packRows(
    context,
    node,
    r,
    packs.map((rows, i) => ({ base: (d * gates + starts[i]!) * hidden, length: hidden, rows })),
    tile,
  );
  const stateSize = batch * hidden;
  /** Distances of steps and of samples in what has so many numbers for each of both, and of the samples of states. */
  const strides = (numbers: number) =>
    bySample ? { step: numbers, row: steps * numbers } : { step: batch * numbers, row: numbers };
  const [gateStrides, outputStrides] = [strides(gates), strides(bySample ? directions * hidden : hidden)];
  const outputStep = bySample ? outputStrides.step : directions * stateSize;
  const stateRow = bySample ? directions * hidden : hidden;
  const ofDirection = bySample ? d * hidden : d * stateSize;
  const isBackOrder = (stride: number) => (isReverse ? -stride : stride);
  const params: RecurrentParams = {
    cell,
    steps,
    batch,
    hidden,
    gates: { step: isBackOrder(gateStrides.step), row: gateStrides.row },
    hasBias: biases !== undefined,
    tile,
    ...(output === undefined ? {} : { output: { step: isBackOrder(outputStep), row: outputStrides.row } }),
    ...(h0 === undefined ? {} : { initial: stateRow }),
    ...(lastState === undefined && lastCell === undefined ? {} : { last: stateRow }),
    activations: layer.activations[d]!,
  };
  const firstStates = [h0, c0].map((value) => value && context.tensors.rowMajor(value));
  // Both last states are written when one of them is wanted.
  const wanted = cell === 'lstm' ? [lastState, lastCell] : [lastState];
  const lastStates =
    params.last === undefined
      ? []
      : wanted.map((tensor) => tensor ?? new RowMajorTensor(`${node.name} unread`, directions * stateSize));
  const stateOf = (tensor: RowMajorTensor | undefined): Pointer =>
    tensor === undefined ? nothing : { tensor, offset: ofDirection };
  const firstStep = isReverse ? steps - 1 : 0;
  const pointers: readonly Pointer[] = [
    { tensor: fromInput, offset: firstStep * gateStrides.step },
    weights.pointer,
    biases?.row(2 * d + 1) ?? nothing,
    stateOf(firstStates[0]),
    stateOf(firstStates[1]),
    output === undefined ? nothing : { tensor: output, offset: firstStep * outputStep + ofDirection },
    stateOf(lastStates[0]),
    stateOf(lastStates[1]),
    { scratch: 0 },
  ];
  const operations = 2 * steps * batch * hidden * gates;
  context.add({
    kind: 'kernel',
    algorithm: cell,
    nodes: [node],
    reads: [fromInput, ...weights.reads, ...(biases?.reads ?? []), ...firstStates].filter(
      (tensor) => tensor !== undefined,
    ),
    writes: [output, ...lastStates].filter((tensor) => tensor !== undefined),
    isDisjoint: true,
    scratch: recurrentScratch(params),
    operations,
    work: operations + 20 * steps * batch * gates,
    build: () => ({ kernel: { name: 'recurrent', params }, pointers }),
  });
}

interface Biases extends Pick<Packed, 'reads'> {
  row(index: number): Pointer;
}

/** Each direction has two rows of them: for the input's weights, then for the recurrent ones. */
function addBiases(context: LoweringContext, { node, gates, directions }: Layer, b: Value): Biases {
  const stride = packedBiasSize(gates, defaultTile[context.options.tier]) + readableAfter;
  const { pointer, reads } = spaceRows(context, node, b, { rows: 2 * directions, columns: gates, stride });
  return { reads, row: (index) => ({ ...pointer, offset: index * stride }) };
}

/** The gates' part from the input: a row for each step and sample. */
function addInputProduct(
  context: LoweringContext,
  layer: Layer,
  d: number,
  biases: Biases | undefined,
): RowMajorTensor {
  const { node, inputs, steps, batch, input, gates } = layer;
  const { X: x, W: w } = inputs;
  const tile = defaultTile[context.options.tier];
  const rows = steps * batch;
  const source = context.tensors.rowMajor(x!);
  const target = new RowMajorTensor(`${node.name} gates`, rows * gates);
  const weights = packRows(context, node, w, [{ base: d * gates * input, length: input, rows: gates }], tile);
  const params: ConvolutionParams = {
    outer: [],
    height: { size: rows, input, output: gates },
    width: { size: 1, input: 0, output: 0 },
    sum: [{ size: input, stride: 1 }],
    columns: gates,
    writable: gates,
    bias: biases !== undefined,
    tile,
    unit: { rows: 24, panels: Math.ceil(gates / tile.columns) },
  };
  const bias = biases?.row(2 * d) ?? nothing;
  context.add({
    kind: 'kernel',
    algorithm: 'gates of the input',
    nodes: [node],
    reads: [source, ...weights.reads, ...(biases?.reads ?? [])],
    writes: [target],
    operations: 2 * rows * input * gates,
    build: () => ({
      kernel: { name: 'convolution', params },
      pointers: [{ tensor: source }, weights.pointer, bias, { tensor: target }],
    }),
  });
  return target;
}

export const recurrentLowerings: readonly Lowering[] = [lowerGru, lowerLstm, lowerRnn];
