/** The axes that a reduction reduces, from its attribute or input, and the remaining shape. */
import { defineProblem, fail } from '../../diagnostics.js';
import type { Dim } from '../../ir/dim.js';
import { integersOf } from '../../ir/numeric.js';
import { constantsOf } from '../../ir/quantity.js';
import { isConcrete, type Shape } from '../../ir/shape.js';
import { normalizeAxis } from '../arguments.js';
import { flag, ints } from '../attributes.js';
import type { InferContext } from '../infer-context.js';
import type { ReferenceContext } from '../operator.js';
import { axisRepeated } from '../problems.js';

/** Attributes of a reduction whose axes became an input in `axesInputSince`. */
export function reductionAttributes(axesInputSince: number) {
  return {
    axes: ints().before(axesInputSince),
    keepdims: flag(true),
    noop_with_empty_axes: flag(false).from(axesInputSince),
  };
}

export interface ReductionAttributes {
  readonly axes: readonly number[] | undefined;
  readonly keepdims: boolean;
  readonly noop_with_empty_axes: boolean;
}

/**
 * For each axis, whether it is reduced. An absent or empty list means all axes, or none with `noop_with_empty_axes`.
 *
 * @throws ProblemError US1208 for an axis outside the rank, and for one that is listed twice, as in NumPy: the number
 * of axes then tells the rank of the result before they are known
 */
export function reducedAxes(axes: readonly number[] | undefined, rank: number, noopWhenEmpty: boolean): boolean[] {
  const isReduced = new Array<boolean>(rank).fill(false);
  if (axes === undefined || axes.length === 0) return isReduced.fill(!noopWhenEmpty);
  for (const axis of axes) {
    const place = normalizeAxis(axis, rank);
    if (isReduced[place]) fail(axisRepeated({ axes }));
    isReduced[place] = true;
  }
  return isReduced;
}

/** The shape with reduced axes of size 1, or without them. */
export function reducedShape<D extends Dim>(
  shape: readonly D[],
  isReduced: readonly boolean[],
  keepdims: boolean,
): (D | 1)[] {
  return keepdims ? shape.map((dim, axis) => (isReduced[axis] ? 1 : dim)) : shape.filter((_, axis) => !isReduced[axis]);
}

/** The axes; undefined if they are an input that is unknown. */
export function knownAxes(
  context: Pick<InferContext<ReductionAttributes>, 'attributes' | 'inputs' | 'known'>,
): { readonly axes: readonly number[] | undefined } | undefined {
  if (context.inputs[1] === undefined) return { axes: context.attributes.axes };
  const known = context.known(1);
  const axes = known && constantsOf(known);
  return axes && { axes };
}

const tooManyAxes = defineProblem('US1208', { axes: 'integer', rank: 'integer' }, ({ axes, rank }) => ({
  message: `${axes} axes are more than a tensor of rank ${rank} has`,
  expected: `at most ${rank}`,
  actual: String(axes),
}));

/** The shape of a reduction's result, as far as the axes are known. */
export function inferReduced(context: InferContext<ReductionAttributes>): Shape | undefined {
  const shape = context.shape(0);
  if (shape === undefined) return undefined;
  const { keepdims, noop_with_empty_axes } = context.attributes;
  const known = knownAxes(context);
  if (known !== undefined) {
    return reducedShape(shape, reducedAxes(known.axes, shape.length, noop_with_empty_axes), keepdims);
  }
  const axesShape = context.shape(1);
  const count = axesShape !== undefined && isConcrete(axesShape) ? axesShape[0] : undefined;
  if (count === 0) return reducedShape(shape, reducedAxes([], shape.length, noop_with_empty_axes), keepdims);
  if (count === shape.length)
    return reducedShape(
      shape,
      shape.map(() => true),
      keepdims,
    );
  if (keepdims) return shape.map((dim) => (dim === 1 ? 1 : context.fresh('the axes of the reduction are not known')));
  if (count === undefined) return undefined;
  if (count > shape.length) {
    fail(tooManyAxes({ axes: count, rank: shape.length }));
  }
  return Array.from({ length: shape.length - count }, () => context.fresh('the axes of the reduction are not known'));
}

/** For each axis of the first input, whether the reference reduces it. */
export function axesToReduce(context: ReferenceContext<ReductionAttributes>, rank: number): boolean[] {
  const { axes, noop_with_empty_axes } = context.attributes;
  const input = context.inputs[1];
  return reducedAxes(input === undefined ? axes : integersOf(input), rank, noop_with_empty_axes);
}
