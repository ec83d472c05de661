/**
 * Nodes whose operator has no rule, but is others plus something: the picture is followed through these others. What is
 * said of them names the node.
 */
import { ProblemError } from '../../diagnostics.js';
import { type Inference, infer } from '../../infer/infer.js';
import { constantFromTensor, type Graph, type Node, Value } from '../../ir/graph.js';
import { Expansion } from '../../ops/expansion.js';
import { expansionFacts } from '../../ops/expansion-facts.js';
import type { BoundOperator } from '../../ops/operator.js';
import { elementwiseRule } from './elementwise.js';
import { operatorReads } from './operators.js';
import type { OperatorReads } from './rule.js';

export interface ExpandedGraph {
  readonly graph: Graph;
  readonly inference: Inference;
  /** The node of the network that a node of the graph is, or is a part of. */
  readonly placeOf: (node: Node) => Node;
}

/** What the operator of a node reads, if that is known without its expansion. */
export function readsOf({ domain, opType }: Node, bound: BoundOperator | undefined): OperatorReads | undefined {
  const named = domain === '' ? operatorReads.get(opType) : undefined;
  return named ?? (bound?.operator.isElementwise ? elementwiseRule : undefined);
}

export function expandUnruled(graph: Graph, inference: Inference): ExpandedGraph {
  const expandable = (node: Node) => {
    const bound = inference.operators.get(node);
    return bound?.operator.expands === true && readsOf(node, bound) === undefined ? bound : undefined;
  };
  if (!graph.nodes.some(expandable)) return { graph, inference, placeOf: (node) => node };
  const found = {
    types: new Map(inference.types),
    known: new Map(inference.known),
    operators: new Map(inference.operators),
  };
  const constants = new Map(graph.constants);
  const facts = expansionFacts(graph, inference, {
    constant: (value) => constants.get(value),
    addConstant: (name, content) => {
      const value = new Value(name);
      constants.set(value, 'load' in content ? content : constantFromTensor(content));
      return value;
    },
  });
  const places = new Map<Node, Node>();
  const nodes = graph.nodes.flatMap((node) => {
    const bound = expandable(node);
    const parts = bound && partsOf(bound, new Expansion(node, facts));
    if (parts === undefined) return [node];
    const inner = inferParts(node, parts, constants, inference);
    for (const [value, type] of inner.types) if (!found.types.has(value)) found.types.set(value, type);
    for (const [value, known] of inner.known) if (!found.known.has(value)) found.known.set(value, known);
    for (const part of parts) {
      places.set(part, node);
      const operator = inner.operators.get(part);
      if (operator !== undefined) found.operators.set(part, operator);
    }
    return parts;
  });
  return {
    graph: { ...graph, nodes, constants },
    inference: { ...inference, ...found },
    placeOf: (node) => places.get(node) ?? node,
  };
}

/** The nodes in place of the node; undefined if it has no such form, or is at fault. */
function partsOf(bound: BoundOperator, expansion: Expansion): readonly Node[] | undefined {
  try {
    return bound.expand(expansion) === undefined ? expansion.nodes : undefined;
  } catch (error) {
    if (error instanceof ProblemError) return undefined;
    throw error;
  }
}

/** What inference knows of the parts of a node, by what is known of its inputs. */
function inferParts(
  node: Node,
  parts: readonly Node[],
  constants: Graph['constants'],
  { types, known }: Inference,
): Inference {
  const inputs = new Set(node.inputs.filter((value) => value !== undefined));
  const read = new Set(parts.flatMap((part) => part.inputs));
  const graph: Graph = {
    name: '',
    inputs: [...inputs],
    outputs: node.outputs.filter((value) => value !== undefined),
    nodes: parts,
    constants: new Map(
      [...read].flatMap((value) => {
        const constant = value && !inputs.has(value) ? constants.get(value) : undefined;
        return constant === undefined ? [] : [[value!, constant] as const];
      }),
    ),
  };
  const inputValues = new Map(
    [...inputs].flatMap((value) => {
      const elements = known.get(value);
      return elements === undefined ? [] : [[value.name, elements] as const];
    }),
  );
  return infer(graph, { inputTypes: types, inputValues });
}
