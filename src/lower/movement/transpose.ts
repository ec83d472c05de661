/** Transpose. Between channels first and channels last it changes the layout; elsewhere it is a copy. */
import type { Value } from '../../ir/graph.js';
import { elementCount, rowMajorStrides } from '../../ir/tensor.js';
import { transposing } from '../../ops/movement/transpose.js';
import { mergePointerAxes } from '../../wasm/kernels/rows.js';
import type { LoweringContext } from '../context/context.js';
import { nhwc8Size } from '../context/tensor.js';
import { transposeLater } from '../context/transposed-view.js';
import { feedsWindows, sourceTensor, stridesOf } from '../layouts.js';
import { anyElements, defineLowering, kernelsOf, type Lowering, unfitValue } from '../lowering.js';
import { addCopy, boxAxes } from './copy.js';

const lowerTranspose = defineLowering(
  transposing.Transpose,
  kernelsOf(anyElements),
  (context, node, { attributes, inputs, outputs }) => {
    const dims = context.tensors.storedDims(inputs.data);
    if (dims === undefined || context.values.sizedDims(outputs.transposed) === undefined) {
      return unfitValue;
    }
    const rank = dims.length;
    const order = attributes.perm ?? Array.from({ length: rank }, (_, i) => rank - 1 - i);
    const onto = order.map((axis) => dims[axis]!);
    const value = inputs.data;
    const result = outputs.transposed;
    const isKept = mergedOrder(dims, order).length <= 1;
    if (isKept && !context.tensors.isOnlyNhwc8(value)) {
      context.tensors.setResidency(result, context.tensors.stored(value));
      context.done.add(node);
      return undefined;
    }
    const spatial = Array.from({ length: Math.max(0, rank - 2) }, (_, i) => i + 1);
    const isToLast = order.join() === [0, ...spatial.map((axis) => axis + 1), 1].join();
    const isToFirst = order.join() === [0, rank - 1, ...spatial].join();
    const isFloats = context.tensors.cells(value) === 'float32';
    const isFromNhwc8 = isToLast && context.tensors.isOnlyNhwc8(value);
    const isIntoNhwc8 =
      isFloats &&
      !isFromNhwc8 &&
      isToFirst &&
      rank >= 3 &&
      nhwc8Size(onto) !== undefined &&
      feedsWindows(context, result);
    const copy = () => {
      const source = sourceTensor(context, value, isFromNhwc8);
      const cells = source.layout === 'nhwc8' ? 'float32' : source.cells;
      const target = isIntoNhwc8 ? context.tensors.makeNhwc8(result) : context.tensors.makeStored(result, cells);
      addCopy(context, {
        node,
        source,
        target,
        elements: elementCount(dims),
        boxOf: (placement) => {
          const from = stridesOf(source, dims, placement);
          return {
            axes: boxAxes(
              onto,
              order.map((axis) => from[axis]!),
              stridesOf(target, onto, placement),
            ),
          };
        },
      });
    };
    if (isFloats && feedsProducts(context, result) && !context.tensors.isOnlyNhwc8(value)) {
      const strides = rowMajorStrides(dims);
      transposeLater(context, result, { node, value, strides: order.map((axis) => strides[axis]!) }, copy);
    } else copy();
    return undefined;
  },
);

/** Whether only matrix products read the value, which take their operands at any strides. */
function feedsProducts(context: LoweringContext, value: Value): boolean {
  const readers = context.uses.readers(value);
  return !context.uses.isReturned(value) && readers.every((node) => node.domain === '' && node.opType === 'MatMul');
}

/** The axes that are left when those that stay neighbors in the same order are merged: one means that nothing moves. */
function mergedOrder(dims: readonly number[], order: readonly number[]) {
  const strides = rowMajorStrides(dims);
  const target = rowMajorStrides(order.map((axis) => dims[axis]!));
  return mergePointerAxes(order.map((axis, i) => ({ size: dims[axis]!, strides: [strides[axis]!, target[i]!] })));
}

export const transposeLowerings: readonly Lowering[] = [lowerTranspose];
