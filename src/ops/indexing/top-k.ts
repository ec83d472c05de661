/** TopK: the largest or smallest elements along an axis, with their indices. */

import { defineProblem, fail } from '../../diagnostics.js';
import { type Dim, rangeOf, sub } from '../../ir/dim.js';
import { isDim } from '../../ir/quantity.js';
import { type Shape, tensorType } from '../../ir/shape.js';
import { allocateLike, elementCount, Tensor } from '../../ir/tensor.js';
import { normalizeAxis, shapeOfRank, tensorAt } from '../arguments.js';
import type { InferContext } from '../infer-context.js';
import { defineOperator, type Operator } from '../operator.js';
import { attributeRequired } from '../problems.js';
import { knownScalar, scalarAt } from '../scalar-input.js';
import { ascending } from './order.js';
import { topKSchema } from './schemas.js';

interface TopKAttributes {
  readonly axis: number;
  readonly k: number | undefined;
}

/** The number of elements is an attribute in version 1, and an input since then. */
function attributeK({ k }: TopKAttributes): number {
  if (k !== undefined) return k;
  fail(attributeRequired({ attribute: 'k' }));
}

const tooFewToChoose = defineProblem('US1211', { size: 'size', k: 'size' }, ({ size, k }) => ({
  message: `an axis of size ${size} does not have ${k} elements to choose`,
  value: 'K',
  expected: `0 to ${size}`,
  actual: String(k),
}));

function checkK<D extends Dim>(k: D, size: Dim): D {
  if (rangeOf(k).max >= 0 && rangeOf(sub(k, size)).min <= 0) return k;
  fail(tooFewToChoose({ size, k }));
}

function topKShape(context: InferContext<TopKAttributes>): Shape | undefined {
  const known = context.version < 10 ? attributeK(context.attributes) : knownScalar(context, 1, 'K');
  const shape = shapeOfRank(context, 0, 'X', { min: 1 });
  if (shape === undefined) return undefined;
  const axis = normalizeAxis(context.attributes.axis, shape.length);
  const k = known !== undefined && isDim(known) ? known : context.fresh('K is computed at run time');
  return shape.map((size, i) => (i === axis ? checkK(k, size) : size));
}

/** Equal elements are in the order of their indices. */
function topK(x: Tensor, along: number, k: number, largest: boolean): readonly [Tensor, Tensor] {
  const axis = normalizeAxis(along, x.dims.length);
  const size = x.dims[axis]!;
  checkK(k, size);
  const dims = x.dims.map((length, i) => (i === axis ? k : length));
  const inner = elementCount(dims.slice(axis + 1));
  const outer = elementCount(dims.slice(0, axis));
  const compare = ascending(x);
  const sign = largest ? -1 : 1;
  const values = allocateLike(x.data, elementCount(dims)) as unknown as unknown[];
  const indices = new BigInt64Array(values.length);
  // An empty result has no lines to sort, even if its other axes are long.
  for (let o = 0; o < (values.length === 0 ? 0 : outer); o++) {
    for (let i = 0; i < inner; i++) {
      const placeOf = (position: number) => (o * size + position) * inner + i;
      const order = Array.from({ length: size }, (_, position) => position);
      order.sort((a, b) => sign * compare(placeOf(a), placeOf(b)) || a - b);
      for (let j = 0; j < k; j++) {
        const target = (o * k + j) * inner + i;
        values[target] = x.data[placeOf(order[j]!)];
        indices[target] = BigInt(order[j]!);
      }
    }
  }
  return [new Tensor(x.type, dims, values as unknown as Tensor['data']), new Tensor('int64', dims, indices)];
}

export const topKs: readonly Operator[] = [
  defineOperator({
    ...topKSchema,
    // Without `sorted` any order is allowed, including the sorted one.
    infer: (context) => {
      const shape = topKShape(context);
      return [tensorType(context.elementType(0), shape), tensorType('int64', shape)];
    },
    reference: (context) => {
      const { axis, largest } = context.attributes;
      const k = context.version < 10 ? attributeK(context.attributes) : scalarAt(context, 1, 'K');
      return topK(tensorAt(context, 0), axis, k, largest);
    },
  }),
];
