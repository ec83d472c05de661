/** What bodies read of the program around them. */
import type { Graph, Value } from '../ir/graph.js';
import type { Tensor } from '../ir/tensor.js';
import { Scope } from './reference-machine.js';

/** The graph around subgraphs has nothing itself: the plan says what they read, constants included. */
export class OuterScope extends Scope {
  private static readonly nothing: Graph = { name: '', inputs: [], outputs: [], nodes: [], constants: new Map() };

  constructor(private readonly named: (name: string) => Tensor | undefined) {
    super(OuterScope.nothing, undefined, (constant) => constant.load());
  }

  /** Read when it is asked for: memory may have moved since. */
  protected override find({ name }: Value): Tensor | undefined {
    return this.named(name);
  }
}
