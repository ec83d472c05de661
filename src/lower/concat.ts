/**
 * Concat of channels in the inner layout: what makes an input writes into the wide tensor at once where it can; elsewhere,
 * and on other axes, the inputs are copied.
 */
import type { Value } from '../ir/graph.js';
import { intOf } from '../ir/node-attributes.js';
import { elementCount } from '../ir/tensor.js';
import { input as inputTree } from '../wasm/kernels/elementwise-expression.js';
import type { LoweringContext } from './context.js';
import type { Lowering } from './lowering.js';
import { InnerTensor, innerSize } from './tensor.js';

export const lowerConcat: Lowering = (context, node) => {
  const result = node.outputs[0];
  const onto = context.floatDims(result);
  const inputs = node.inputs.filter((value) => value !== undefined && elementCount(context.dims(value) ?? [0]) > 0);
  if (onto === undefined || inputs.some((value) => context.floatDims(value) === undefined)) {
    return 'shapes that only running shows, or another type than float32';
  }
  const values = inputs as Value[];
  const axis = intOf(node, 'axis') ?? 1;
  const place = axis < 0 ? axis + onto.length : axis;
  const isInner =
    place === 1 && innerSize(onto) !== undefined && onto.length > 2 && values.some((value) => context.isInner(value));
  if (isInner) concatChannels(context, node, values);
  else concatFlat(context, node, values, place);
  return undefined;
};

type ConcatNode = Parameters<Lowering>[1];

function concatChannels(context: LoweringContext, node: ConcatNode, values: readonly Value[]): void {
  const whole = context.makeInner(node.outputs[0]!);
  let channel = 0;
  for (const value of values) {
    const tensor = context.inner(value);
    const { channels } = tensor.size;
    if (context.canMove(tensor)) tensor.moveInto(whole, channel);
    else {
      const slice = new InnerTensor(value.name, tensor.size);
      slice.moveInto(whole, channel);
      copyInner(context, node, tensor, slice);
    }
    channel += channels;
  }
  context.done.add(node);
}

function copyInner(context: LoweringContext, node: ConcatNode, source: InnerTensor, target: InnerTensor): void {
  const { images, channels, height, width } = source.size;
  context.add({
    kind: 'kernel',
    algorithm: 'copy',
    nodes: [node],
    reads: [source],
    writes: [target],
    operations: 0,
    work: images * channels * height * width * 2,
    build: (places) => {
      const [from, to] = [places.view(source), places.view(target)];
      return {
        kernel: {
          name: 'elementwise',
          params: {
            tree: inputTree(0),
            axes: [
              { size: images, strides: [from.imageStride, to.imageStride] },
              { size: height, strides: [from.rowStride, to.rowStride] },
              { size: width, strides: [from.pixelStride, to.pixelStride] },
            ],
            channels,
            writable: to.writable,
            isSpread: [false],
          },
        },
        pointers: [{ tensor: source }, { tensor: target }],
      };
    },
  });
}

function concatFlat(context: LoweringContext, node: ConcatNode, values: readonly Value[], axis: number): void {
  const onto = context.dims(node.outputs[0])!;
  const tensors = values.map((value) => context.flat(value));
  const output = context.makeFlat(node.outputs[0]!);
  const rows = elementCount(onto.slice(0, axis));
  const stride = elementCount(onto.slice(axis));
  let offset = 0;
  for (const [i, tensor] of tensors.entries()) {
    const run = elementCount(context.dims(values[i])!.slice(axis));
    const start = offset;
    context.add({
      kind: 'kernel',
      algorithm: 'copy',
      nodes: [node],
      reads: [tensor],
      writes: [output],
      isPartial: true,
      operations: 0,
      work: rows * run * 2,
      build: () => ({
        kernel: {
          name: 'elementwise',
          params: {
            tree: inputTree(0),
            axes: [{ size: rows, strides: [run, stride] }],
            channels: run,
            writable: run,
            isSpread: [false],
          },
        },
        pointers: [{ tensor }, { tensor: output, offset: start }],
      }),
    });
    offset += run;
  }
}
