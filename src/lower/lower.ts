/**
 * From a graph with known sizes to a plan of kernels. Node by node, the lowering of the operator adds steps, and may take
 * elementwise nodes that follow into them; a node that no lowering takes is computed by its reference.
 */
import type { Inference } from '../infer/infer.js';
import { type Graph, type Node, subgraphsOf } from '../ir/graph.js';
import { finish, type Steps } from '../limits/steps.js';
import { isNear, type WindowReach } from '../limits/tables.js';
import { boundAs } from '../ops/bind.js';
import { findOperator } from '../ops/registry.js';
import type { BodyPlan, ExecutionPlan } from '../plan/execution-plan.js';
import { LoweringContext, type LowerOptions } from './context/context.js';
import { unfitValue } from './lowering.js';
import { planMemory } from './memory.js';
import { loweringOrder } from './order.js';
import { loadLowerings, loweringOf } from './registry.js';
import { unfitReason } from './unfit-value.js';

export type { ConvolutionAlgorithm, LowerOptions } from './context/context.js';

/**
 * @param inference the types of this graph's values, with the sizes of its inputs bound
 * @throws RangeError where a group of lowerings is not loaded: `lowerSteps` waits for it
 * @throws ProblemError US2011 when the values that are needed together exceed the memory limit
 */
export function lower(graph: Graph, inference: Pick<Inference, 'types'>, options: LowerOptions): ExecutionPlan {
  return finish(lowerSteps(graph, inference, options));
}

/** The plans of the graphs inside nodes. */
export type BodyPlans = ReadonlyMap<Node, readonly BodyPlan[]>;

/** The same, node by node and then kernel by kernel. */
export function* lowerSteps(
  graph: Graph,
  inference: Pick<Inference, 'types'>,
  options: LowerOptions,
  bodies: BodyPlans = new Map(),
): Steps<ExecutionPlan> {
  yield* loadLowerings(graph, inference.types);
  const context = new LoweringContext(graph, inference, options);
  for (const input of graph.inputs) context.tensors.addInput(input);
  const inputs = graph.inputs.map((value) => ({ name: value.name, operand: context.tensors.operand(value) }));
  for (const node of loweringOrder(context)) {
    if (context.done.has(node)) continue;
    yield;
    const reason = lowerNode(context, node, inference.types);
    if (reason === undefined) continue;
    const compiled = bodies.get(node);
    if (compiled !== undefined) {
      context.reference(node, reason, compiled);
      continue;
    }
    const isNarrowed = loweringOf(node.opType) !== undefined && readsFloat64(context, node);
    context.reference(node, isNarrowed ? float64Reason : reason);
  }
  const outputs = graph.outputs.map((value) => ({ name: value.name, operand: context.tensors.operand(value) }));
  const ports = { inputs, outputs, faults: context.faults, ...options.body };
  const plan = yield* planMemory(graph, context.steps, ports, context.constants.list, options);
  return { ...plan, derived: context.values.derived };
}

const farWindow = 'a window that reaches further than kernels address';
const noKernel = 'an operator without a kernel';

/** What a node of an operator that has no lowering has instead. */
function reasonWithoutKernel(node: Node, types: Inference['types']): string {
  if (subgraphsOf(node).length > 0) return 'graphs of which kernels compute nothing';
  if (findOperator(node)?.isDeterministic === false) return 'random numbers';
  const values = [...node.inputs, ...node.outputs].filter((value) => value !== undefined);
  const isOther = values.some((value) => types.get(value)?.sequence !== undefined || value.declared?.kind === 'other');
  return isOther ? 'sequences or optional values' : noKernel;
}

/** Why nodes of float64 stay with their references, whatever else there may be. */
const float64Reason = "float64, which is computed in float32 where the precision 'fast' is asked for";

function readsFloat64({ values, options }: LoweringContext, { inputs, outputs }: Node): boolean {
  if (options.narrowsFloat64) return false;
  return [...inputs, ...outputs].some((value) => value !== undefined && values.elementType(value) === 'float64');
}

function lowerNode(context: LoweringContext, node: Node, types: Inference['types']): string | undefined {
  const lowering = loweringOf(node.opType);
  const bound = lowering && boundAs(lowering.schema, node);
  if (bound === undefined) return reasonWithoutKernel(node, types);
  if (!isNear(bound.attributes as WindowReach)) return farWindow;
  const reason = lowering!.lower(context, node, bound);
  return reason === unfitValue ? unfitReason(context, node) : reason;
}
