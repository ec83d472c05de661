/** Shapes that come as data, for operators that create a tensor of a given shape. */
import { defineProblem, fail } from '../../diagnostics.js';
import { type Dim, hasUnknown, rangeOf, symbol, symbolNameOf, symbolsOf } from '../../ir/dim.js';
import { type ElementType, elementTypeFacts } from '../../ir/element-type.js';
import { isDim, type Quantity } from '../../ir/quantity.js';
import { formatShape, type Shape } from '../../ir/shape.js';
import { allocate, elementCount, type TensorData } from '../../ir/tensor.js';
import type { InferContext } from '../infer-context.js';

/**
 * The most bytes of a created tensor; larger ones are mistakes in the data or the model. Half of what WebAssembly can
 * address, so that an accepted one can also be computed with.
 */
const maxBytes = 2 ** 31;

/** Approximate bytes of a JavaScript string in an array. */
const bytesOfString = 64;

const negativeTargetSize = defineProblem('US1207', { target: 'string', shape: 'shape' }, ({ target, shape }) => ({
  message: `${target} has a negative size`,
  value: target,
  expected: 'sizes of at least 0',
  actual: formatShape(shape),
}));

/** @throws ProblemError US1207 for a size that is negative for all values of its symbols */
export function checkSizes(dims: readonly Dim[], what: string): void {
  if (dims.every((dim) => rangeOf(dim).max >= 0)) return;
  fail(negativeTargetSize({ target: what, shape: dims }));
}

/** More axes than any model has, so that a file cannot make inference create millions of symbols. */
const maxRank = 256;

/** A fresh size for each element of input `i`, which is a shape; undefined if its length is unknown. */
export function unknownShape(
  context: Pick<InferContext<unknown>, 'shape' | 'fresh'>,
  i: number,
  reason: (place: number) => string,
): Shape | undefined {
  const rank = context.shape(i)?.[0];
  if (typeof rank !== 'number' || rank > maxRank) return undefined;
  return Array.from({ length: rank }, (_, place) => context.fresh(reason(place)));
}

/** The integers of input `i`, undefined for those that only a run knows; undefined if none is known. */
export function partlyKnownDims(
  context: Pick<InferContext<unknown>, 'partlyKnown'>,
  i: number,
): readonly (Dim | undefined)[] | undefined {
  const known = context.partlyKnown(i);
  const elements = known?.elements.map((element) => (isDim(element) && !hasUnknown(element) ? element : undefined));
  return elements?.some((element) => element !== undefined) ? elements : undefined;
}

/**
 * The sizes that input `i` lists, with fresh symbols for those that only a run knows, equal ones for equal elements;
 * undefined if not even their number is known.
 */
export function requestedShape(
  context: Pick<InferContext<unknown>, 'shape' | 'fresh' | 'partlyKnown'>,
  i: number,
  reason: (place: number) => string,
): Shape | undefined {
  const known = context.partlyKnown(i);
  if (known === undefined) return unknownShape(context, i, reason);
  const sizes = new Map<Quantity, Dim>();
  return known.elements.map((element, place) => {
    if (isDim(element) && !hasUnknown(element)) return element;
    const size = sizes.get(element) ?? sizeOf(element) ?? context.fresh(reason(place));
    sizes.set(element, size);
    return size;
  });
}

/** An unknown integer that turns out to be a size, the same symbol wherever it is one. */
function sizeOf(element: Quantity): Dim | undefined {
  const name = isDim(element) ? symbolNameOf(element) : undefined;
  const reason = name === undefined ? undefined : symbolsOf(element as Dim).get(name)?.reason;
  return name !== undefined && reason !== undefined ? symbol(name, { min: 0, reason }) : undefined;
}

/** @throws ProblemError US1207 for a negative size, US2007 if the tensor would be too large */
export function checkTensorSize(type: ElementType, dims: readonly number[]): void {
  checkSizes(dims, 'shape');
  if (bytesOf(type, dims) > maxBytes) failTooLarge(type, dims);
}

/** Zeroed storage. @throws ProblemError as `checkTensorSize` does, and if memory does not suffice */
export function allocateChecked(type: ElementType, dims: readonly number[]): TensorData {
  checkTensorSize(type, dims);
  try {
    return allocate(type, elementCount(dims));
  } catch (error) {
    if (error instanceof RangeError) failTooLarge(type, dims);
    throw error;
  }
}

function bytesOf(type: ElementType, dims: readonly number[]): number {
  const bytes = type === 'string' ? bytesOfString : Math.max(1, elementTypeFacts(type).bits / 8);
  return elementCount(dims) * bytes;
}

const tensorTooLarge = defineProblem(
  'US2007',
  { type: 'string', shape: 'shape', bytes: 'integer' },
  ({ type, shape, bytes }) => ({
    message: `a ${type} tensor of shape ${formatShape(shape)} is too large`,
    expected: `at most ${maxBytes / 2 ** 30} GiB, and that much memory`,
    actual: `${(bytes / 2 ** 30).toFixed(1)} GiB`,
    hint: 'check the data that the shape is computed from',
  }),
);

function failTooLarge(type: ElementType, dims: readonly number[]): never {
  fail(tensorTooLarge({ type, shape: dims, bytes: bytesOf(type, dims) }));
}
