/** Reshape, Flatten, Identity. */
import { defineProblem, fail } from '../../diagnostics.js';
import { withoutFloors } from '../../ir/dim/whole.js';
import { type Dim, divideExact, floorDiv, mul, symbol } from '../../ir/dim.js';
import { elementCountOf } from '../../ir/element-count-of.js';
import { integersOf } from '../../ir/numeric.js';
import { formatShape, type Shape } from '../../ir/shape.js';
import { elementCount } from '../../ir/tensor.js';
import { normalizeAxis, tensorAt } from '../arguments.js';
import { flag, int, ints } from '../attributes.js';
import { partlyKnownDims, unknownShape } from '../creation/target-shape.js';
import { requireNonEmpty } from '../elementwise/symbolic.js';
import type { InferContext } from '../infer-context.js';
import { family, type ReferenceContext } from '../operator.js';
import { required } from '../signature.js';
import { anyType, int64s, reals } from '../type-set.js';
import { countProblem, defineReshaping, failCount } from './define-reshaping.js';
import { requireList } from './integer-list.js';

const copiedAxisAbsent = defineProblem(
  'US1206',
  { target: 'shape', axis: 'integer', data: 'shape' },
  ({ target, axis, data }) => ({
    message: `the target ${formatShape(target)} copies axis ${axis}, which ${formatShape(data)} does not have`,
  }),
);

/** Replaces 0 in the target by the size of that axis, unless `allowzero` is set. */
function copyZeros(target: readonly Dim[], data: Shape, allowZero: boolean): Dim[] {
  return target.map((dim, axis) => {
    if (dim !== 0 || allowZero) return dim;
    return data[axis] ?? failCopied(target, axis, data);
  });
}

const targetMalformed = defineProblem('US1206', { target: 'shape' }, ({ target }) => ({
  message: `the target shape ${formatShape(target)} is malformed`,
  expected: 'at most one -1 and no other negative size',
}));

/** The index of −1. @throws ProblemError for two of them, and for sizes below −1 */
function inferredAxis(target: readonly Dim[]): number {
  const axis = target.indexOf(-1);
  const isMalformed = target.lastIndexOf(-1) !== axis || target.some((dim) => typeof dim === 'number' && dim < -1);
  if (isMalformed) fail(targetMalformed({ target }));
  return axis;
}

function reshapeShape(
  context: InferContext<{ readonly allowzero: boolean; readonly shape: readonly number[] | undefined }>,
): Shape | undefined {
  const data = context.shape(0);
  const known = knownTarget(context);
  if (known === undefined) {
    const unknown = unknownShape(context, 1, () => reason);
    // A target of rank 1 has only one possible size.
    return data !== undefined && unknown?.length === 1 ? [elementCountOf(data)] : unknown;
  }
  if (known.filter((dim) => dim === undefined || dim === -1).length > 1) return partOf(context, data, known);
  // One element that is not known stands for what the others leave, as -1 does.
  const target = known.map((dim) => dim ?? -1);
  const axis = inferredAxis(target);
  if (data === undefined) {
    const copies = (dim: Dim) => dim === -1 || (dim === 0 && !context.attributes.allowzero);
    return target.map((dim) => (copies(dim) ? context.fresh('the rank of the data is not known') : dim));
  }
  if (!context.attributes.allowzero) requireUncopied(context, target, data);
  const dims = copyZeros(target, data, context.attributes.allowzero);
  if (axis >= 0 && known[axis] === undefined && dims.includes(0)) return partOf(context, data, known);
  if (axis < 0) {
    unifyCounts(context, data, dims);
    return dims;
  }
  dims[axis] = remainingSize(context, data, dims.toSpliced(axis, 1), dims);
  return dims;
}

/** A size of the target that is 0 would copy the data's in its place, which is not what was computed. */
function requireUncopied(context: InferContext<unknown>, target: readonly Dim[], data: Shape): void {
  target.forEach((dim, axis) => {
    if (dim === data[axis]) return;
    requireNonEmpty(context, dim, `size ${axis} of the target`, () => copiedAxisAbsent({ target, axis, data }));
  });
}

const reason = 'the shape is computed at run time';

/** Of a target with several open sizes: the ones that are known. */
function partOf(
  context: InferContext<{ readonly allowzero: boolean }>,
  data: Shape | undefined,
  target: readonly (Dim | undefined)[],
): Shape {
  inferredAxis(target.map((dim) => dim ?? 1));
  const { allowzero } = context.attributes;
  return target.map((dim, axis) => {
    const isCopied = dim === 0 && !allowzero;
    if (isCopied && data !== undefined) return data[axis] ?? failCopied(target, axis, data);
    return dim === undefined || dim === -1 || isCopied ? context.fresh(reason) : dim;
  });
}

/** The elements of the target, undefined for those that only a run knows. */
function knownTarget(
  context: InferContext<{ readonly shape: readonly number[] | undefined }>,
): readonly (Dim | undefined)[] | undefined {
  if (context.version < 5) return context.attributes.shape ?? [];
  requireList(context, 1, 'shape');
  return context.shape(1)?.[0] === 0 ? [] : partlyKnownDims(context, 1);
}

