/** Reshape, Flatten, Squeeze, Unsqueeze, Identity: the same elements in the same order under another shape. */
import { fail, type Problem, ProblemError } from '../../diagnostics.js';
import { type Dim, divideExact, floorDiv, mul, rangeOf } from '../../ir/dim.js';
import { integersOf } from '../../ir/numeric.js';
import { constantsOf, dimsOf, symbolicTensor } from '../../ir/quantity.js';
import { elementCountOf, formatShape, isConcrete, type Shape, tensorType } from '../../ir/shape.js';
import { elementCount, type Tensor } from '../../ir/tensor.js';
import { type AttributeSpecs, type AttributeValues, flag, int, ints } from '../attributes.js';
import { unknownShape } from '../creation/target-shape.js';
import {
  defineOperator,
  type InferContext,
  normalizeAxis,
  type Operator,
  type ReferenceContext,
  tensorAt,
} from '../operator.js';
import { normalizeAxes } from './axes.js';
import { listLength, requireList } from './integer-list.js';

interface Reshaping<S extends AttributeSpecs> {
  readonly name: string;
  readonly versions: readonly number[];
  readonly inputs: readonly [number, number];
  readonly attributes: S;
  /** The shape of the result where it can be told. */
  shape(context: InferContext<AttributeValues<S>>): Shape | undefined;
  dims(context: ReferenceContext<AttributeValues<S>>, dims: readonly number[]): readonly number[];
}

function defineReshaping<const S extends AttributeSpecs>({ shape, dims, ...common }: Reshaping<S>): Operator {
  return defineOperator({
    ...common,
    outputs: [1, 1],
    infer: (context) => [tensorType(context.elementType(0), shape(context))],
    symbolic: (context) => {
      const data = context.known(0);
      // The rule is run only where its sizes are numbers: it must not record a constraint twice.
      const target = data && shape(context);
      if (data === undefined || target === undefined || !isConcrete(target)) return undefined;
      // Reported by then; [] keeps the reference from failing as well.
      if (elementCount(target) !== data.elements.length) return [];
      return [symbolicTensor(data.type, target, data.elements)];
    },
    reference: (context) => {
      const data = tensorAt(context, 0);
      return [reshape(data, dims(context, data.dims))];
    },
  });
}

function reshape(tensor: Tensor, dims: readonly number[]): Tensor {
  if (elementCount(dims) !== tensor.size) failCount(tensor.dims, dims);
  return tensor.reshape(dims);
}

function failCount(from: Shape, to: Shape, hint?: string): never {
  throw new ProblemError(countProblem(from, to, hint));
}

function countProblem(from: Shape, to: Shape, hint?: string): Problem {
  return {
    code: 'US1206',
    message: `${formatShape(from)} cannot become ${formatShape(to)}`,
    expected: `${elementCountOf(from)} elements`,
    actual: to.includes(-1) ? formatShape(to) : `${elementCountOf(to)}`,
    hint,
  };
}

/** A target as the model writes it: 0 copies the size of that axis unless `allowzero`, −1 is what is left. */
function copyZeros(target: readonly Dim[], data: Shape, allowZero: boolean): Dim[] {
  return target.map((dim, axis) => {
    if (dim !== 0 || allowZero) return dim;
    return (
      data[axis] ??
      fail('US1206', `the target ${formatShape(target)} copies axis ${axis}, which ${formatShape(data)} does not have`)
    );
  });
}

/** The place of −1. @throws ProblemError for two of them, and for sizes below −1 */
function inferredAxis(target: readonly Dim[]): number {
  const axis = target.indexOf(-1);
  const isMalformed = target.lastIndexOf(-1) !== axis || target.some((dim) => typeof dim === 'number' && dim < -1);
  if (isMalformed)
    fail('US1206', `the target shape ${formatShape(target)} is malformed`, {
      expected: 'at most one -1 and no other negative size',
    });
  return axis;
}

function reshapeShape(
  context: InferContext<{ readonly allowzero: boolean; readonly shape: readonly number[] | undefined }>,
): Shape | undefined {
  const data = context.shape(0);
  const target = knownTarget(context);
  if (target === undefined) {
    const unknown = unknownShape(context, 1, 'the shape is computed at run time');
    // All elements in one row: there is only one size that this can be.
    return data !== undefined && unknown?.length === 1 ? [elementCountOf(data)] : unknown;
  }
  const axis = inferredAxis(target);
  if (data === undefined) {
    const copies = (dim: Dim) => dim === -1 || (dim === 0 && !context.attributes.allowzero);
    return target.map((dim) => (copies(dim) ? context.fresh('the rank of the data is not known') : dim));
  }
  const dims = copyZeros(target, data, context.attributes.allowzero);
  if (axis < 0) {
    unifyCounts(context, data, dims);
    return dims;
  }
  dims[axis] = remainingSize(context, data, dims.toSpliced(axis, 1), dims);
  return dims;
}

