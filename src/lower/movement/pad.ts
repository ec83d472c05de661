/**
 * Pad and Crop. A constant padding is a fill and a copy; the modes that repeat the tensor read pixels by tables, as Resize
 * does.
 */
import type { Node, Value } from '../../ir/graph.js';
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

const manyRuns = 'a padding that repeats axes many times';
/** Copies at most that make one. */
const mostRuns = 64;

/** Neighboring places of a padded axis whose sources lie at one distance: the next, the one before, or the same. */
interface Run {
  readonly place: number;
  readonly source: number;
  readonly step: number;
  readonly count: number;
}

function runsOf(sources: readonly number[]): Run[] {
  const runs: Run[] = [];
  for (let place = 0; place < sources.length; ) {
    const source = sources[place]!;
    const step = place + 1 < sources.length ? sources[place + 1]! - source : 1;
    let count = 1;
    while (Math.abs(step) <= 1 && sources[place + count] === source + count * step) count++;
    runs.push({ place, source, step: count === 1 ? 1 : step, count });
    place += count;
  }
  return runs;
}

/** Copies of boxes, in whatever order the elements of each are read. */
function repeatByRuns(
  context: LoweringContext,
  node: Node,
  sources: readonly (readonly number[])[],
): typeof manyRuns | undefined {
  const runs = sources.map(runsOf);
  if (runs.reduce((product, { length }) => product * length, 1) > mostRuns) return manyRuns;
  let boxes: readonly (readonly Run[])[] = [[]];
  for (const axis of runs) boxes = boxes.flatMap((box) => axis.map((run) => [...box, run]));
  const [x, y] = [node.inputs[0]!, node.outputs[0]!];
  const [dims, onto] = [context.values.dims(x)!, context.values.dims(y)!];
  const source = sourceTensor(context, x, false);
  const target = targetTensor(context, source, y);
  for (const box of boxes)
    addCopy(context, {
      node,
      source,
      target,
      elements: box.reduce((product, { count }) => product * count, 1),
      isDisjoint: true,
      boxOf: (placement) => {
        const [from, to] = [stridesOf(source, dims, placement), stridesOf(target, onto, placement)];
        const at = (strides: readonly number[], key: 'source' | 'place') =>
          box.reduce((sum, run, axis) => sum + run[key] * strides[axis]!, 0);
        return {
          axes: box.map(({ count, step }, axis) => ({ size: count, strides: [from[axis]! * step, to[axis]!] })),
          sourceOffset: at(from, 'source'),
          targetOffset: at(to, 'place'),
        };
      },
    });
  return undefined;
}

const lowerPad = defineLowering(
  padded.Pad,
  kernelsOf(anyElements, ['pads that are computed', 'negative pads', longTable, manyRuns]),
  (context, node, bound) => {
    const dims = context.tensors.storedDims(bound.inputs.data);
    if (dims === undefined || context.values.sizedDims(bound.outputs.output) === undefined) {
      return unfitValue;
    }
    const fill = bound.inputs.constant_value;
    const isComputed = fill !== undefined && context.values.constant(fill) === undefined;
    if (isComputed && context.tensors.storedDims(fill) === undefined) return unfitValue;
    const numbersAt = (i: number) => (isComputed && i === 2 ? [0] : context.values.numbers(node.inputs[i]));
    const padding = padsAt(bound, node.inputs, dims, numbersAt);
    if (padding === undefined) return 'pads that are computed';
    const { pads, mode, value } = padding;
    const begins = pads.slice(0, dims.length);
    const ends = pads.slice(dims.length);
    if (pads.some((pad) => pad < 0)) return 'negative pads';
    if (mode !== 'constant') {
      if (dims.some((size, axis) => size + begins[axis]! + ends[axis]! > mostTableEntries)) return longTable;
      const sources = dims.map((size, i) => {
        const axis = paddedAxis(i, size, begins[i]!, ends[i]!, mode);
        return Array.from({ length: size + begins[i]! + ends[i]! }, (_, place) => sourceOf(axis, place));
      });
      const isSpatial =
        dims.length >= 3 && nhwc8Size(dims) !== undefined && [0, 1].every((i) => dims[i] === sources[i]!.length);
      if (!isSpatial || context.tensors.cells(bound.inputs.data) !== 'float32')
        return repeatByRuns(context, node, sources);
      const tables = sources.slice(2).map((axis) => ({ outputs: axis.map((position) => [{ position, weight: 1 }]) }));
      addResample(context, node, tables);
      return undefined;
    }
    const exact = context.values.constant(fill)?.load().data[0];
    padWith(context, node, dims, begins, { value, exact, computed: isComputed ? fill : undefined });
    return undefined;
  },
);

interface PaddingValue {
  readonly value: number;
  /** As its type has it. */
  readonly exact: string | number | bigint | undefined;
  /** What it is the only element of, where it is known in a run alone. */
  readonly computed: Value | undefined;
}

function padWith(
  context: LoweringContext,
  node: Node,
  dims: readonly number[],
  begins: readonly number[],
  { value, exact = 0, computed }: PaddingValue,
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
  if (computed !== undefined) {
    const number = context.tensors.stored(computed);
    addCopy(context, {
      node,
      source: number,
      target,
      elements: elementCount(onto),
      boxOf: (placement) => ({
        axes: everywhere(placement).map(({ size, strides: [to] }) => ({ size, strides: [0, to!] })),
      }),
    });
  } else if (target.layout === 'row-major' && target.cells !== 'float32')
    addIntegerFill(context, node, y, target, exact);
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
