/** Rules of other operators, applied to a node that has their inputs in other places or in another order of axes. */
import type { Shape, TensorType } from '../ir/shape.js';
import type { InferContext } from './infer-context.js';

interface View<A> {
  readonly version: number;
  readonly attributes: A;
  readonly inputs: readonly (TensorType | undefined)[];
}

/** The node as the rule of another operator sees it. What the rule reports and records is the node's. */
export function seenAs<A>(context: InferContext<unknown>, view: View<A>): InferContext<A> {
  const own: InferContext<A> = Object.create(context);
  return Object.assign(own, view, {
    shape: (i: number) => view.inputs[i]?.shape,
    elementType: (i: number) => view.inputs[i]?.elementType,
    known: () => undefined,
  });
}

/** The axes of [N, …, C] in the order [N, C, …]. */
export function channelsFirst(rank: number): readonly number[] {
  return Array.from({ length: rank }, (_, axis) => (axis === 0 ? 0 : axis === 1 ? rank - 1 : axis - 1));
}

/** The axes of [N, C, …] in the order [N, …, C]. */
export function channelsLast(rank: number): readonly number[] {
  return Array.from({ length: rank }, (_, axis) => (axis === 0 ? 0 : axis === rank - 1 ? 1 : axis + 1));
}

export function inOrder(shape: Shape, perm: readonly number[]): Shape;
export function inOrder(shape: Shape | undefined, perm: readonly number[]): Shape | undefined;
export function inOrder(shape: Shape | undefined, perm: readonly number[]): Shape | undefined {
  return shape && perm.map((axis) => shape[axis]!);
}
