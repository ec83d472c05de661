/** A factor and a number to add for each channel: BatchNormalization that was not folded into its neighbours, ImageScaler. */
import type { Node } from '../ir/graph.js';
import { floatOf, intOf } from '../ir/node-attributes.js';
import { numbersOf } from '../ir/numeric.js';
import { binary, input } from '../wasm/kernels/elementwise-expression.js';
import type { LoweringContext } from './context.js';
import { addElementwise } from './loops.js';
import { type Lowering, unknownShapes } from './lowering.js';

export const lowerBatchNormalization: Lowering = (context, node) => {
  const dims = context.floatDims(node.inputs[0]);
  if (dims === undefined || dims.length < 2 || context.floatDims(node.outputs[0]) === undefined) return unknownShapes;
  const isTraining = intOf(node, 'training_mode') === 1 || node.outputs.slice(1).some((value) => value !== undefined);
  if (isTraining) return 'training';
  if (intOf(node, 'spatial') === 0) return 'statistics of single elements';
  const parameters = node.inputs.slice(1, 5).map((value) => context.constant(value));
  if (parameters.some((constant) => constant === undefined)) return 'parameters that are computed';
  const [scale, bias, mean, variance] = parameters.map((constant) => {
    const tensor = constant!.load();
    return Array.from(numbersOf(tensor));
  }) as [number[], number[], number[], number[]];
  const epsilon = floatOf(node, 'epsilon') ?? 1e-5;
  const factors = scale.map((factor, c) => factor / Math.sqrt(variance[c]! + epsilon));
  addAffine(
    context,
    node,
    dims,
    factors,
    bias.map((value, c) => value - mean[c]! * factors[c]!),
  );
  return undefined;
};

export const lowerImageScaler: Lowering = (context, node) => {
  const dims = context.floatDims(node.inputs[0]);
  if (dims === undefined || dims.length < 2 || context.floatDims(node.outputs[0]) === undefined) return unknownShapes;
  const attribute = node.attributes.get('bias');
  const biases = attribute?.kind === 'floats' ? attribute.value : new Array<number>(dims[1]!).fill(0);
  addAffine(
    context,
    node,
    dims,
    biases.map(() => floatOf(node, 'scale') ?? 1),
    biases,
  );
  return undefined;
};

function addAffine(
  context: LoweringContext,
  node: Node,
  dims: readonly number[],
  factors: readonly number[],
  biases: readonly number[],
): void {
  const perChannel = [dims[1]!, ...dims.slice(2).map(() => 1)];
  const [value, result] = [node.inputs[0]!, node.outputs[0]!];
  const [factor, bias] = [factors, biases].map((numbers) => context.literal(node.opType, perChannel, numbers));
  addElementwise(context, {
    nodes: [node],
    tree: binary('add', binary('mul', input(0), input(1)), input(2)),
    inputs: [value, factor!, bias!],
    output: result,
  });
}
