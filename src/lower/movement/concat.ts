/**
 * Concat. Along the channels of NHWC8, inputs become slices of the wide tensor, so that their producers write into it and
 * nothing is copied, unless an input is a slice of another tensor already. On other axes inputs are copied.
 */
import type { Node, Value } from '../../ir/graph.js';
import { elementCount } from '../../ir/tensor.js';
import { normalizeAxis } from '../../ops/arguments.js';
import { concat } from '../../ops/movement/concat.js';
import { wordsOf } from '../../wasm/kernels/cells.js';
import { isByteTensor, makesBytes } from '../context/bytes.js';
import type { LoweringContext } from '../context/context.js';
import { Nhwc8Tensor, nhwc8Size } from '../context/tensor.js';
import { stridesOf } from '../layouts.js';
import { anyElements, defineLowering, kernelsOf, type Lowering, unfitValue } from '../lowering.js';
import { addCopy, boxAxes } from './copy.js';

const lowerConcat = defineLowering(concat.Concat, kernelsOf(anyElements), (context, node, { attributes, outputs }) => {
  const result = outputs.concat_result;
  const onto = context.values.sizedDims(result);
  const inputs = node.inputs.filter(
    (value) => value !== undefined && elementCount(context.values.dims(value) ?? [0]) > 0,
  );
  if (onto === undefined || inputs.some((value) => context.tensors.storedDims(value) === undefined)) {
    return unfitValue;
  }
  const values = inputs as Value[];
  const axis = normalizeAxis(attributes.axis ?? 1, onto.length);
  const isNhwc8 =
    axis === 1 &&
    nhwc8Size(onto) !== undefined &&
    onto.length > 2 &&
    values.some((value) => context.tensors.isNhwc8(value));
  if (isNhwc8) concatChannels(context, node, values, areInBytes(context, values, result));
  else concatRowMajor(context, node, values, axis);
  return undefined;
});

/** Whether all inputs are in bytes, and each begins at a word of the whole. */
function areInBytes(context: LoweringContext, values: readonly Value[], whole: Value): boolean {
  if (!makesBytes(context, whole)) return false;
  return values.every((value, i) => {
    const isWholeWords = i === values.length - 1 || context.values.dims(value)![1]! % 4 === 0;
    return isWholeWords && isByteTensor(context, value) && context.tensors.isOnlyBytes(value);
  });
}

function concatChannels(context: LoweringContext, node: Node, values: readonly Value[], isBytes: boolean): void {
  const [output] = node.outputs as [Value];
  const whole = isBytes ? context.tensors.makeBytes(output) : context.tensors.makeNhwc8(output);
  let channel = 0;
  for (const value of values) {
    const tensor = isBytes ? context.tensors.bytes(value) : context.tensors.nhwc8(value);
    const { channels } = tensor.size;
    if (tensor.parent === undefined && whole.takeHaloOf(tensor)) tensor.moveInto(whole, channel);
    else {
      const slice = new Nhwc8Tensor(value.name, tensor.size, tensor.bytes);
      slice.moveInto(whole, channel);
      const own = context.values.dims(value)!;
      const dims = isBytes ? own.map((size, i) => (i === 1 ? channels : size)) : own;
      addCopy(context, {
        node,
        source: tensor,
        target: slice,
        elements: elementCount(dims),
        boxOf: (placement) => ({
          axes: boxAxes(dims, stridesOf(tensor, dims, placement), stridesOf(slice, dims, placement)),
        }),
      });
    }
    channel += channels;
  }
  context.done.add(node);
}

function concatRowMajor(context: LoweringContext, node: Node, values: readonly Value[], axis: number): void {
  const onto = context.values.dims(node.outputs[0])!;
  const areFloats = values.every((value) => context.tensors.cells(value) === 'float32');
  const tensors = values.map((value) => (areFloats ? context.tensors.rowMajor(value) : context.tensors.exact(value)));
  const target = context.tensors.makeStored(node.outputs[0]!, tensors[0]!.cells);
  const words = wordsOf(target.cells);
  const rows = elementCount(onto.slice(0, axis));
  const stride = elementCount(onto.slice(axis)) * words;
  let offset = 0;
  for (const [i, source] of tensors.entries()) {
    const run = elementCount(context.values.dims(values[i])!.slice(axis));
    const targetOffset = offset;
    const axes = boxAxes([rows, run], [run * words, words], [stride, words]);
    const boxOf = () => ({ axes, targetOffset });
    addCopy(context, { node, source, target, elements: rows * run, isDisjoint: true, boxOf });
    offset += run * words;
  }
}

export const concatLowerings: readonly Lowering[] = [lowerConcat];
