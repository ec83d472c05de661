/**
 * What of a section computes rows that are independent of one another: elements at positions of an axis whose size only a run
 * shows, from elements at the same positions. It can be run with more rows than there are, so that a few programs do for all sizes.
 */
import { infer } from '../infer/infer.js';
import { type Dim, symbolNameOf } from '../ir/dim.js';
import { capturedValues, type Graph, type Node, type Value } from '../ir/graph.js';
import { isConcrete, type TensorType } from '../ir/shape.js';
import { inputsOf, type Uses } from '../ir/uses.js';
import { bind } from '../ops/bind.js';
import { elementwiseRule } from '../split/fields/elementwise.js';
import { operatorReads } from '../split/fields/operators.js';
import { own } from '../split/fields/reads.js';
import { NoReads, type OperatorReads, ruleContext } from '../split/fields/rule.js';

/** An axis of one of several values that has as many positions as a symbol says. */
export interface RowAxis {
  readonly value: Value;
  readonly axis: number;
  readonly symbol: string;
}

/**
 * Nodes of the section that compute rows independently, none of which reads what the others make.
 * @param uses of the whole graph
 */
export function independentNodes(
  nodes: readonly Node[],
  { constants }: Pick<Graph, 'constants'>,
  uses: Uses,
  types: ReadonlyMap<Value, TensorType>,
): ReadonlySet<Node> {
  const outputs = nodes.flatMap((node) => node.outputs.filter((output) => output !== undefined));
  const captured = [...capturedValues({ name: '', inputs: [], outputs, nodes, constants: new Map() })];
  const graph: Graph = {
    name: '',
    inputs: captured.filter((value) => !constants.has(value)),
    outputs,
    nodes,
    constants: new Map(captured.flatMap((value) => (constants.has(value) ? [[value, constants.get(value)!]] : []))),
  };
  const inference = infer(graph, { inputTypes: types });
  /** Whether elements say how many rows there are. */
  const tellsRows = (value: Value) =>
    inference.known.get(value)?.elements.some((element) => typeof element !== 'number') === true;
  const found = new Set(nodes.filter((node) => isIndependent(node)));
  const inside = new Set(nodes);
  const readsOthers = (node: Node) =>
    [...inputsOf(node)].some((value) => {
      const producer = uses.producer(value);
      return producer !== undefined && inside.has(producer) && !found.has(producer);
    });
  const tellsOthers = ({ outputs: made }: Node) =>
    made.some(
      (value) =>
        value !== undefined &&
        tellsRows(value) &&
        (uses.isReturned(value) || !uses.readers(value).every((reader) => found.has(reader))),
    );
  // What one node does not allow keeps those after it out, and those before it that tell it sizes.
  for (let before = -1; before !== found.size; ) {
    before = found.size;
    for (const node of [...found]) if (readsOthers(node)) found.delete(node);
    for (const node of [...found].reverse()) if (tellsOthers(node)) found.delete(node);
  }
  return found;

  function isIndependent(node: Node): boolean {
    const bound = bind(node);
    if (bound === undefined || !bound.operator.isDeterministic) return false;
    const values = [...node.inputs, ...node.outputs].filter((value) => value !== undefined);
    if (!values.every((value) => rowAxes(value, inference.types) !== undefined)) return false;
    // Arithmetic with sizes is done before the run of the section.
    if (node.outputs.every((output) => output === undefined || inference.known.has(output))) return true;
    const rules = bound.operator.isElementwise ? elementwiseRule : operatorReads.get(node.opType);
    if (rules === undefined || node.domain !== '') return false;
    try {
      return readsOwnRows(node, rules);
    } catch (error) {
      if (error instanceof NoReads) return false;
      throw error;
    }
  }

  function readsOwnRows(node: Node, { rule, parameters }: OperatorReads): boolean {
    const reads = rule(ruleContext(node, inference));
    return node.inputs.every((value, input) => {
      if (value === undefined) return true;
      if (parameters.includes(input)) return inference.known.has(value);
      if (tellsRows(value)) return false;
      return rowAxes(value, inference.types)!.every(({ axis, symbol }) =>
        node.outputs.every((output, i) =>
          reads[i]?.some((sources, onto) => {
            const dim = output && inference.types.get(output)?.shape?.[onto];
            const isOwn = sources.some(
              (source) => source.input === input && source.axis === axis && source.reads === own,
            );
            return isOwn && symbolNameOf(dim) === symbol;
          }),
        ),
      );
    });
  }
}

/** The axes of a value whose sizes are open; undefined where one is no symbol alone, or the rank is not known. */
export function rowAxes(value: Value, types: ReadonlyMap<Value, TensorType>): readonly RowAxis[] | undefined {
  const shape = types.get(value)?.shape;
  if (shape === undefined) return undefined;
  if (isConcrete(shape)) return [];
  const axes = shape.map((dim: Dim, axis) =>
    typeof dim === 'number' ? undefined : { value, axis, symbol: symbolNameOf(dim) },
  );
  const open = axes.filter((item) => item !== undefined);
  return open.every((item): item is RowAxis => item.symbol !== undefined) ? open : undefined;
}