function knownTarget(
  context: InferContext<{ readonly shape: readonly number[] | undefined }>,
): readonly Dim[] | undefined {
  if (context.version < 5) return context.attributes.shape ?? [];
  requireList(context, 1, 'shape');
  const known = context.known(1);
  return known && dimsOf(known);
}

function unifyCounts(context: Pick<InferContext<unknown>, 'unify'>, data: Shape, dims: Shape): void {
  const hint = 'a size that was open at the export may have been written into the target: use -1 there';
  context.unify(elementCountOf(data), elementCountOf(dims), 'element counts before and after', {
    otherwise: countProblem(data, dims, hint),
  });
}

/** What −1 stands for: the quotient, which must be whole. */
function remainingSize(
  context: Pick<InferContext<unknown>, 'fresh' | 'unify'>,
  data: Shape,
  others: Shape,
  target: Shape,
): Dim {
  const [count, divisor] = cancel(data, others);
  if (divisor === 0) {
    if (count !== 0) failCount(data, target);
    fail('US1206', `-1 in ${formatShape(target)} has no one value for an empty tensor ${formatShape(data)}`);
  }
  const exact = divideExact(count, divisor);
  if (exact !== undefined) return exact;
  if (typeof divisor === 'number') {
    if (!Number.isSafeInteger(divisor)) failCount(data, target);
    const quotient = floorDiv(count, divisor);
    context.unify(count, mul(quotient, divisor), `the elements of ${formatShape(data)} and a multiple of ${divisor}`, {
      otherwise: countProblem(data, target, `${count} is no multiple of ${divisor}`),
    });
    return quotient;
  }
  return context.fresh(`what is left of ${formatShape(data)} for -1 in ${formatShape(target)}`);
}

/** Both products without the sizes that stand on both sides: a floor that fills an axis cancels as a whole. */
function cancel(data: Shape, others: Shape): readonly [count: Dim, divisor: Dim] {
  const left = [...data];
  const right: Dim[] = [];
  for (const dim of others) {
    const at = dim === 0 ? -1 : left.indexOf(dim);
    if (at < 0) right.push(dim);
    else left.splice(at, 1);
  }
  return [mul(...left), mul(...right)];
}

function reshapeDims(
  context: ReferenceContext<{ readonly allowzero: boolean; readonly shape: readonly number[] | undefined }>,
  data: readonly number[],
): readonly number[] {
  const target = context.version < 5 ? (context.attributes.shape ?? []) : integersOf(tensorAt(context, 1));
  const axis = inferredAxis(target);
  const dims = copyZeros(target, data, context.attributes.allowzero) as number[];
  if (axis >= 0)
    dims[axis] = remainingSize({ fresh: () => 0, unify: (a) => a }, data, dims.toSpliced(axis, 1), dims) as number;
  return dims;
}

/** The axes of Squeeze and Unsqueeze: an attribute before version 13, an input from then on; undefined when not known. */
const axesAttribute = { axes: ints().before(13) };

function knownAxes(
  context: InferContext<{ readonly axes: readonly number[] | undefined }>,
): readonly number[] | 'all' | undefined {
  if (context.version < 13) return context.attributes.axes ?? 'all';
  if (context.inputs[1] === undefined) return 'all';
  requireList(context, 1, 'axes', true);
  const known = context.known(1);
  return known && constantsOf(known);
}

function runAxes(
  context: ReferenceContext<{ readonly axes: readonly number[] | undefined }>,
): readonly number[] | 'all' {
  if (context.version < 13) return context.attributes.axes ?? 'all';
  return context.inputs[1] === undefined ? 'all' : integersOf(context.inputs[1]);
}

/** Fresh sizes where only the number of the axes is known. */
function unknownAxes(
  context: Pick<InferContext<unknown>, 'shape' | 'fresh'>,
  rankOf: (count: number) => number,
): Shape | undefined {
  const count = listLength(context.shape(1));
  if (count === undefined) return undefined;
  return Array.from({ length: Math.max(0, rankOf(count)) }, () => context.fresh('the axes are computed at run time'));
}

