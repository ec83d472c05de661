/** From a model and feeds to its outputs by way of a plan. */
import { compile, kernelTypes } from '../../src/compile.js';
import { infer } from '../../src/infer/infer.js';
import type { Model } from '../../src/ir/graph.js';
import type { Tensor } from '../../src/ir/tensor.js';
import { type LowerOptions, lower } from '../../src/lower/lower.js';
import type { ExecutionPlan } from '../../src/plan/execution-plan.js';
import { bindFeeds } from '../../src/runtime/feeds.js';
import type { Tier } from '../../src/wasm/kernels/kernel.js';
import { executePlan } from './execute-plan.js';

export interface LoweredRun {
  readonly plan: ExecutionPlan;
  readonly outputs: ReadonlyMap<string, Tensor>;
}

export function runLowered(
  model: Model,
  feeds: ReadonlyMap<string, Tensor>,
  { tier = 'baseline', precision = 'fast', threads = 1 }: Partial<LowerOptions & { readonly tier: Tier }> = {},
): LoweredRun {
  const { tensors, bindings } = bindFeeds(model.graph, feeds);
  const inputShapes = new Map(model.graph.inputs.map((input, i) => [input.name, tensors[i]!.dims]));
  const { graph } = compile(model, { bindings, inputShapes, float32: kernelTypes(precision, false) });
  const plan = lower(graph, infer(graph, { bindings, inputShapes }), { tier, precision, threads });
  const outputs = executePlan(graph, plan, tier, tensors);
  return { plan, outputs: new Map(graph.outputs.map(({ name }, i) => [name, outputs[i]!])) };
}
