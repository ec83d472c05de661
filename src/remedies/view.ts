/** A graph with its inferred sizes, for walking from a value to its producers. */
import type { Inference } from '../infer/infer.js';
import type { Dim } from '../ir/dim.js';
import type { Graph, Node, Value } from '../ir/graph.js';
import type { Shape } from '../ir/shape.js';
import { Uses } from '../ir/uses.js';

export class SizedGraph {
  private readonly uses: Uses;

  constructor(
    readonly graph: Graph,
    readonly inference: Inference,
  ) {
    this.uses = new Uses(graph);
  }

  producer(value: Value): Node | undefined {
    return this.uses.producer(value);
  }

  shape(value: Value | undefined): Shape | undefined {
    return value && this.inference.types.get(value)?.shape;
  }

  size(value: Value, axis: number): Dim | undefined {
    return this.shape(value)?.at(axis);
  }
}
