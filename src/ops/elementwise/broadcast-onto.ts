/** Shape rules in which one input determines the shape: unidirectional broadcasting, and no broadcasting. */
import { defineProblem, fail } from '../../diagnostics.js';
import type { Dim } from '../../ir/dim.js';
import { formatShape, type Shape } from '../../ir/shape.js';
import type { InferContext } from '../infer-context.js';

type Unify = Pick<InferContext<unknown>, 'unify'>;

/**
 * Checks that `shape` broadcasts to `target` (ONNX Broadcasting.md, unidirectional) and returns `target`. `what` names
 * the input.
 */
export function broadcastOnto(
  context: Unify,
  target: Shape | undefined,
  shape: Shape | undefined,
  what: string,
): Shape | undefined {
  if (target === undefined || shape === undefined) return target;
  const offset = target.length - shape.length;
  if (offset < 0) misfit(target, shape, what);
  return target.map((dim, axis) => {
    const other = axis < offset ? 1 : shape[axis - offset]!;
    if (other === 1 || other === dim) return dim;
    if (typeof dim === 'number' && typeof other === 'number') misfit(target, shape, what);
    context.unify(dim, other, `sizes of ${what} at axis ${axis - target.length}`, { orOne: true });
    return dim;
  });
}

const doesNotStretch = defineProblem(
  'US1204',
  { input: 'string', shape: 'shape', target: 'shape' },
  ({ input, shape, target }) => ({
    message: `${input} of shape ${formatShape(shape)} does not stretch to ${formatShape(target)}`,
    value: input,
    expected: `sizes of ${formatShape(target)}, or 1`,
    actual: formatShape(shape),
  }),
);

function misfit(target: Shape, shape: Shape, what: string): never {
  fail(doesNotStretch({ input: what, shape, target }));
}

const shapesDiffer = defineProblem('US1204', { first: 'shape', second: 'shape' }, ({ first, second }) => ({
  message: `the shapes ${formatShape(first)} and ${formatShape(second)} must be equal`,
  expected: formatShape(first),
  actual: formatShape(second),
}));

/** The shape that all inputs share; undefined if no rank is known. */
export function sameShape(context: Unify, shapes: readonly (Shape | undefined)[]): Shape | undefined {
  let result: readonly Dim[] | undefined;
  for (const shape of shapes) {
    if (shape === undefined) continue;
    if (result === undefined) {
      result = shape;
      continue;
    }
    const known: Shape = result;
    if (shape.length !== known.length) {
      fail(shapesDiffer({ first: known, second: shape }));
    }
    result = known.map((dim, axis) => context.unify(dim, shape[axis]!, `sizes at axis ${axis}`));
  }
  return result;
}
