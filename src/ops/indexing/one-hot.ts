/** OneHot: each index becomes an axis with a single `on` value. */
import { defineProblem, fail } from '../../diagnostics.js';
import { type Dim, rangeOf } from '../../ir/dim.js';
import { numbersOf } from '../../ir/numeric.js';
import { constantsOf, symbolicTensor, truncateQuantity } from '../../ir/quantity.js';
import { type Shape, tensorType } from '../../ir/shape.js';
import { elementCount, Tensor } from '../../ir/tensor.js';
import { normalizeAxis, shapeOfRank, tensorAt } from '../arguments.js';
import { allocateChecked } from '../creation/target-shape.js';
import type { InferContext } from '../infer-context.js';
import { defineOperator, type Operator } from '../operator.js';
import { knownScalar, scalarAt } from '../scalar-input.js';
import { oneHotSchema } from './schemas.js';

interface OneHotAttributes {
  readonly axis: number;
}

const oneHotDepth = defineProblem('US1211', { depth: 'size' }, ({ depth }) => ({
  message: 'the depth of a OneHot is negative',
  value: 'depth',
  expected: 'at least 0',
  actual: String(depth),
}));

function checkDepth<D extends Dim>(depth: D): D {
  if (rangeOf(depth).max >= 0) return depth;
  fail(oneHotDepth({ depth }));
}

function withDepth<D>(indices: readonly D[], axis: number, depth: D): D[] {
  const place = normalizeAxis(axis, indices.length + 1);
  return [...indices.slice(0, place), depth, ...indices.slice(place)];
}

function knownDepth(context: InferContext<OneHotAttributes>): Dim | undefined {
  const depth = knownScalar(context, 1, 'depth');
  const whole = depth === undefined ? undefined : truncateQuantity(depth);
  return whole === undefined ? undefined : checkDepth(whole);
}

function oneHotShape(context: InferContext<OneHotAttributes>): Shape | undefined {
  const values = shapeOfRank(context, 2, 'values', { min: 1, max: 1 });
  if (values !== undefined) context.unify(2, values[0]!, 'the number of values, which are off and on,');
  const depth = knownDepth(context);
  const indices = context.shape(0);
  if (indices === undefined) return undefined;
  return withDepth(indices, context.attributes.axis, depth ?? context.fresh('the depth is computed at run time'));
}

/**
 * Writes `on` at every index. Indices outside the depth are ignored; negative ones count from the back since version
 * 11.
 */
function switchOn(
  out: { [index: number]: unknown },
  on: unknown,
  indices: { readonly dims: readonly number[]; readonly values: ArrayLike<number> },
  { axis, depth, version }: { readonly axis: number; readonly depth: number; readonly version: number },
): void {
  const place = normalizeAxis(axis, indices.dims.length + 1);
  const inner = elementCount(indices.dims.slice(place));
  for (let i = 0; i < indices.values.length; i++) {
    const whole = Math.trunc(indices.values[i]!);
    const index = whole < 0 && version >= 11 ? whole + depth : whole;
    if (index >= 0 && index < depth) out[(Math.floor(i / inner) * depth + index) * inner + (i % inner)] = on;
  }
}

const oneHotValues = defineProblem('US1202', { values: 'integer' }, ({ values }) => ({
  message: 'a OneHot has two values, off and on',
  value: 'values',
  actual: `${values} values`,
}));

export const oneHot: readonly Operator[] = [
  defineOperator({
    ...oneHotSchema,
    infer: (context) => [tensorType(context.elementType(2), oneHotShape(context))],
    symbolic: (context) => {
      const indices = context.known(0);
      const places = indices && constantsOf(indices);
      const depth = knownDepth(context);
      const values = context.known(2);
      if (indices === undefined || places === undefined || values === undefined || typeof depth !== 'number')
        return undefined;
      const { axis } = context.attributes;
      const dims = withDepth(indices.dims, axis, depth);
      const elements = new Array(elementCount(dims)).fill(values.elements[0]!);
      const { version } = context;
      switchOn(elements, values.elements[1], { dims: indices.dims, values: places }, { axis, depth, version });
      return [symbolicTensor(values.type, dims, elements)];
    },
    reference: (context) => {
      const indices = tensorAt(context, 0);
      const depth = checkDepth(Math.trunc(scalarAt(context, 1, 'depth')));
      const values = tensorAt(context, 2);
      if (values.size !== 2) {
        fail(oneHotValues({ values: values.size }));
      }
      const { axis } = context.attributes;
      const dims = withDepth(indices.dims, axis, depth);
      const out = allocateChecked(values.type, dims);
      (out as unknown[]).fill(values.data[0]);
      const { version } = context;
      switchOn(out, values.data[1], { dims: indices.dims, values: numbersOf(indices) }, { axis, depth, version });
      return [new Tensor(values.type, dims, out)];
    },
  }),
];
