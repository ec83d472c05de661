/** The passes, in order, and the walk through them. */
import { diagnostic, ModelError, ProblemError } from '../diagnostics.js';
import { type Inference, type InferOptions, inferSteps } from '../infer/infer.js';
import type { Graph, Value } from '../ir/graph.js';
import { type TensorType, tensorType } from '../ir/shape.js';
import { finish, type Steps } from '../limits/steps.js';
import { throwIfStopped } from '../limits/stop.js';
import { cancelTransposes } from './cancel-transposes.js';
import { computeInFloat32 } from './compute-in-float32.js';
import { expandOperators } from './expand-operators.js';
import { foldAffine } from './fold-affine.js';
import { foldConstants } from './fold-constants.js';
import { foldInputScale } from './fold-input-scale.js';
import { foldPad } from './fold-pad.js';
import { fuseGelu } from './fuse-gelu.js';
import { fuseHardSwish } from './fuse-hard-swish.js';
import { fuseInstanceNormalization } from './fuse-instance-normalization.js';
import { fuseMaxUnpool } from './fuse-max-unpool.js';
import { fuseNormalization } from './fuse-normalization.js';
import { fusePRelu } from './fuse-prelu.js';
import { fuseQuantized } from './fuse-quantized.js';
import { fuseUpsampling } from './fuse-upsampling.js';
import { inlineConditions } from './inline-conditions.js';
import { mergeReshapes } from './merge-reshapes.js';
import type { Pass, PassOptions, PassResult } from './pass.js';
import { removeDead } from './remove-dead.js';
import { removeIdentity } from './remove-identity.js';

/** Each keeps the graph's results and its inputs and outputs. */
export const passes: readonly Pass[] = [
  inlineConditions,
  expandOperators,
  computeInFloat32,
  foldConstants,
  removeIdentity,
  fuseHardSwish,
  fuseGelu,
  fuseNormalization,
  fusePRelu,
  fuseUpsampling,
  fuseMaxUnpool,
  cancelTransposes,
  mergeReshapes,
  fuseInstanceNormalization,
  foldPad,
  fuseQuantized,
  foldInputScale,
  foldAffine,
  removeDead,
];

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
  for (const pass of passes) {
    if (isStale && pass.readsTypes) {
      inference = yield* inferSteps(graph, options);
      isStale = false;
    }
    throwIfStopped(options.signal, options.file, pass.name);
    const result = yield* runPass(pass, graph, inference, options);
    isStale ||= result.graph !== graph && pass.keepsTypes !== true;
    graph = result.graph;
    records.push({ name: pass.name, graph, notes: result.notes });
    yield;
  }
  const { types } = isStale ? yield* inferSteps(graph, options) : inference;
  return { graph, types: new Map([...types, ...constantTypes(graph)]), passes: records };
}

/** Passes that keep types make constants. */
function constantTypes({ constants }: Graph): (readonly [Value, TensorType])[] {
  return [...constants].map(([value, { type, dims }]) => [value, tensorType(type, dims)]);
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
