/** x * factor + bias by channel: BatchNormalization that no pass folded. */
import type { Node, Value } from '../ir/graph.js';
import { numbersOf } from '../ir/numeric.js';
import { batchNormalizations } from '../ops/normalization/batch-normalization.js';
import type { Named } from '../ops/signature.js';
import { binary, constant, input, unary } from '../wasm/kernels/elementwise-expression.js';
import type { LoweringContext } from './context/context.js';
import { addElementwise } from './elementwise/loops.js';
import { defineLowering, floats, kernelsOf, type Lowering, unfitValue } from './lowering.js';

const lowerBatchNormalization = defineLowering(
  batchNormalizations.BatchNormalization,
  kernelsOf(floats, ['training', 'statistics of single elements']),
  (context, node, bound) => {
    const { training_mode, spatial, epsilon } = bound.attributes;
    const dims = context.values.floatDims(bound.inputs.X);
    if (dims === undefined || dims.length < 2 || context.values.floatDims(bound.outputs.Y) === undefined)
      return unfitValue;
    const isTraining = training_mode || node.outputs.slice(1).some((value) => value !== undefined);
    if (isTraining) return 'training';
    if (!spatial) return 'statistics of single elements';
    const parameters = node.inputs.slice(1, 5).map((value) => context.values.constant(value));
    if (parameters.some((constant) => constant === undefined)) {
      const isFloat = node.inputs.slice(1, 5).every((value) => context.values.floatDims(value) !== undefined);
      if (!isFloat) return unfitValue;
      addComputed(context, node, bound.inputs, bound.outputs.Y, epsilon);
      return undefined;
    }
    const [scale, bias, mean, variance] = parameters.map((constant) => {
      const tensor = constant!.load();
      return Array.from(numbersOf(tensor));
    }) as [number[], number[], number[], number[]];
    const factors = scale.map((factor, c) => factor / Math.sqrt(variance[c]! + epsilon));
    addAffine(
      context,
      node,
      dims,
      factors,
      bias.map((value, c) => value - mean[c]! * factors[c]!),
    );
    return undefined;
  },
);

/** With parameters that are computed: first what each channel is multiplied with, then the elements. */
function addComputed(
  context: LoweringContext,
  node: Node,
  {
    X: x,
    scale,
    B: bias,
    input_mean: mean,
    input_var: variance,
  }: Named<(typeof batchNormalizations.BatchNormalization)['inputs']>,
  y: Value,
  epsilon: number,
): void {
  const dims = context.values.dims(x)!;
  const perChannel = [dims[1]!, ...dims.slice(2).map(() => 1)];
  const ofChannels = (value: Value) => {
    const own = context.values.ownValue(value.name, perChannel);
    context.tensors.setResidency(own, context.tensors.rowMajor(value));
    return own;
  };
  const factor = context.values.ownValue(`${node.name} factor`, perChannel);
  const deviation = unary('sqrt', binary('add', input(1), constant(epsilon)));
  addElementwise(context, {
    nodes: [node],
    tree: binary('div', input(0), deviation),
    inputs: [ofChannels(scale), ofChannels(variance)],
    output: factor,
  });
  addElementwise(context, {
    nodes: [node],
    tree: binary('add', binary('mul', binary('sub', input(0), input(1)), input(2)), input(3)),
    inputs: [x, ofChannels(mean), factor, ofChannels(bias)],
    output: y,
  });
}

/** Adds the step for a node of one input. */
export function addAffine(
  context: LoweringContext,
  node: Node,
  dims: readonly number[],
  factors: readonly number[],
  biases: readonly number[],
): void {
  const perChannel = [dims[1]!, ...dims.slice(2).map(() => 1)];
  const [value, result] = [node.inputs[0]!, node.outputs[0]!];
  const [factor, bias] = [factors, biases].map((numbers) => context.values.literal(node.opType, perChannel, numbers));
  addElementwise(context, {
    nodes: [node],
    tree: binary('add', binary('mul', input(0), input(1)), input(2)),
    inputs: [value, factor!, bias!],
    output: result,
  });
}

export const channelAffineLowerings: readonly Lowering[] = [lowerBatchNormalization];
