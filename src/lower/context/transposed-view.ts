/** Transpositions that are put off, since kernels that read at any strides need none. */
import type { Node, Value } from '../../ir/graph.js';
import { type LoweringContext, perPlan } from './context.js';

/** A transposed value as the one before it, read at other strides. */
export interface TransposedView {
  readonly node: Node;
  readonly value: Value;
  /** The stride of each axis of the transposed value in the row-major elements of `value`. */
  readonly strides: readonly number[];
}

const views = perPlan(() => new Map<Value, TransposedView>());

/** Leaves a value untransposed until somebody reads it otherwise than by its view. */
export function transposeLater(
  context: LoweringContext,
  result: Value,
  view: TransposedView,
  transpose: () => void,
): void {
  views(context).set(result, view);
  context.tensors.makeLater(result, transpose);
  context.done.add(view.node);
}

/** How a value can be read that no step has transposed so far. */
export function transposedView(context: LoweringContext, value: Value): TransposedView | undefined {
  return context.tensors.isPutOff(value) ? views(context).get(value) : undefined;
}
