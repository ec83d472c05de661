/** Slice and Split: a part that lies in one piece stays where it is, others are copied. */
import type { Node, Value } from '../../ir/graph.js';
import { elementCount } from '../../ir/tensor.js';
import { normalizeAxis } from '../../ops/arguments.js';
import { slicesAt, slicing } from '../../ops/movement/slice.js';
import { splitting } from '../../ops/movement/split.js';
import { wordsOf } from '../../wasm/kernels/cells.js';
import type { LoweringContext } from '../context/context.js';
import { RowMajorTensor } from '../context/tensor.js';
import { prefersNhwc8, sourceTensor, stridesOf, targetTensor, wordStrides } from '../layouts.js';
import { anyElements, defineLowering, kernelsOf, type Lowering, unfitValue } from '../lowering.js';
import { addCopy, boxAxes } from './copy.js';

export interface AxisPart {
  readonly first: number;
  readonly step: number;
  readonly count: number;
}

const lowerSlice = defineLowering(
  slicing.Slice,
  kernelsOf(anyElements, ['bounds that are computed']),
  (context, node, bound) => {
    const dims = context.tensors.storedDims(bound.inputs.data);
    if (dims === undefined || context.values.sizedDims(bound.outputs.output) === undefined) {
      return unfitValue;
    }
    const parts = slicesAt(bound, node.inputs, dims, (i) => context.values.numbers(node.inputs[i]));
    if (parts === undefined) return 'bounds that are computed';
    takePart(context, node, bound.inputs.data, bound.outputs.output, parts);
    return undefined;
  },
);

const lowerSplit = defineLowering(
  splitting.Split,
  kernelsOf(anyElements, ['an output without a name']),
  (context, node, { attributes, inputs }) => {
    const dims = context.tensors.storedDims(inputs.input);
    const isOpen = (value: Value | undefined) => value !== undefined && context.values.dims(value) === undefined;
    if (dims === undefined || node.outputs.some(isOpen)) return unfitValue;
    const axis = normalizeAxis(attributes.axis, dims.length);
    let first = 0;
    // An output that nobody reads has a size all the same: its type has it.
    for (const value of node.outputs) {
      const onto = value && context.values.dims(value);
      if (onto === undefined) return 'an output without a name';
      if (elementCount(onto) === 0) {
        const source = context.tensors.stored(inputs.input);
        const part = { whole: source, offset: 0 };
        context.tensors.setResidency(value!, new RowMajorTensor(value!.name, 0, part, undefined, source.cells));
        continue;
      }
      const parts = dims.map((size, i) =>
        i === axis ? { first, step: 1, count: onto[i]! } : { first: 0, step: 1, count: size },
      );
      takePart(context, node, inputs.input, value!, parts);
      first += onto[axis]!;
    }
    return undefined;
  },
);

/** The part [n, c, h, w] of a value, in the layout that the value has. */
export function takePart(
  context: LoweringContext,
  node: Node,
  value: Value,
  result: Value,
  parts: readonly AxisPart[],
): void {
  const dims = context.values.dims(value)!;
  const elements = elementCount(parts.map(({ count }) => count));
  context.done.add(node);
  const isNhwc8 = prefersNhwc8(context, value);
  const sizes = parts.map(({ count }) => count);
  const source = sourceTensor(context, value, isNhwc8);
  const offsetIn = (strides: readonly number[]) =>
    parts.reduce((sum, { first }, axis) => sum + first * strides[axis]!, 0);
  if (source.layout === 'row-major') {
    // One position of the first axes, a range of the next, all of the others: that lies in one piece.
    const cut = parts.findIndex(({ count }) => count !== 1);
    const isWhole = parts.every(({ step, count }, axis) => axis <= cut || (step === 1 && count === dims[axis]));
    if (cut < 0 || (isWhole && parts[cut]!.step === 1)) {
      const part = { whole: source, offset: offsetIn(wordStrides(source, dims)) };
      const words = elements * wordsOf(source.cells);
      context.tensors.setResidency(result, new RowMajorTensor(result.name, words, part, undefined, source.cells));
      return;
    }
  }
  const target = targetTensor(context, source, result);
  addCopy(context, {
    node,
    source,
    target,
    elements,
    boxOf: (placement) => {
      const strides = stridesOf(source, dims, placement);
      const from = parts.map(({ step }, axis) => step * strides[axis]!);
      return { axes: boxAxes(sizes, from, stridesOf(target, sizes, placement)), sourceOffset: offsetIn(strides) };
    },
  });
}

export const slicingLowerings: readonly Lowering[] = [lowerSlice, lowerSplit];
