/** The model that layers are explained of, with what is found out once for all of them. */
import type { Inference } from '../infer/infer.js';
import type { Model, Node, Value } from '../ir/graph.js';
import { constantsOf } from '../ir/quantity.js';
import type { Shape } from '../ir/shape.js';
import { type Facts, factsOf } from '../rules/facts.js';

export class ExplainContext {
  readonly facts: Facts;

  constructor(
    readonly model: Model,
    readonly inference: Inference,
  ) {
    this.facts = factsOf(model);
  }

  shapeOf(value: Value | undefined): Shape | undefined {
    return value && this.inference.types.get(value)?.shape;
  }

  /** The elements of input `i` if they are known before a run. */
  numbersAt(node: Node, i: number): readonly number[] | undefined {
    const value = node.inputs[i];
    const known = value && this.inference.known.get(value);
    return known && constantsOf(known);
  }
}
