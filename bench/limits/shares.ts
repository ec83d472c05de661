/**
 * How near the layers of a model come to what the processor can do: the least time in which the multiplications that their
 * algorithm needs could be done, or their weights be read, whichever is longer, as a share of the time that they take.
 */
import { registerAllParts } from '../../src/compile/all.js';
import { compileForSteps } from '../../src/compile.js';
import { finishInTurns } from '../../src/limits/steps.js';
import type { ExecutionPlan } from '../../src/plan/execution-plan.js';
import { engineProcessor } from '../../src/runtime/engine-processor.js';
import { engineByteProducts } from '../../src/runtime/engine-tier.js';
import { openModel } from '../../src/runtime/open.js';
import type { WeightType } from '../../src/wasm/kernels/half-weights.js';
import type { Tier } from '../../src/wasm/kernels/kernel.js';
import { emitKernel } from '../../src/wasm/kernels/spec.js';
import { ModuleBuilder } from '../../src/wasm/module.js';
import type { Case } from '../cases.js';
import type { ProfiledStep } from '../jobs/job.js';
import type { MachineLimits } from './machine.js';
import type { LayerShare } from './share.js';

/** Steps that compute the same nodes. */
export interface LayerDemand {
  readonly steps: readonly number[];
  /** Of the kernels: what the algorithm needs, not what the definition asks for. */
  readonly operations: number;
  /** Of packed weights. */
  readonly bytes: number;
}

/** The plan that a session on one thread runs. */
export async function planOf(subject: Case, tier: Tier, weights: WeightType | undefined): Promise<ExecutionPlan> {
  registerAllParts();
  const { model } = await openModel(subject.model);
  const inputShapes = new Map(subject.feeds.map(({ name, dims }) => [name, dims]));
  const byteProducts = await engineByteProducts(tier);
  const processor = await engineProcessor();
  const target = { tier, processor, precision: 'fast', threads: 1, weights, byteProducts } as const;
  return (await finishInTurns(compileForSteps(model, target, { inputShapes }), async () => {}, undefined)).plan;
}

/** Of each group of steps with the same nodes that multiplies; changes of layout are none. */
export function demandsOf(plan: ExecutionPlan, tier: Tier): LayerDemand[] {
  const groups = new Map<string, { steps: number[]; operations: number; constants: Set<number> }>();
  for (const [index, step] of plan.steps.entries()) {
    if (step.kind !== 'kernel' || step.nodes.length === 0) continue;
    const key = step.nodes.join();
    const group = groups.get(key) ?? { steps: [], operations: 0, constants: new Set() };
    groups.set(key, group);
    group.steps.push(index);
    group.operations += emitKernel({ module: new ModuleBuilder(), tier }, step.kernel).operations;
    for (const address of step.arguments) if (address.space === 'constant') group.constants.add(address.index);
  }
  return [...groups.values()]
    .filter(({ operations }) => operations > 0)
    .map(({ constants, ...demand }) => ({
      ...demand,
      bytes: [...constants].reduce((sum, index) => sum + plan.constants[index]!.floats * 4, 0),
    }));
}

/**
 * @param profile the steps of runs of the same plan
 * @throws Error where it is of another
 */
export function layerShares(
  plan: ExecutionPlan,
  tier: Tier,
  profile: readonly ProfiledStep[],
  { peak, bandwidth }: MachineLimits,
): LayerShare[] {
  const isSame =
    plan.steps.length === profile.length && plan.steps.every((step, i) => step.algorithm === profile[i]!.algorithm);
  if (!isSame) throw new Error('what was run is another plan than the one that shares are computed of');
  return demandsOf(plan, tier).map(({ steps, operations, bytes }) => {
    const microseconds = steps.reduce((sum, index) => sum + profile[index]!.microseconds, 0);
    const [computing, reading] = [operations / peak / 1e3, bytes / bandwidth / 1e3];
    const { operators, shapes, algorithm } = profile[steps[0]!]!;
    const [chosen] = steps.flatMap((index) => {
      const step = plan.steps[index]!;
      return step.kind === 'kernel' ? step.algorithmCosts : [];
    });
    return {
      name: `${operators} ${shapes}: ${algorithm}`,
      microseconds,
      expected: chosen?.microseconds,
      share: Math.max(computing, reading) / microseconds,
      bound: computing > reading ? 'multiplications' : 'bytes',
    };
  });
}
