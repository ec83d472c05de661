import type { Inference } from '../infer.js';
import type { Graph } from '../ir/graph.js';

/** What a pass did, for `inspect` and for tests. */
export interface PassResult {
  /** The same object where nothing changed. */
  readonly graph: Graph;
  /** One line a change or a reason not to. */
  readonly notes: readonly string[];
}

/** A rewrite of the graph that keeps its results. It may read what inference knows of the graph it is given. */
export interface Pass {
  readonly name: string;
  /** False for a pass that does not ask inference about the graph that it is given. */
  readonly readsTypes: boolean;
  run(graph: Graph, inference: Inference): PassResult;
}
