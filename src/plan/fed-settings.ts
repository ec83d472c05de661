/** What a plan that is made before anything is fed says of nodes that wait for that: a session has them compiled once it is. */
import { printable } from '../diagnostics/printable.js';
import type { Graph, Node, Value } from '../ir/graph.js';
import { readBy } from '../ir/uses.js';
import type { ExecutionPlan } from './execution-plan.js';

/** Reasons that are none once the elements of an input are known. */
function waits(reason: string): boolean {
  return reason === 'shapes that only running shows' || / (?:is|are) computed$/.test(reason);
}

/** Of each node, which of the inputs it depends on, by way of others too. */
function dependence(graph: Graph, names: ReadonlySet<string>): ReadonlyMap<Node, ReadonlySet<string>> {
  const ofValue = new Map<Value, ReadonlySet<string>>(
    graph.inputs.filter(({ name }) => names.has(name)).map((input) => [input, new Set([input.name])]),
  );
  return new Map(
    graph.nodes.map((node) => {
      const found = new Set([...readBy(node)].flatMap((value) => [...(ofValue.get(value) ?? [])]));
      for (const output of node.outputs) if (output !== undefined && found.size > 0) ofValue.set(output, found);
      return [node, found];
    }),
  );
}

/**
 * The plan with the true reason of such nodes.
 * @param names of the inputs whose elements a session compiles for
 */
export function tellFedSettings(plan: ExecutionPlan, graph: Graph, names: ReadonlySet<string>): ExecutionPlan {
  if (names.size === 0) return plan;
  const dependent = dependence(graph, names);
  const steps = plan.steps.map((step) => {
    const waitsFor = step.nodes.flatMap((place) => [...(dependent.get(graph.nodes[place]!) ?? [])]);
    if (step.kind !== 'reference' || waitsFor.length === 0 || !waits(step.reason)) return step;
    const listed = [...new Set(waitsFor)].map((name) => `'${printable(name)}'`).join(' and ');
    return { ...step, reason: `elements of ${listed}, for which a session compiles it once they are fed` };
  });
  return { ...plan, steps };
}
