/** The stages that need no sizes: what there is to a model before it is planned for an engine, which compile.ts goes on with. */
import { type Diagnostic, ModelError } from '../diagnostics.js';
import { type Inference, type InferOptions, inferSteps, type KnownEarlier } from '../infer/infer.js';
import type { Graph, Model, Value } from '../ir/graph.js';
import type { TensorType } from '../ir/shape.js';
import { type MemoryOptions, tooLargeValue } from '../limits/memory.js';
import { finish, type Steps } from '../limits/steps.js';
import type { PassOptions } from '../passes/pass.js';
import { type PassRecord, rewriteSteps } from '../passes/rewrite.js';
import { type ReferenceSchedule, scheduleReferences } from '../plan/reference-schedule.js';

export interface CompileOptions extends InferOptions, PassOptions, MemoryOptions {}

export interface RewrittenModel {
  readonly model: Model;
  /** The graph after all passes. */
  readonly graph: Graph;
  /** What is known of the model's graph as it was read. */
  readonly inference: Inference;
  /** Of every value of the graph after all passes, those inside subgraphs apart. */
  readonly types: ReadonlyMap<Value, TensorType>;
  readonly passes: readonly PassRecord[];
  readonly diagnostics: readonly Diagnostic[];
}

export interface CompiledModel extends RewrittenModel {
  /** How the references compute the graph. */
  readonly schedule: ReferenceSchedule;
}

/**
 * Infers, rewrites and schedules. Sizes are those that `options` binds; what stays symbolic is scheduled all the same.
 * @throws ModelError when inference finds errors, when a constant that passes need cannot be loaded, or with US2011 when a
 * value exceeds the memory limit
 */
export function compile(model: Model, options: CompileOptions = {}): CompiledModel {
  return finish(compileSteps(model, options), options.signal, options.file);
}

/** The same in steps. */
export function* compileSteps(model: Model, options: CompileOptions & KnownEarlier = {}): Steps<CompiledModel> {
  const rewritten = yield* rewrittenSteps(model, options);
  return { ...rewritten, schedule: scheduleReferences(rewritten.graph) };
}

/** The same without the schedule, which kernels do without. */
export function* rewrittenSteps(model: Model, options: CompileOptions & KnownEarlier = {}): Steps<RewrittenModel> {
  const inference = yield* inferSteps(model.graph, options, options.earlier);
  const { diagnostics } = inference;
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  if (errors.length > 0) throw new ModelError(errors);

  const { graph, types, passes } = yield* rewriteSteps(model.graph, inference, options);
  const tooLarge = tooLargeValue(graph, types, options, options.file);
  if (tooLarge !== undefined) throw new ModelError([tooLarge]);
  return { model, graph, inference, types, passes, diagnostics };
}
