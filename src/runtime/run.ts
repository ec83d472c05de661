/** A model, run once: feeds bind the sizes, the stages of compile.ts follow, the references execute. */
import { type CompiledModel, type CompileOptions, compile } from '../compile/any-sizes.js';
import type { Model } from '../ir/graph.js';
import type { Tensor } from '../ir/tensor.js';
import { registerAllPasses } from '../passes/all.js';
import { explainedError } from '../remedies/explain-errors.js';
import * as equations from './bind-sizes.js';
import { bindFeeds } from './feeds.js';
import { type Feeds, feedsByName } from './named-feeds.js';
import { overriddenInputs, withoutDefaults } from './overrides.js';
import { type ExecuteOptions, execute } from './reference-executor.js';
import { sizeEquations } from './sizes-part.js';

export interface RunOptions extends ExecuteOptions {
  /** Sizes for symbols that no input determines. */
  readonly dims?: ReadonlyMap<string, number>;
}

export interface RunResult {
  /** The graph's outputs by name, in its order. */
  readonly outputs: ReadonlyMap<string, Tensor>;
  /** The most bytes that values (weights apart) took at one time. */
  readonly peakBytes: number;
  readonly compiled: CompiledModel;
}

/** `compile`, whose error says which sizes are legal. @throws ModelError as `compile` does */
export function compileExplained(model: Model, options?: CompileOptions): CompiledModel {
  registerAllPasses();
  try {
    return compile(model, options);
  } catch (error) {
    throw explainedError(error, model.graph, options ?? {});
  }
}

/**
 * Runs `whole` on `feeds`, a tensor for each input by name.
 * @throws ModelError when the feeds do not fit, the shapes do not work out, or a node cannot compute
 */
export function runModel(whole: Model, feeds: Feeds, options: RunOptions = {}): RunResult {
  sizeEquations.provide(equations);
  const named = feedsByName(feeds, options.file);
  const model = withoutDefaults(whole, overriddenInputs(whole.graph, named));
  const { tensors, bindings } = bindFeeds(model.graph, named, options.dims, options.file);
  const inputShapes = new Map(model.graph.inputs.map((input, i) => [input.name, tensors[i]!.dims]));
  const { memoryLimit } = options;
  const compiled = compileExplained(model, { bindings, inputShapes, file: options.file, memoryLimit });
  const { outputs, peakBytes } = execute(compiled.schedule, tensors, { ...options, types: compiled.types });
  return {
    outputs: new Map(compiled.graph.outputs.map((output, i) => [output.name, outputs[i]!])),
    peakBytes,
    compiled,
  };
}
