import type { Inference } from '../infer/infer.js';
import type { ElementType } from '../ir/element-type.js';
import type { Graph, Node } from '../ir/graph.js';
import { GraphEditor } from '../ir/graph-editor.js';
import type { Steps } from '../limits/steps.js';
import { throwIfStopped } from '../limits/stop.js';

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
   * are made of, so that folding does not blow a model up. Default: 1048576.
   */
  readonly maxFoldedElements?: number | undefined;
  /**
   * Multiply-accumulates that computing before the run may take in all; what is over stays for the run. Default: 2^30, and 16
   * for each weight.
   */
  readonly maxFoldedWork?: number | undefined;
  /** Ends the passes with US2008. */
  readonly signal?: AbortSignal | undefined;
  /** What is computed in float32 in place of its own type, as kernels do; by default nothing is. */
  readonly float32?: Float32Options | undefined;
}

export interface Float32Options {
  /** Float types; the others stay. */
  readonly types: ReadonlySet<ElementType>;
  /** Whether each value is rounded to its own type where an operator makes it. */
  readonly rounds: boolean;
}

/** A rewrite of the graph that keeps its results. It may read what inference knows of the graph it is given. */
export interface Pass {
  readonly name: string;
  /** False for a pass that does not ask inference about the graph that it is given. */
  readonly readsTypes: boolean;
  /** True for a pass that makes no values but constants: what inference knows of its graph holds afterwards. */
  readonly keepsTypes?: boolean;
  run(graph: Graph, inference: Inference, options?: PassOptions): PassResult;
  /** The same in steps, of a pass that may take long. */
  steps?(graph: Graph, inference: Inference, options?: PassOptions): Steps<PassResult>;
}

/** What one node became: a note, several, or none. */
type Visit = (node: Node, editor: GraphEditor, inference: Inference) => string | readonly string[] | undefined;

/** `run` for a pass that looks at one node after the other, as those before have left it, or from the last to the first. */
export function visitNodes(visit: Visit, { fromLast = false } = {}): Pass['run'] {
  return (graph, inference, { signal } = {}) => {
    const editor = new GraphEditor(graph);
    const notes: string[][] = [];
    for (const { outputs } of fromLast ? [...graph.nodes].reverse() : graph.nodes) {
      throwIfStopped(signal);
      const node = editor.producer(outputs[0]);
      const said = node === undefined || node.domain !== '' ? undefined : visit(node, editor, inference);
      if (said !== undefined) notes.push([said].flat());
    }
    if (fromLast) notes.reverse();
    return { graph: editor.finish(), notes: notes.flat() };
  };
}
