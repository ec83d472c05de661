/** NonZero: the coordinates of non-zero elements, with a row for each axis. */
import { numbersOf } from '../../ir/numeric.js';
import { isEqual, symbolicTensor } from '../../ir/quantity.js';
import { tensorType } from '../../ir/shape.js';
import { rowMajorStrides, Tensor } from '../../ir/tensor.js';
import { tensorAt } from '../arguments.js';
import type { InferContext } from '../infer-context.js';
import { defineOperator, type Operator } from '../operator.js';
import { nonZeroSchema } from './schemas.js';

/** The row-major positions of non-zero elements; empty strings count as zero. */
function placesOf(tensor: Tensor): number[] {
  const places: number[] = [];
  const values = tensor.type === 'string' ? (tensor.data as string[]) : numbersOf(tensor);
  for (let i = 0; i < values.length; i++) if (values[i] !== 0 && values[i] !== '') places.push(i);
  return places;
}

/** `placesOf` for known values, if it can be decided for every element. */
function knownPlaces(context: InferContext<unknown>): number[] | undefined {
  const known = context.known(0);
  if (known === undefined) return undefined;
  const places: number[] = [];
  for (const [i, element] of known.elements.entries()) {
    const isZero = isEqual(element, 0);
    if (isZero === undefined) return undefined;
    if (!isZero) places.push(i);
  }
  return places;
}

/** A row of coordinates for each axis; none for a scalar. */
function coordinates(dims: readonly number[], places: readonly number[]): number[] {
  return rowMajorStrides(dims).flatMap((stride, axis) =>
    places.map((place) => Math.floor(place / stride) % dims[axis]!),
  );
}

export const nonZero: readonly Operator[] = [
  defineOperator({
    ...nonZeroSchema,
    infer: (context) => {
      const rank = context.shape(0)?.length ?? context.fresh('the rank of the input is not known');
      const count =
        knownPlaces(context)?.length ?? context.fresh('the number of elements other than 0 shows at run time');
      return [tensorType('int64', [rank, count])];
    },
    symbolic: (context) => {
      const places = knownPlaces(context);
      if (places === undefined) return undefined;
      const { dims } = context.known(0)!;
      return [symbolicTensor('int64', [dims.length, places.length], coordinates(dims, places))];
    },
    reference: (context) => {
      const input = tensorAt(context, 0);
      const places = placesOf(input);
      const data = BigInt64Array.from(coordinates(input.dims, places), BigInt);
      return [new Tensor('int64', [input.dims.length, places.length], data)];
    },
  }),
];
