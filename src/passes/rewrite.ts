/** The walk through the passes. */
import { diagnostic, ModelError, ProblemError } from '../diagnostics.js';
import { type Inference, type InferOptions, inferSteps } from '../infer/infer.js';
import type { Graph, Value } from '../ir/graph.js';
import { type TensorType, tensorType } from '../ir/shape.js';
import { loadParts } from '../limits/part.js';
import { finish, type Steps } from '../limits/steps.js';
import { throwIfStopped } from '../limits/stop.js';
import { operatorsIn, passes } from './list.js';
import type { Pass, PassOptions, PassResult } from './pass.js';

/** The graph after one pass. */
export interface PassRecord {
  readonly name: string;
  readonly graph: Graph;
  /** What it did and what it left, a line each. */
  readonly notes: readonly string[];
}

export interface Rewritten {
  /** The graph after all passes. */
  readonly graph: Graph;
  /** Of every value of that graph, those inside subgraphs apart. */
  readonly types: ReadonlyMap<Value, TensorType>;
  readonly passes: readonly PassRecord[];
}

export type RewriteOptions = InferOptions & PassOptions;

/**
 * Runs the passes. One that reads types gets what inference knows of the graph that the pass before it left.
 * @param inferred what inference knows of `source`, with the same options
 * @throws ModelError with the errors of constants that cannot be loaded
 */
export function rewrite(source: Graph, inferred: Inference, options: RewriteOptions): Rewritten {
  return finish(rewriteSteps(source, inferred, options));
}

/** The same in steps. */
export function* rewriteSteps(source: Graph, inferred: Inference, options: RewriteOptions): Steps<Rewritten> {
  let graph = source;
  let inference = inferred;
  let isStale = false;
  const records: PassRecord[] = [];
  let operators = operatorsIn(graph);
  for (const entry of passes) {
    if (isStale && ('part' in entry ? entry.asksTypes : entry.readsTypes)) {
      inference = yield* inferSteps(graph, options, inference);
      isStale = false;
    }
    if ('part' in entry && !entry.isFor({ graph, inference, options, operators })) {
      records.push({ name: entry.name, graph, notes: [] });
      continue;
    }
    if ('part' in entry) yield* loadParts([entry.part]);
    const pass = 'part' in entry ? entry.part.value.get(entry.name)! : entry;
    if (isStale && pass.readsTypes) {
      inference = yield* inferSteps(graph, options, inference);
      isStale = false;
    }
    throwIfStopped(options.signal, options.file, pass.name);
    const result = yield* runPass(pass, graph, inference, options);
    isStale ||= result.graph !== graph && pass.keepsTypes !== true;
    if (result.graph !== graph) operators = operatorsIn(result.graph);
    graph = result.graph;
    records.push({ name: pass.name, graph, notes: result.notes });
    yield;
  }
  const { types } = isStale ? yield* inferSteps(graph, options, inference) : inference;
  return { graph, types: withConstants(types, graph), passes: records };
}

/** Passes that keep types make constants. */
function withConstants(types: Inference['types'], { constants }: Graph): Inference['types'] {
  const more = new Map<Value, TensorType>();
  for (const [value, { type, dims }] of constants) if (!types.has(value)) more.set(value, tensorType(type, dims));
  return more.size === 0 ? types : new Map([...types, ...more]);
}

/** Passes load weights, and files of weights can be missing. */
function* runPass(pass: Pass, graph: Graph, inference: Inference, options: RewriteOptions): Steps<PassResult> {
  try {
    if (pass.steps !== undefined) return yield* pass.steps(graph, inference, options);
    return pass.run(graph, inference, options);
  } catch (error) {
    if (error instanceof ProblemError) throw new ModelError([diagnostic(error.problem, { file: options.file })]);
    throw error;
  }
}
