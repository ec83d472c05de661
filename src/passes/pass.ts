import type { Inference } from '../infer/infer.js';
import type { Graph } from '../ir/graph.js';

/** What a pass did, for `inspect` and for tests. */
export interface PassResult {
  /** The same object where nothing changed. */
  readonly graph: Graph;
  /** One line a change or a reason not to. */
  readonly notes: readonly string[];
}

export interface PassOptions {
  /**
   * Elements that a result computed before the run may have; larger ones only where they are not larger than what they
   * are made of, so that folding does not blow a model up. 1048576 unless told.
   */
  readonly maxFoldedElements?: number | undefined;
}

/** A rewrite of the graph that keeps its results. It may read what inference knows of the graph it is given. */
export interface Pass {
  readonly name: string;
  /** False for a pass that does not ask inference about the graph that it is given. */
  readonly readsTypes: boolean;
  /** True for a pass that makes no values but constants: what inference knows of its graph holds afterwards. */
  readonly keepsTypes?: boolean;
  run(graph: Graph, inference: Inference, options?: PassOptions): PassResult;
}
