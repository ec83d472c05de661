/** Pixels that a Resize repeats, put off, since a convolution may read them as they are. */
import type { Node, Value } from '../../ir/graph.js';
import { type LoweringContext, perPlan } from './context.js';

/** A value whose pixels are those of another one, repeated. */
export interface RepeatedView {
  readonly node: Node;
  readonly value: Value;
  /** How often along each spatial axis. */
  readonly scales: readonly number[];
}

const views = perPlan(() => new Map<Value, RepeatedView>());

/** Leaves the pixels of the node's result unrepeated until somebody reads them otherwise than by this view. */
export function repeatLater(context: LoweringContext, view: RepeatedView, repeat: () => void): void {
  const result = view.node.outputs[0]!;
  views(context).set(result, view);
  context.tensors.makeLater(result, repeat);
  context.done.add(view.node);
}

/** How a value can be read that no step has made so far. */
export function repeatedView(context: LoweringContext, value: Value): RepeatedView | undefined {
  return context.tensors.isPutOff(value) ? views(context).get(value) : undefined;
}

/** The scale by which an axis of `size` pixels is repeated, by the pixels that each output reads; undefined where it is not. */
export function repeatedScale(
  outputs: readonly (readonly { readonly position: number }[])[],
  size: number,
): number | undefined {
  const scale = outputs.length / size;
  const isRepeated = outputs.every((taps, i) => taps.length === 1 && taps[0]!.position === Math.floor(i / scale));
  return Number.isInteger(scale) && isRepeated ? scale : undefined;
}
