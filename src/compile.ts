/** The stages from a model to something that runs. Read this page first. */
import { type Diagnostic, diagnostic, ModelError, ProblemError } from './diagnostics.js';
import { type Inference, type InferOptions, infer } from './infer/infer.js';
import type { ElementType } from './ir/element-type.js';
import type { Graph, Model, Value } from './ir/graph.js';
import { type TensorType, tensorType } from './ir/shape.js';
import { cancelTransposes } from './passes/cancel-transposes.js';
import { computeInFloat32 } from './passes/compute-in-float32.js';
import { foldAffine } from './passes/fold-affine.js';
import { foldConstants } from './passes/fold-constants.js';
import { foldInputScale } from './passes/fold-input-scale.js';
import { foldPad } from './passes/fold-pad.js';
import { fuseGelu } from './passes/fuse-gelu.js';
import { fuseHardSwish } from './passes/fuse-hard-swish.js';
import { fuseInstanceNormalization } from './passes/fuse-instance-normalization.js';
import { fuseNormalization } from './passes/fuse-normalization.js';
import { fusePRelu } from './passes/fuse-prelu.js';
import { fuseUpsampling } from './passes/fuse-upsampling.js';
import { inlineConditions } from './passes/inline-conditions.js';
import { mergeReshapes } from './passes/merge-reshapes.js';
import type { Float32Options, Pass, PassOptions, PassResult } from './passes/pass.js';
import { removeDead } from './passes/remove-dead.js';
import { removeIdentity } from './passes/remove-identity.js';
import type { Precision } from './plan/execution-plan.js';
import { type ReferenceSchedule, scheduleReferences } from './plan/reference-schedule.js';

export type { Float32Options } from './passes/pass.js';

/** Rewrites, in order. Each keeps the graph's results and its inputs and outputs. */
export const passes: readonly Pass[] = [
  inlineConditions,
  computeInFloat32,
  foldConstants,
  removeIdentity,
  fuseHardSwish,
  fuseGelu,
  fuseNormalization,
  fusePRelu,
  fuseUpsampling,
  cancelTransposes,
  mergeReshapes,
  fuseInstanceNormalization,
  foldPad,
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

export interface CompiledModel {
  readonly model: Model;
  /** The graph after all passes. */
  readonly graph: Graph;
  /** What is known of the model's graph as it was read. */
  readonly inference: Inference;
  /** Of every value of the graph after all passes, those inside subgraphs apart. */
  readonly types: ReadonlyMap<Value, TensorType>;
  readonly passes: readonly PassRecord[];
  readonly schedule: ReferenceSchedule;
  readonly diagnostics: readonly Diagnostic[];
}

export interface CompileOptions extends InferOptions, PassOptions {}

/**
 * What kernels compute in float32 in place of its own type: floats of 16 bits, rounded to their type after each operator
 * in `strict`, and float64 where that is asked for.
 */
export function kernelTypes(precision: Precision, narrowsFloat64: boolean): Float32Options {
  const types: readonly ElementType[] = narrowsFloat64 ? ['float16', 'bfloat16', 'float64'] : ['float16', 'bfloat16'];
  return { types: new Set(types), rounds: precision === 'strict' };
}

/**
 * Infers, rewrites and plans. Sizes are those that `options` binds; what stays symbolic is planned all the same.
 * Throws ModelError when inference finds errors.
 */
export function compile(model: Model, options: CompileOptions = {}): CompiledModel {
  const inference = infer(model.graph, options);
  const errors = inference.diagnostics.filter((item) => item.severity === 'error');
  if (errors.length > 0) throw new ModelError(errors);

  const { records, graph, types } = rewrite(model.graph, inference, options);
  const { diagnostics } = inference;
  return { model, graph, inference, types, passes: records, schedule: scheduleReferences(graph), diagnostics };
}

interface Rewritten extends Pick<CompiledModel, 'graph' | 'types'> {
  readonly records: readonly PassRecord[];
}

/** Runs the passes; those that ask get what inference knows of the graph that the one before them left. */
function rewrite(source: Graph, inferred: Inference, options: CompileOptions): Rewritten {
  let graph = source;
  let inference = inferred;
  let isStale = false;
  const records = passes.map((pass) => {
    if (isStale && pass.readsTypes) {
      inference = infer(graph, options);
      isStale = false;
    }
    const result = runPass(pass, graph, inference, options);
    isStale ||= result.graph !== graph && pass.keepsTypes !== true;
    graph = result.graph;
    return { name: pass.name, graph, notes: result.notes };
  });
  const { types } = isStale ? infer(graph, options) : inference;
  return { records, graph, types: new Map([...types, ...constantTypes(graph)]) };
}

/** Passes that keep types make constants. */
function constantTypes({ constants }: Graph): (readonly [Value, TensorType])[] {
  return [...constants].map(([value, { type, dims }]) => [value, tensorType(type, dims)]);
}

/** Passes load weights, and files of weights can be missing. */
function runPass(pass: Pass, graph: Graph, inference: Inference, options: CompileOptions): PassResult {
  try {
    return pass.run(graph, inference, options);
  } catch (error) {
    if (error instanceof ProblemError) throw new ModelError([diagnostic(error.problem, { file: options.file })]);
    throw error;
  }
}
