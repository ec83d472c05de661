/**
 * Pad and Crop. A constant padding is a fill and a copy; the modes that repeat the tensor read pixels by tables, as Resize
 * does.
 */
import type { Node } from '../../ir/graph.js';
import { elementCount } from '../../ir/tensor.js';
import { mostTableEntries } from '../../limits/tables.js';
import { crop } from '../../ops/movement/crop.js';
import { padded, padsAt } from '../../ops/movement/pad.js';
import { paddedAxis, sourceOf } from '../../ops/movement/padding.js';
import type { LoweringContext } from '../context/context.js';
import { nhwc8Size } from '../context/tensor.js';
import type { TensorPlacement } from '../context/unplaced-step.js';
import { prefersNhwc8, sourceTensor, stridesOf, targetTensor } from '../layouts.js';
import { anyElements, defineLowering, floats, kernelsOf, type Lowering, unfitValue } from '../lowering.js';
import { addResample, longTable } from '../resize.js';
import { addCopy, addFill, addIntegerFill, boxAxes } from './copy.js';
import { takePart } from './slice.js';

const wideRepetition = 'a padding by repetition of integers of 32 or 64 bits';

const lowerPad = defineLowering(
  padded.Pad,
  kernelsOf(anyElements, [
    'pads that are computed',
    'negative pads',
    'a padding by repetition of other axes than the spatial ones',
    longTable,
    wideRepetition,
  ]),
  (context, node, bound) => {
    const dims = context.tensors.storedDims(bound.inputs.data);
    if (dims === undefined || context.values.sizedDims(bound.outputs.output) === undefined) {
      return unfitValue;
    }
    const padding = padsAt(bound, node.inputs, dims, (i) => context.values.numbers(node.inputs[i]));
    if (padding === undefined) return 'pads that are computed';
    const { pads, mode, value } = padding;
    const begins = pads.slice(0, dims.length);
    const ends = pads.slice(dims.length);
    if (mode !== 'constant') {
      const isSpatial = dims.length >= 3 && nhwc8Size(dims) !== undefined && begins[0] === 0 && ends[0] === 0;
      if (context.tensors.cells(bound.inputs.data) !== 'float32') return wideRepetition;
      if (!isSpatial || begins[1] !== 0 || ends[1] !== 0 || pads.some((pad) => pad < 0)) {
        return 'a padding by repetition of other axes than the spatial ones';
      }
      if (dims.some((size, axis) => size + begins[axis]! + ends[axis]! > mostTableEntries)) return longTable;
      const tables = dims.slice(2).map((size, i) => {
        const [before, after] = [begins[i + 2]!, ends[i + 2]!];
        const axis = paddedAxis(i + 2, size, before, after, mode);
        const sources = Array.from({ length: size + before + after }, (_, place) => sourceOf(axis, place));
        return { outputs: sources.map((position) => [{ position, weight: 1 }]) };
      });
      addResample(context, node, tables);
      return undefined;
    }
    if (pads.some((pad) => pad < 0)) return 'negative pads';
    const exact = context.values.constant(bound.inputs.constant_value)?.load().data[0];
    padWith(context, node, dims, begins, { value, exact });
    return undefined;
  },
);

function padWith(
  context: LoweringContext,
  node: Node,
  dims: readonly number[],
  begins: readonly number[],
  { value, exact = 0 }: { readonly value: number; readonly exact: string | number | bigint | undefined },
): void {
  const [x, y] = [node.inputs[0]!, node.outputs[0]!];
  const onto = context.values.dims(y)!;
  const isNhwc8 = prefersNhwc8(context, x);
  const source = sourceTensor(context, x, isNhwc8);
  const target = targetTensor(context, source, y);
  const everywhere = (placement: TensorPlacement) => {
    const strides = stridesOf(target, onto, placement);
    return onto.map((size, axis) => ({ size, strides: [strides[axis]!] }));
  };
  if (target.layout === 'row-major' && target.cells !== 'float32') addIntegerFill(context, node, y, target, exact);
  else addFill(context, node, target, value, everywhere, elementCount(onto));
  addCopy(context, {
    node,
    source,
    target,
    elements: elementCount(dims),
    boxOf: (placement) => {
      const to = stridesOf(target, onto, placement);
      return {
        axes: boxAxes(dims, stridesOf(source, dims, placement), to),
        targetOffset: begins.reduce((sum, begin, axis) => sum + begin * to[axis]!, 0),
      };
    },
  });
}

const lowerCrop = defineLowering(
  crop.Crop,
  kernelsOf(floats),
  (context, node, { attributes: { border }, inputs, outputs }) => {
    const [dims, onto] = [context.values.floatDims(inputs.input), context.values.floatDims(outputs.output)];
    if (dims?.length !== 4 || onto === undefined) return unfitValue;
    const first = [0, 0, border[1]!, border[0]!];
    const parts = onto.map((count, axis) => ({ first: first[axis]!, step: 1, count }));
    takePart(context, node, inputs.input, outputs.output, parts);
    return undefined;
  },
);

export const paddingLowerings: readonly Lowering[] = [lowerCrop, lowerPad];