function squeezed<D extends Dim>(
  data: readonly D[],
  axes: readonly number[] | 'all',
  check: (dim: D, axis: number) => void,
): D[] {
  if (axes === 'all') return data.filter((dim) => dim !== 1);
  const dropped = new Set(normalizeAxes(axes, data.length));
  for (const axis of dropped) check(data[axis]!, axis);
  return data.filter((_, axis) => !dropped.has(axis));
}

function squeezeProblem(axis: number, data: Shape): Problem {
  return {
    code: 'US1206',
    message: `axis ${axis} of ${formatShape(data)} cannot be squeezed`,
    expected: '1',
    actual: String(data[axis]),
  };
}

function squeezeShape(context: InferContext<{ readonly axes: readonly number[] | undefined }>): Shape | undefined {
  const data = context.shape(0);
  const axes = knownAxes(context);
  if (data === undefined) return undefined;
  if (axes === undefined) return unknownAxes(context, (count) => data.length - count);
  // Which open sizes are 1 decides the rank.
  if (axes === 'all' && !data.every((dim) => rangeOf(dim).min > 1 || typeof dim === 'number')) return undefined;
  return squeezed(data, axes, (dim, axis) => {
    context.unify(dim, 1, `axis ${axis}, which is squeezed, and 1`, { otherwise: squeezeProblem(axis, data) });
  });
}

function unsqueezed<D extends Dim>(data: readonly D[], axes: readonly number[] | 'all', one: D): D[] {
  if (axes === 'all') fail('US1302', 'Unsqueeze needs its axes', { value: 'axes' });
  const rank = data.length + axes.length;
  const added = new Set(normalizeAxes(axes, rank));
  const rest = data[Symbol.iterator]();
  return Array.from({ length: rank }, (_, axis) => (added.has(axis) ? one : rest.next().value!));
}

function flattened<D extends Dim>(data: readonly D[], axis: number, product: (dims: readonly D[]) => D): D[] {
  // One past the last axis is allowed, unlike elsewhere.
  const place = axis === data.length ? axis : normalizeAxis(axis, Math.max(1, data.length));
  return [product(data.slice(0, place)), product(data.slice(place))];
}

export const reshaping: readonly Operator[] = [
  defineReshaping({
    name: 'Reshape',
    versions: [1, 5, 13, 14, 19, 21, 23, 24, 25],
    inputs: [1, 2],
    attributes: { allowzero: flag(false).from(14), shape: ints().before(5) },
    shape: reshapeShape,
    dims: reshapeDims,
  }),
  defineReshaping({
    name: 'Flatten',
    versions: [1, 9, 11, 13, 21, 23, 24, 25],
    inputs: [1, 1],
    attributes: { axis: int(1) },
    shape: (context) => {
      const data = context.shape(0);
      if (data === undefined) return [context.fresh('the rank is not known'), context.fresh('the rank is not known')];
      return flattened(data, context.attributes.axis, elementCountOf);
    },
    dims: (context, data) => flattened(data, context.attributes.axis, elementCount),
  }),
  defineReshaping({
    name: 'Squeeze',
    versions: [1, 11, 13, 21, 23, 24, 25],
    inputs: [1, 2],
    attributes: axesAttribute,
    shape: squeezeShape,
    dims: (context, data) =>
      squeezed(data, runAxes(context), (dim, axis) => {
        if (dim !== 1) throw new ProblemError(squeezeProblem(axis, data));
      }),
  }),
  defineReshaping({
    name: 'Unsqueeze',
    versions: [1, 11, 13, 21, 23, 24, 25],
    inputs: [1, 2],
    attributes: axesAttribute,
    shape: (context) => {
      const data = context.shape(0);
      const axes = knownAxes(context);
      if (data === undefined) return undefined;
      if (axes === undefined) return unknownAxes(context, (count) => data.length + count);
      return unsqueezed<Dim>(data, axes, 1);
    },
    dims: (context, data) => unsqueezed(data, runAxes(context), 1),
  }),
  defineReshaping({
    name: 'Identity',
    versions: [1, 13, 14, 16, 19, 21, 23, 24, 25],
    inputs: [1, 1],
    attributes: {},
    shape: (context) => context.shape(0),
    dims: (_, data) => data,
  }),
];
