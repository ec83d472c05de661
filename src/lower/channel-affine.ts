/** A factor and a number to add for each channel: BatchNormalization that was not folded into its neighbours, ImageScaler. */
import type { Node } from '../ir/graph.js';
import { floatOf, intOf } from '../ir/node-attributes.js';
import { numbersOf } from '../ir/numeric.js';
import { elementCount } from '../ir/tensor.js';
import { binary, input } from '../wasm/kernels/elementwise-expression.js';
import { pixelAxes } from '../wasm/kernels/views.js';
import type { LoweringContext } from './context.js';
import { isInnerOnly } from './layouts.js';
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

/** The same channels for all pixels. */
const still = { imageStride: 0, sliceStride: 0, rowStride: 0, pixelStride: 0 };

function addAffine(
  context: LoweringContext,
  node: Node,
  dims: readonly number[],
  factors: readonly number[],
  biases: readonly number[],
): void {
  const [value, result] = [node.inputs[0]!, node.outputs[0]!];
  const [images, channels] = dims as [number, number];
  const plane = elementCount(dims.slice(2));
  const [factorTable, biasTable] = [factors, biases].map((numbers) => {
    const table = new Float32Array(Math.ceil(channels / 16) * 16 + 16);
    table.set(numbers);
    return { constant: context.planBytes(new Uint8Array(table.buffer)) };
  });
  const tree = binary('add', binary('mul', input(0), input(1)), input(2));
  const isInner = isInnerOnly(context, value);
  const source = isInner ? context.inner(value) : context.flat(value);
  const target = isInner ? context.makeInner(result) : context.makeFlat(result);
  const operations = 2 * elementCount(dims);
  context.add({
    kind: 'kernel',
    algorithm: 'elementwise',
    nodes: [node],
    reads: [source],
    writes: [target],
    operations,
    work: 2 * operations,
    build: (places) => {
      const pointers = [{ tensor: source }, factorTable!, biasTable!, { tensor: target }];
      if (isInner) {
        const [from, to] = [places.view(source), places.view(target)];
        const axes = pixelAxes(to, [from, still, still, to]);
        const params = { tree, axes, channels, writable: to.writable, isSpread: [false, false, false] };
        return { kernel: { name: 'elementwise', params }, pointers };
      }
      const isFeature = plane === 1;
      const axes = [{ size: images, strides: [channels * plane, 0, 0, channels * plane] }];
      if (!isFeature) axes.push({ size: channels, strides: [plane, 1, 1, plane] });
      const size = isFeature ? channels : plane;
      const params = { tree, axes, channels: size, writable: size, isSpread: [false, !isFeature, !isFeature] };
      return { kernel: { name: 'elementwise', params }, pointers };
    },
  });
}
