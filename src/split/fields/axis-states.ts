/** What is known of a network's values while the picture's axes are followed through it. */
import type { Inference } from '../../infer/infer.js';
import type { Dim } from '../../ir/dim.js';
import type { Node, Value } from '../../ir/graph.js';
import type { Shape } from '../../ir/shape.js';
import type { AxisState } from './common-scales.js';
import type { AxisSource } from './rule.js';

/** What a value's elements depend on that differs between a part of the picture and the whole. */
export type Dependence = 'size' | 'random' | 'indices' | 'unknown';

export class AxisStates {
  /** By value, for each of its axes. */
  readonly states = new Map<Value, readonly AxisState[]>();
  readonly dependences = new Map<Value, Dependence>();

  constructor(readonly inference: Inference) {}

  isFollowing(value: Value | undefined): value is Value {
    return value !== undefined && this.states.get(value)?.some((state) => state?.kind === 'following') === true;
  }

  stateOf(node: Node, { input, axis }: AxisSource): AxisState {
    const value = node.inputs[input];
    return value && this.states.get(value)?.[axis];
  }

  dimOf(node: Node, { input, axis }: AxisSource): Dim | undefined {
    const value = node.inputs[input];
    return value && this.shapeOf(value)?.[axis];
  }

  shapeOf(value: Value): Shape | undefined {
    return this.inference.types.get(value)?.shape;
  }
}
