/** Shape rules in which one input decides the shape: unidirectional broadcasting, and no broadcasting at all. */
import { fail } from '../../diagnostics.js';
import type { Dim } from '../../ir/dim.js';
import { formatShape, type Shape } from '../../ir/shape.js';
import type { InferContext } from '../operator.js';

type Unify = Pick<InferContext<unknown>, 'unify'>;

/** `target`, once `shape` is known to stretch to it (ONNX Broadcasting.md, unidirectional). `what` names the input. */
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

function misfit(target: Shape, shape: Shape, what: string): never {
  fail('US1204', `${what} of shape ${formatShape(shape)} does not stretch to ${formatShape(target)}`, {
    value: what,
    expected: `sizes of ${formatShape(target)}, or 1`,
    actual: formatShape(shape),
  });
}

/** The shape that all inputs share; undefined when the rank of none is known. */
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
      fail('US1204', `the shapes ${formatShape(known)} and ${formatShape(shape)} must be equal`, {
        expected: formatShape(known),
        actual: formatShape(shape),
      });
    }
    result = known.map((dim, axis) => context.unify(dim, shape[axis]!, `sizes at axis ${axis}`));
  }
  return result;
}
