/** x * factor + bias by channel: BatchNormalization that no pass folded, ImageScaler. */
import type { Node } from '../ir/graph.js';
import { numbersOf } from '../ir/numeric.js';
import { experimental } from '../ops/elementwise/experimental.js';
import { batchNormalizations } from '../ops/normalization/batch-normalization.js';
import { binary, input } from '../wasm/kernels/elementwise-expression.js';
import type { LoweringContext } from './context/context.js';
import { addElementwise } from './elementwise/loops.js';
import { defineLowering, floats, kernelsOf, type Lowering, unfitValue } from './lowering.js';

const lowerBatchNormalization = defineLowering(
  batchNormalizations.BatchNormalization,
  kernelsOf(floats, ['training', 'statistics of single elements', 'parameters that are computed']),
  (context, node, bound) => {
    const { training_mode, spatial, epsilon } = bound.attributes;
    const dims = context.values.floatDims(bound.inputs.X);
    if (dims === undefined || dims.length < 2 || context.values.floatDims(bound.outputs.Y) === undefined)
      return unfitValue;
    const isTraining = training_mode || node.outputs.slice(1).some((value) => value !== undefined);
    if (isTraining) return 'training';
    if (!spatial) return 'statistics of single elements';
    const parameters = node.inputs.slice(1, 5).map((value) => context.values.constant(value));
    if (parameters.some((constant) => constant === undefined)) return 'parameters that are computed';
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

function addAffine(
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

export const channelAffineLowerings: readonly Lowering[] = [lowerBatchNormalization, lowerImageScaler];
