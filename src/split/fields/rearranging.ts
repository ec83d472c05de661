/** Operators that move elements: transposes, reshapes, slices, pads, joins and splits. */
import { type Dim, mul } from '../../ir/dim.js';
import type { Shape } from '../../ir/shape.js';
import { gathering } from '../../ops/indexing/gather.js';
import { concat as concatOperator, joinedAxis } from '../../ops/movement/concat.js';
import { crop as cropOperator } from '../../ops/movement/crop.js';
import { padded, padsAt } from '../../ops/movement/pad.js';
import { slicesAt, slicing } from '../../ops/movement/slice.js';
import { splitting } from '../../ops/movement/split.js';
import { squeezing } from '../../ops/movement/squeeze.js';
import { axesInOrder, transposing } from '../../ops/movement/transpose.js';
import { countedAxis, sameAxes } from './elementwise.js';
import { type AxisReads, own, reads } from './reads.js';
import {
  type AxisSource,
  type NamedReads,
  NoReads,
  type OutputReads,
  oneOutput,
  type RuleContext,
  sizeOf,
} from './rule.js';

function transpose({ bound, shape }: RuleContext): OutputReads {
  const order = axesInOrder(bound(transposing.Transpose).attributes.perm, shape(0).length);
  return order.map((axis) => [{ input: 0, axis, reads: own }]);
}

/** Products of the sizes before each axis. */
function prefixes(shape: Shape): Dim[] {
  let product: Dim = 1;
  return shape.map((dim) => {
    const before = product;
    product = mul(product, dim);
    return before;
  });
}

/**
 * In row-major order an axis remains an axis if the number of elements before it stays the same. It may keep its size,
 * absorb the axes after it, or be split into blocks.
 */
function reshaped({ shape, outputShape }: RuleContext): OutputReads {
  const [from, to] = [shape(0), outputShape(0)];
  const [before, after] = [prefixes(from), prefixes(to)];
  const axes = to.map((): AxisSource[] => []);
  from.forEach((dim, axis) => {
    const candidates = to.flatMap((size, onto) => {
      const found = after[onto] === before[axis] ? resized(from, axis, to, onto) : undefined;
      return found === undefined ? [] : [{ onto, reads: found, isSame: size === dim }];
    });
    const same = candidates.filter(({ isSame }) => isSame);
    // Axes of one position have the same number of elements before them, so several axes may match.
    const found =
      same.find(({ onto }) => to.length - onto === from.length - axis) ??
      same.find(({ onto }) => onto === axis) ??
      same[0] ??
      candidates[0];
    if (found !== undefined) axes[found.onto]!.push({ input: 0, axis, reads: found.reads });
  });
  return axes;
}

function resized(from: Shape, axis: number, to: Shape, onto: number): AxisReads | undefined {
  if (from[axis] === to[onto]) return own;
  const merged = factor(from[axis]!, from.slice(axis + 1), to[onto]!);
  if (merged !== undefined) return reads(1, 0, 0, merged);
  const parted = factor(to[onto]!, to.slice(onto + 1), from[axis]!);
  return parted === undefined ? undefined : reads(parted, 0, parted - 1);
}

/** The product of the leading numbers of `next` that multiplies `dim` to `whole`. */
function factor(dim: Dim, next: Shape, whole: Dim): number | undefined {
  let product = 1;
  for (const size of next) {
    if (typeof size !== 'number') return undefined;
    product *= size;
    if (product > 1 && mul(dim, product) === whole) return product;
  }
  return undefined;
}

/** Axes of one position are removed or added. The operator says which ones, so none is taken for another. */
function squeezed(context: RuleContext): OutputReads {
  const { node, shape, outputShape } = context;
  const [from, to] = [shape(0), outputShape(0)];
  const isSqueeze = node.opType === 'Squeeze';
  const longer = isSqueeze ? from : to;
  const { version, attributes, inputs } = isSqueeze
    ? context.bound(squeezing.Squeeze)
    : context.bound(squeezing.Unsqueeze);
  const given = version >= 13 ? context.numbers(1) : attributes.axes;
  if (given === undefined && inputs.axes !== undefined) throw new NoReads('takes axes that are computed');
  const axes = given?.map((axis) => countedAxis(axis, longer.length));
  const gone = (axis: number) => axes?.includes(axis) ?? longer[axis] === 1;
  const kept = longer.flatMap((_, axis) => (gone(axis) ? [] : [axis]));
  if (isSqueeze) return kept.map((axis) => [{ input: 0, axis, reads: own }]);
  return to.map((_, axis) => {
    const source = kept.indexOf(axis);
    return source < 0 ? [] : [{ input: 0, axis: source, reads: own }];
  });
}

function slice(context: RuleContext): OutputReads {
  const { node } = context;
  const shape = context.shape(0);
  const slices = slicesAt(context.bound(slicing.Slice), node.inputs, shape.map(sizeOf), (i) => context.numbers(i));
  if (slices === undefined) throw new NoReads('slices at bounds that are computed');
  const steps = sliceSteps(context, shape.length);
  return shape.map((_, axis) => {
    const { first } = slices[axis]!;
    const step = steps.get(axis) ?? 1;
    return step < 1 ? [] : [{ input: 0, axis, reads: reads(step, first, first) }];
  });
}

