/** Slice and Split: parts of a tensor in their places where memory allows, copies elsewhere. */
import type { Node, Value } from '../ir/graph.js';
import { intOf } from '../ir/node-attributes.js';
import { elementCount, rowMajorStrides } from '../ir/tensor.js';
import { slicesAt } from '../ops/movement/slice.js';
import type { LoweringContext } from './context.js';
import { addCopy } from './copy.js';
import type { Lowering } from './lowering.js';
import { FlatTensor, innerSize } from './tensor.js';

export interface AxisPart {
  readonly first: number;
  readonly step: number;
  readonly count: number;
}

export const lowerSlice: Lowering = (context, node) => {
  const dims = context.floatDims(node.inputs[0]);
  if (dims === undefined || context.floatDims(node.outputs[0]) === undefined) {
    return 'shapes that only running shows, or another type than float32';
  }
  const parts = slicesAt(node, dims, (i) => context.numbers(node.inputs[i]));
  if (parts === undefined) return 'bounds that are computed';
  takePart(context, node, node.inputs[0]!, node.outputs[0]!, parts);
  return undefined;
};

export const lowerSplit: Lowering = (context, node) => {
  const dims = context.floatDims(node.inputs[0]);
  if (
    dims === undefined ||
    node.outputs.some((value) => value !== undefined && context.floatDims(value) === undefined)
  ) {
    return 'shapes that only running shows, or another type than float32';
  }
  const axis = intOf(node, 'axis') ?? 0;
  const place = axis < 0 ? axis + dims.length : axis;
  let first = 0;
  // What nobody reads has a size all the same: that of its type.
  for (const value of node.outputs) {
    const onto = value && context.dims(value);
    if (onto === undefined) return 'an output without a name';
    const parts = dims.map((size, i) =>
      i === place ? { first, step: 1, count: onto[i]! } : { first: 0, step: 1, count: size },
    );
    takePart(context, node, node.inputs[0]!, value!, parts);
    first += onto[place]!;
  }
  return undefined;
};

/** The part [n, c, h, w] of a value, in the layout that the value has. */
export function takePart(
  context: LoweringContext,
  node: Node,
  value: Value,
  result: Value,
  parts: readonly AxisPart[],
): void {
  const dims = context.dims(value)!;
  const elements = elementCount(parts.map(({ count }) => count));
  context.done.add(node);
  if (context.isInner(value) && !context.isFlat(value) && innerSize(dims) !== undefined) {
    const source = context.inner(value);
    const target = context.makeInner(result);
    addCopy(context, {
      node,
      source,
      target,
      elements,
      place: (places) => {
        const [from, to] = [places.view(source), places.view(target)];
        const strides = (view: typeof from) =>
          dims.length === 4
            ? [view.imageStride, 1, view.rowStride, view.pixelStride]
            : [view.imageStride, 1, view.pixelStride];
        const [sourceStrides, targetStrides] = [strides(from), strides(to)];
        const axes = parts.map(({ step, count }, axis) => ({
          size: count,
          strides: [step * sourceStrides[axis]!, targetStrides[axis]!],
        }));
        // Channels vary fastest.
        const order = axes.length === 1 ? axes : [axes[0]!, ...axes.slice(2), axes[1]!];
        const sourceOffset = parts.reduce((sum, { first }, axis) => sum + first * sourceStrides[axis]!, 0);
        return { axes: order, sourceOffset, targetOffset: 0 };
      },
    });
    return;
  }
  const source = context.flat(value);
  const strides = rowMajorStrides(dims);
  const offset = parts.reduce((sum, { first }, axis) => sum + first * strides[axis]!, 0);
  // Of all axes but one in front, whole: what is left lies in one piece.
  const cut = parts.findIndex(({ count }) => count !== 1);
  const isWhole = parts.every(({ step, count }, axis) => axis <= cut || (step === 1 && count === dims[axis]));
  if (cut < 0 || (isWhole && parts[cut]!.step === 1)) {
    context.place(result, new FlatTensor(result.name, elements, { whole: source, offset }));
    return;
  }
  const target = context.makeFlat(result);
  const targetStrides = rowMajorStrides(parts.map(({ count }) => count));
  addCopy(context, {
    node,
    source,
    target,
    elements,
    place: () => ({
      axes: parts.map(({ step, count }, axis) => ({
        size: count,
        strides: [step * strides[axis]!, targetStrides[axis]!],
      })),
      sourceOffset: offset,
      targetOffset: 0,
    }),
  });
}
