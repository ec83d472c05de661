/** Transpose: between channels first and channels last a change of layout, elsewhere a copy. */
import { intsOf } from '../ir/node-attributes.js';
import { elementCount, rowMajorStrides } from '../ir/tensor.js';
import { mergePointerAxes } from '../wasm/kernels/rows.js';
import { addCopy } from './copy.js';
import type { Lowering } from './lowering.js';
import { innerSize } from './tensor.js';

export const lowerTranspose: Lowering = (context, node) => {
  const dims = context.floatDims(node.inputs[0]);
  if (dims === undefined || context.floatDims(node.outputs[0]) === undefined) {
    return 'shapes that only running shows, or another type than float32';
  }
  const rank = dims.length;
  const order = intsOf(node, 'perm') ?? Array.from({ length: rank }, (_, i) => rank - 1 - i);
  const onto = order.map((axis) => dims[axis]!);
  const value = node.inputs[0]!;
  const result = node.outputs[0]!;
  const elements = elementCount(dims);
  const isKept = mergedOrder(dims, order).length <= 1;
  if (isKept && !(context.isInner(value) && !context.isFlat(value))) {
    context.place(result, context.flat(value));
    context.done.add(node);
    return undefined;
  }
  const isToLast = order.join() === (rank === 4 ? '0,2,3,1' : '0,2,1');
  const isToFirst = order.join() === (rank === 4 ? '0,3,1,2' : '0,2,1');
  if (isToLast && context.isInner(value) && !context.isFlat(value)) {
    const source = context.inner(value);
    const target = context.makeFlat(result);
    const strides = rowMajorStrides(onto);
    addCopy(context, {
      node,
      source,
      target,
      elements,
      place: (places) => {
        const view = places.view(source);
        const from =
          rank === 4
            ? [view.imageStride, view.rowStride, view.pixelStride, 1]
            : [view.imageStride, view.pixelStride, 1];
        return {
          axes: onto.map((size, axis) => ({ size, strides: [from[axis]!, strides[axis]!] })),
          sourceOffset: 0,
          targetOffset: 0,
        };
      },
    });
    return undefined;
  }
  const source = context.flat(value);
  const strides = rowMajorStrides(dims);
  const feedsWindows = context
    .readersOf(result)
    .some(({ opType }) => ['Conv', 'ConvTranspose', 'MaxPool', 'AveragePool', 'Resize', 'Upsample'].includes(opType));
  if (isToFirst && rank >= 3 && innerSize(onto) !== undefined && feedsWindows) {
    const target = context.makeInner(result);
    addCopy(context, {
      node,
      source,
      target,
      elements,
      place: (places) => {
        const view = places.view(target);
        const to =
          rank === 4
            ? [view.imageStride, view.rowStride, view.pixelStride, 1]
            : [view.imageStride, view.pixelStride, 1];
        return {
          axes: dims.map((size, axis) => ({ size, strides: [strides[axis]!, to[axis]!] })),
          sourceOffset: 0,
          targetOffset: 0,
        };
      },
    });
    return undefined;
  }
  const target = context.makeFlat(result);
  const targetStrides = rowMajorStrides(onto);
  addCopy(context, {
    node,
    source,
    target,
    elements,
    place: () => ({
      axes: order.map((axis, i) => ({ size: dims[axis]!, strides: [strides[axis]!, targetStrides[i]!] })),
      sourceOffset: 0,
      targetOffset: 0,
    }),
  });
  return undefined;
};

/** The axes of the copy that do not run along one another. */
function mergedOrder(dims: readonly number[], order: readonly number[]) {
  const strides = rowMajorStrides(dims);
  const target = rowMajorStrides(order.map((axis) => dims[axis]!));
  return mergePointerAxes(order.map((axis, i) => ({ size: dims[axis]!, strides: [strides[axis]!, target[i]!] })));
}