/** Steps by axis as the node states them, even for slices of one position. */
function sliceSteps({ bound, numbers }: RuleContext, rank: number): ReadonlyMap<number, number> {
  const steps = (bound(slicing.Slice).version < 10 ? undefined : numbers(4)) ?? [];
  const axes = numbers(3) ?? steps.map((_, i) => i);
  return new Map(steps.map((step, i) => [countedAxis(axes[i]!, rank), step]));
}

function pad(context: RuleContext): OutputReads {
  const { node } = context;
  const shape = context.shape(0);
  // The value of the padding does not matter here.
  const found = padsAt(context.bound(padded.Pad), node.inputs, shape.map(sizeOf), (i) =>
    i === 2 ? [0] : context.numbers(i),
  );
  if (found === undefined) throw new NoReads('pads by amounts that are computed');
  const { pads, mode } = found;
  return shape.map((_, axis) => {
    const [before, after] = [pads[axis]!, pads[axis + shape.length]!];
    if (mode === 'wrap' && (before > 0 || after > 0)) return [];
    const shifted = reads(1, -before, -before);
    const borders = { before: Math.max(0, before), after: Math.max(0, after) };
    const isFilled = mode === 'constant' || (borders.before === 0 && borders.after === 0);
    const mirrored = mode === 'reflect' ? borders : { before: 0, after: 0 };
    return [{ input: 0, axis, reads: isFilled ? shifted : { ...shifted, mirrored } }];
  });
}

/** Crop of the operator sets below 10: left, top, right, bottom. */
function crop({ bound, shape }: RuleContext): OutputReads {
  const [left, top] = bound(cropOperator.Crop).attributes.border;
  if (left === undefined || top === undefined) throw new NoReads('has no border');
  return sameAxes(shape(0).length).map((sources, axis) => {
    if (axis < 2) return sources;
    const begin = axis === 2 ? top : left;
    return [{ input: 0, axis, reads: reads(1, begin, begin) }];
  });
}

function concat({ node, bound, outputShape }: RuleContext): OutputReads {
  const output = outputShape(0);
  const joined = joinedAxis(bound(concatOperator.Concat), output.length);
  return output.map((_, axis) =>
    axis === joined && node.inputs.length > 1
      ? []
      : node.inputs.flatMap((value, input) => (value === undefined ? [] : [{ input, axis, reads: own }])),
  );
}

function split({ node, bound, shape }: RuleContext): readonly OutputReads[] {
  const rank = shape(0).length;
  const axes = sameAxes(rank, [countedAxis(bound(splitting.Split).attributes.axis, rank)]);
  return node.outputs.map(() => axes);
}

function expand({ shape, outputShape }: RuleContext): OutputReads {
  const [from, to] = [shape(0), outputShape(0)];
  const first = to.length - from.length;
  return to.map((dim, axis) => {
    const source = axis - first;
    if (source < 0 || (from[source] === 1 && dim !== 1)) return [];
    return [{ input: 0, axis: source, reads: own }];
  });
}

function tile(context: RuleContext): OutputReads {
  const shape = context.shape(0);
  const repeats = context.numbers(1);
  if (repeats?.length !== shape.length) throw new NoReads('repeats as often as is computed');
  return sameAxes(
    shape.length,
    repeats.flatMap((count, axis) => (count === 1 ? [] : [axis])),
  );
}

function gather({ bound, shape }: RuleContext): OutputReads {
  const [data, indices] = [shape(0), shape(1)];
  const at = countedAxis(bound(gathering.Gather).attributes.axis, data.length);
  const source = (input: number) => (_: Dim, axis: number) => [{ input, axis, reads: own }];
  const kept = data.map(source(0));
  return [...kept.slice(0, at), ...indices.map(source(1)), ...kept.slice(at + 1)];
}

const folding = 'folds other axes with';

export const rearrangingReads: readonly NamedReads[] = [
  ['Transpose', oneOutput('reorders', transpose)],
  ['Reshape', oneOutput(folding, reshaped, [1])],
  ['Flatten', oneOutput(folding, reshaped)],
  ['Squeeze', oneOutput(folding, squeezed, [1])],
  ['Unsqueeze', oneOutput(folding, squeezed, [1])],
  ['Slice', oneOutput('turns round', slice, [1, 2, 3, 4])],
  ['Pad', oneOutput('wraps round', pad, [1, 3])],
  ['Crop', oneOutput('crops', crop)],
  ['Concat', oneOutput('joins tensors along', concat)],
  ['Split', { parameters: [1], whole: 'parts', rule: split }],
  ['Expand', oneOutput('repeats', expand, [1])],
  ['Tile', oneOutput('repeats', tile, [1])],
  ['Gather', oneOutput('picks positions of', gather)],
];
