/**
 * The stages one by one, as they are published: for graphs from anywhere, so that every operator is known from the start.
 * Opening a model makes those known that it has.
 */
import * as checking from '../check.js';
import type * as compiling from '../compile/any-sizes.js';
import * as inferring from '../infer/infer.js';
import type { Graph, Model } from '../ir/graph.js';
import { operators, registerAllOperators } from '../ops/index.js';
import type { ReferenceSchedule } from '../plan/reference-schedule.js';
import { explainedDiagnostics } from '../remedies/explain-errors.js';
import type { DecoderFindings } from '../split/decoders/findings.js';
import * as splitting from '../split/decoders/split.js';
import * as extracting from '../split/extract.js';
import { expectModel } from './model-argument.js';
import type { Feeds } from './named-feeds.js';
import * as referring from './reference-executor.js';
import * as running from './run.js';
import type { TensorLike } from './tensor/dense.js';

/**
 * A type for every value, in one walk forward. What is wrong with the graph is in the `diagnostics`, with the nearest legal
 * sizes where those that `options` gives are not.
 */
export function infer(graph: Graph, options?: inferring.InferOptions): inferring.Inference {
  registerAllOperators();
  const inference = inferring.infer(graph, options);
  const { types, known, operators, constraints, refuted } = inference;
  const diagnostics = explainedDiagnostics(graph, options ?? {}, inference);
  return { types, known, operators, constraints, refuted, diagnostics };
}

/**
 * Everything that is wrong with `model`, with what would fix it, and the sizes for which it is right: what `unstride check`
 * reports. Faults of the model are diagnostics, never thrown.
 * @param options `bindings` gives sizes to symbols, `readDiagnostics` are those of opening the model, put before the others
 */
export function check(model: Model, options?: checking.CheckOptions): checking.CheckedModel {
  expectModel(model);
  registerAllOperators();
  return checking.checkModel(model, options);
}

/**
 * Infers, rewrites and plans. Sizes are those that `options` binds; what stays symbolic is planned all the same.
 * @throws ModelError when inference finds errors
 */
export function compile(model: Model, options?: compiling.CompileOptions): compiling.CompiledModel {
  expectModel(model);
  registerAllOperators();
  return running.compileExplained(model, options);
}

/**
 * The part of `model` that computes the values `to` from the values `from`, as a model of its own: for a session, or to be
 * written. Names are those of values, or of nodes, which stand for what they make. Types are those that inference knows.
 * @throws ModelError US2101 for a name that the model does not have, US2102 when `from` does not reach `to`, with what else
 * is needed; `auto` takes that as well
 */
export function extract(model: Model, options: extracting.ExtractOptions = {}): Model {
  expectModel(model);
  for (const end of ['from', 'to'] as const) {
    const names: unknown = options[end];
    if (names !== undefined && !(Array.isArray(names) && names.every((name) => typeof name === 'string')))
      throw new TypeError(`'${end}' has to be an array of names`);
    if (end === 'to' && options.to?.length === 0) throw new TypeError("'to' has no names: a part returns something");
  }
  registerAllOperators();
  return extracting.extractPart(model, options).model;
}

/**
 * Where the decoder of `model` begins, what crosses there, and what both halves cost: candidates, the outermost first, with
 * reasons. What the model is at fault in makes it less certain, and is no error.
 */
export function findDecoder(model: Model): DecoderFindings {
  expectModel(model);
  registerAllOperators();
  return splitting.findDecoder(model);
}

/**
 * Both halves of `model` as models of their own, and how they join: encoder and decoder in sequence compute what the whole
 * computes.
 * @throws ModelError US2111 where there is no decoder, US2112 where it is the whole model, US2113 for a candidate that there
 * is not
 */
export function splitModel(model: Model, options?: splitting.SplitOptions): splitting.ModelSplit {
  expectModel(model);
  registerAllOperators();
  return splitting.splitModel(model, options);
}

/** Runs the schedule by the references on `feeds`, one tensor an input, in order. */
export function execute(
  schedule: ReferenceSchedule,
  feeds: readonly TensorLike[],
  options?: referring.ExecuteOptions,
): referring.Execution {
  registerAllOperators();
  return referring.execute(schedule, feeds, options);
}

/**
 * Runs `model` by the references on `feeds`, a tensor for each input by name.
 * @throws ModelError when the feeds do not fit, the shapes do not work out, or a node cannot compute
 */
export function runModel(model: Model, feeds: Feeds, options?: running.RunOptions): running.RunResult {
  expectModel(model);
  registerAllOperators();
  return running.runModel(model, feeds, options);
}

export { operators };