function failCopied(target: readonly (Dim | undefined)[], axis: number, data: Shape): never {
  fail(copiedAxisAbsent({ target: target.map((dim) => dim ?? symbol('?')), axis, data }));
}

function unifyCounts(context: Pick<InferContext<unknown>, 'unify'>, data: Shape, dims: Shape): void {
  const hint = 'a size that was open at the export may have been written into the target: use -1 there';
  context.unify(elementCountOf(data), elementCountOf(dims), 'element counts before and after', {
    otherwise: () => countProblem(data, dims, hint),
  });
}

const noOneValue = defineProblem('US1206', { target: 'shape', data: 'shape' }, ({ target, data }) => ({
  message: `-1 in ${formatShape(target)} has no one value for an empty tensor ${formatShape(data)}`,
}));

/** The size that −1 stands for: the quotient, which must be an integer. */
function remainingSize(
  context: Pick<InferContext<unknown>, 'fresh' | 'unify' | 'quotient' | 'atLeast'>,
  data: Shape,
  others: Shape,
  target: Shape,
): Dim {
  for (const dim of others) requireNonEmpty(context, dim, 'the sizes beside -1', () => noOneValue({ target, data }));
  const [count, divisor] = cancel(data, others);
  if (divisor === 0) {
    if (count !== 0) failCount(data, target);
    fail(noOneValue({ target, data }));
  }
  const exact = divideExact(count, divisor);
  if (exact !== undefined) return exact;
  if (typeof divisor === 'number') {
    if (!Number.isSafeInteger(divisor)) failCount(data, target);
    const quotient = floorDiv(count, divisor);
    context.unify(count, mul(quotient, divisor), `the elements of ${formatShape(data)} and a multiple of ${divisor}`, {
      otherwise: () => countProblem(data, target, `${count} is no multiple of ${divisor}`),
    });
    return quotient;
  }
  const quotient = wholeQuotient(count, divisor);
  if (quotient !== undefined) {
    context.unify(count, mul(quotient, divisor), `the elements of ${formatShape(data)} and of ${formatShape(target)}`, {
      otherwise: () => countProblem(data, target),
    });
    return quotient;
  }
  const known = context.quotient(count, divisor);
  if (known !== undefined) return known;
  return context.fresh(`what is left of ${formatShape(data)} for -1 in ${formatShape(target)}`);
}

/**
 * The quotient of two products where all floors in them are of multiples: n·h·w / (4·floor(h/2)·floor(w/2)) is n. The
 * model was exported with sizes of that kind.
 */
function wholeQuotient(count: Dim, divisor: Dim): Dim | undefined {
  const [a, b] = [withoutFloors(count), withoutFloors(divisor)];
  return a && b && divideExact(mul(a.numerator, b.denominator), mul(b.numerator, a.denominator));
}

/** Both products without the sizes that they share, so that a size such as floor(H/2) cancels as a whole. */
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
    dims[axis] = remainingSize(
      { fresh: () => 0, unify: (a) => a, quotient: () => undefined, atLeast: (a) => a },
      data,
      dims.toSpliced(axis, 1),
      dims,
    ) as number;
  return dims;
}

function flattened<D extends Dim>(data: readonly D[], axis: number, product: (dims: readonly D[]) => D): D[] {
  // Unlike elsewhere, one past the last axis is allowed.
  const place = axis === data.length ? axis : normalizeAxis(axis, Math.max(1, data.length));
  return [product(data.slice(0, place)), product(data.slice(place))];
}

export const reshaping = family(
  defineReshaping({
    name: 'Reshape',
    versions: [1, 5, 13, 14, 19, 21, 23, 24, 25],
    inputs: [required('data', 'T'), required('shape', int64s).from(5)],
    outputs: [required('reshaped', 'T')],
    types: { T: anyType },
    attributes: { allowzero: flag(false).from(14), shape: ints().before(5) },
    shape: reshapeShape,
    dims: reshapeDims,
  }),
  defineReshaping({
    name: 'Flatten',
    versions: [1, 9, 11, 13, 21, 23, 24, 25],
    inputs: [required('input', 'T')],
    outputs: [required('output', 'T')],
    types: { T: reals.from(9, anyType) },
    attributes: { axis: int(1) },
    shape: (context) => {
      const data = context.shape(0);
      if (data === undefined) return [context.fresh('the rank is not known'), context.fresh('the rank is not known')];
      return flattened(data, context.attributes.axis, elementCountOf);
    },
    dims: (context, data) => flattened(data, context.attributes.axis, elementCount),
  }),
  defineReshaping({
    name: 'Identity',
    versions: [1, 13, 14, 16, 19, 21, 23, 24, 25],
    inputs: [required('input', 'T').orSequence(14).orOptional(16)],
    outputs: [required('output', 'T').orSequence(14).orOptional(16)],
    types: { T: anyType },
    isElementwise: true,
    attributes: {},
    shape: (context) => context.shape(0),
    dims: (_, data) => data,
  }),
);
