/** A graph with its inferred sizes, to walk from a value to what it was made from. */
import type { Inference } from '../infer.js';
import type { Dim } from '../ir/dim.js';
import type { Graph, Node, Value } from '../ir/graph.js';
import type { Shape } from '../ir/shape.js';

export class SizedGraph {
  private readonly makers = new Map<Value, Node>();

  constructor(
    readonly graph: Graph,
    readonly inference: Inference,
  ) {
    for (const node of graph.nodes) {
      for (const output of node.outputs) if (output !== undefined) this.makers.set(output, node);
    }
  }

  maker(value: Value): Node | undefined {
    return this.makers.get(value);
  }

  shape(value: Value | undefined): Shape | undefined {
    return value && this.inference.types.get(value)?.shape;
  }

  size(value: Value, axis: number): Dim | undefined {
    return this.shape(value)?.at(axis);
  }
}
