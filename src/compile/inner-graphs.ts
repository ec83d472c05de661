/** Plans of the graphs inside nodes: those whose sizes are known, and which of the others a run has plans made of. */
import { type Model, type Node, subgraphsOf } from '../ir/graph.js';
import type { Steps } from '../limits/steps.js';
import type { BodyPlans } from '../lower/lower.js';
import type { BodyPlan, ExecutionPlan } from '../plan/execution-plan.js';
import type { RewrittenModel } from './any-sizes.js';
import { type BodyModel, bodiesOf, bodyModel, keepsStates, mayBeCompiled } from './bodies.js';

export { memoryOf } from './bodies.js';
export { cutIntoSections } from './section.js';

/**
 * @param planned gets the graphs by their plans
 * @param plan compiles a body; undefined where it has no plan
 */
export function* planBodies<P extends Pick<RewrittenModel, 'types'> & { readonly plan: ExecutionPlan }>(
  { model, graph, types }: RewrittenModel,
  planned: Map<ExecutionPlan, P>,
  plan: (model: Model, body: BodyModel) => Steps<P | undefined>,
): Steps<BodyPlans> {
  const plans = new Map<Node, BodyPlan[]>();
  for (const node of graph.nodes) {
    if (subgraphsOf(node).length === 0) continue;
    for (const body of bodiesOf(node, types)) {
      const own = bodyModel(body, graph.constants, types);
      const result = own && (yield* plan(model, own));
      const { attribute, repeats } = body;
      const before = plans.get(node) ?? [];
      if (own !== undefined && result !== undefined && keepsStates(own, result.types)) {
        planned.set(result.plan, result);
        const { inputs, states } = own;
        plans.set(node, [...before, { attribute, plan: result.plan, inputs, repeats, states }]);
      } else if ((own === undefined || result !== undefined) && mayBeCompiled(body, types)) {
        plans.set(node, [...before, { attribute, plan: undefined, inputs: [], repeats, states: [] }]);
      }
    }
  }
  return plans;
}
