/** Compress: selects the slices of an axis, or the elements, for which a condition holds. */
import { type Dim, rangeOf } from '../../ir/dim.js';
import { elementCountOf } from '../../ir/element-count-of.js';
import { constantsOf } from '../../ir/quantity.js';
import { type Shape, tensorType } from '../../ir/shape.js';
import { elementCount } from '../../ir/tensor.js';
import { normalizeAxis, shapeOfRank, tensorAt } from '../arguments.js';
import type { InferContext } from '../infer-context.js';
import { defineOperator, type Operator } from '../operator.js';
import { fetchSymbolic, fetchTensor, type Move } from './copy.js';
import { compressSchema } from './schemas.js';

interface CompressAttributes {
  readonly axis: number | undefined;
}

/**
 * Indices that the condition selects from an axis of `size`. The longer of condition and axis is cut to the shorter.
 */
function chosen(condition: ArrayLike<number | bigint | string>, size: number): number[] {
  const positions: number[] = [];
  const length = Math.min(condition.length, size);
  for (let i = 0; i < length; i++) if (Number(condition[i]) !== 0) positions.push(i);
  return positions;
}

/** Without `axis`, the input is flattened to one axis. */
function asAxis(dims: readonly number[], axis: number | undefined): { dims: readonly number[]; axis: number } {
  if (axis === undefined) return { dims: [elementCount(dims)], axis: 0 };
  return { dims, axis: normalizeAxis(axis, dims.length) };
}

function compress(
  source: readonly number[],
  along: number | undefined,
  condition: ArrayLike<number | bigint | string>,
): { readonly dims: number[]; readonly move: Move } {
  const { dims, axis } = asAxis(source, along);
  const size = dims[axis]!;
  const positions = chosen(condition, size);
  const inner = elementCount(dims.slice(axis + 1));
  const outer = elementCount(dims.slice(0, axis));
  return {
    dims: dims.map((length, i) => (i === axis ? positions.length : length)),
    move: (copy) => {
      let target = 0;
      for (let o = 0; o < outer; o++) {
        for (const position of positions) {
          copy(target, (o * size + position) * inner, inner);
          target += inner;
        }
      }
    },
  };
}

/** The number of indices that a known condition selects, if the axis is long enough for all values of its symbols. */
function chosenCount(context: InferContext<unknown>, size: Dim | undefined): Dim {
  const known = context.known(1);
  const condition = known && constantsOf(known);
  if (condition !== undefined && size !== undefined) {
    if (typeof size === 'number') return chosen(condition, size).length;
    const last = condition.findLastIndex((element) => element !== 0);
    if (last < rangeOf(size).min) return chosen(condition, condition.length).length;
  }
  return context.fresh('the number of elements that the condition picks shows at run time');
}

function compressShape(context: InferContext<CompressAttributes>): Shape | undefined {
  shapeOfRank(context, 1, 'condition', { min: 1, max: 1 });
  const { axis } = context.attributes;
  const shape = shapeOfRank(context, 0, 'input', { min: 1 });
  if (axis === undefined) return [chosenCount(context, shape && elementCountOf(shape))];
  if (shape === undefined) return undefined;
  const place = normalizeAxis(axis, shape.length);
  return shape.map((size, i) => (i === place ? chosenCount(context, size) : size));
}

export const compressing: readonly Operator[] = [
  defineOperator({
    ...compressSchema,
    infer: (context) => [tensorType(context.elementType(0), compressShape(context))],
    symbolic: (context) => {
      const data = context.known(0);
      const known = context.known(1);
      const condition = known && constantsOf(known);
      if (data === undefined || condition === undefined) return undefined;
      const { dims, move } = compress(data.dims, context.attributes.axis, condition);
      return [fetchSymbolic(data, dims, move)];
    },
    reference: (context) => {
      const data = tensorAt(context, 0);
      const { dims, move } = compress(data.dims, context.attributes.axis, tensorAt(context, 1).data);
      return [fetchTensor(data, dims, move)];
    },
  }),
];
