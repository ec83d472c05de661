/** Unique: the distinct elements, or slices of an axis. */

import { elementCountOf } from '../../ir/element-count-of.js';
import { maxKnownElements, tensorFromSymbolic } from '../../ir/quantity.js';
import { type Shape, type TensorType, tensorType } from '../../ir/shape.js';
import { allocateLike, elementCount, int64, Tensor } from '../../ir/tensor.js';
import { normalizeAxis, tensorAt } from '../arguments.js';
import { allocateChecked } from '../creation/target-shape.js';
import type { InferContext } from '../infer-context.js';
import { defineOperator, type Operator } from '../operator.js';
import { ascending } from './order.js';
import { uniqueSchema } from './schemas.js';

interface UniqueAttributes {
  readonly axis: number | undefined;
  readonly sorted: boolean;
}

/** Positions along an axis with equal slices. */
interface Group {
  /** The first position. */
  readonly first: number;
  /** The range of these positions in the sorted list of all positions. */
  readonly start: number;
  readonly count: number;
}

/** The input as slices along one axis; without an axis, every element is a slice. */
interface Slices {
  readonly dims: readonly number[];
  readonly axis: number;
  readonly count: number;
  /** The row-major index of element `i` of the slice at `position`. */
  place(position: number, i: number): number;
  readonly length: number;
}

function slicesOf(source: readonly number[], along: number | undefined): Slices {
  const dims = along === undefined ? [elementCount(source)] : source;
  const axis = along === undefined ? 0 : normalizeAxis(along, source.length);
  const count = dims[axis]!;
  const inner = elementCount(dims.slice(axis + 1));
  const length = elementCount(dims.slice(0, axis)) * inner;
  const place = (position: number, i: number) => (Math.floor(i / inner) * count + position) * inner + (i % inner);
  return { dims, axis, count, place, length };
}

/**
 * Positions in ascending order of their slices, and the groups among them, ascending or in the order of their first
 * positions.
 */
function groupEqual(
  tensor: Tensor,
  { count, place, length }: Slices,
  sorted: boolean,
): { readonly order: Float64Array; readonly groups: readonly Group[] } {
  const compareElements = ascending(tensor);
  const compare = (a: number, b: number) => {
    for (let i = 0; i < length; i++) {
      const difference = compareElements(place(a, i), place(b, i));
      if (difference !== 0) return difference;
    }
    return 0;
  };
  const order = allocateChecked('float64', [count]) as Float64Array;
  for (let i = 0; i < count; i++) order[i] = i;
  order.sort((a, b) => compare(a, b) || a - b);
  const groups: Group[] = [];
  let start = 0;
  for (let end = 1; end <= count; end++) {
    if (end < count && compare(order[start]!, order[end]!) === 0) continue;
    groups.push({ first: order[start]!, start, count: end - start });
    start = end;
  }
  if (!sorted) groups.sort((a, b) => a.first - b.first);
  return { order, groups };
}

/**
 * Y, the first position of each distinct slice, the distinct slice of each position, and the number of occurrences.
 */
function unique(tensor: Tensor, { axis: along, sorted }: UniqueAttributes): readonly Tensor[] {
  const slices = slicesOf(tensor.dims, along);
  const { order, groups } = groupEqual(tensor, slices, sorted);
  const dims = slices.dims.map((size, i) => (i === slices.axis ? groups.length : size));
  const target = slicesOf(dims, slices.axis);
  const data = allocateLike(tensor.data, elementCount(dims)) as unknown as unknown[];
  const inverse = new BigInt64Array(slices.count);
  groups.forEach(({ first, start, count }, g) => {
    for (let i = 0; i < slices.length; i++) data[target.place(g, i)] = tensor.data[slices.place(first, i)];
    for (const position of order.subarray(start, start + count)) inverse[position] = BigInt(g);
  });
  const counted = (numbers: readonly number[]) => int64([groups.length], numbers);
  return [
    new Tensor(tensor.type, dims, data as unknown as Tensor['data']),
    counted(groups.map((group) => group.first)),
    new Tensor('int64', [slices.count], inverse),
    counted(groups.map((group) => group.count)),
  ];
}

/** The number of distinct slices, if the values are known. */
function knownCount(context: InferContext<UniqueAttributes>): number | undefined {
  const known = context.known(0);
  const tensor = known && tensorFromSymbolic(known);
  const slices = tensor && slicesOf(tensor.dims, context.attributes.axis);
  if (tensor === undefined || slices === undefined || slices.count > maxKnownElements) return undefined;
  return groupEqual(tensor, slices, false).groups.length;
}

function inferUnique(context: InferContext<UniqueAttributes>): readonly TensorType[] {
  const shape = context.shape(0);
  const { axis: along } = context.attributes;
  const axis = along === undefined || shape === undefined ? undefined : normalizeAxis(along, shape.length);
  const count = knownCount(context) ?? context.fresh('the number of different elements shows at run time');
  const flat: Shape = [count];
  const y = along === undefined ? flat : shape?.map((size, i) => (i === axis ? count : size));
  const positions = shape && (axis === undefined ? elementCountOf(shape) : shape[axis]!);
  const inverse = positions ?? context.fresh('the size of the input is not known');
  return [
    tensorType(context.elementType(0), y),
    tensorType('int64', flat),
    tensorType('int64', [inverse]),
    tensorType('int64', flat),
  ];
}

export const uniques: readonly Operator[] = [
  defineOperator({
    ...uniqueSchema,
    infer: inferUnique,
    reference: (context) => unique(tensorAt(context, 0), context.attributes),
  }),
];
