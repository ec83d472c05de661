/**
 * What an earlier walk has found, for a walk through the graph that a pass has made of it: a node whose inputs are what they
 * were makes what it made. Only of values whose sizes are numbers, so that nothing has to be required or solved again.
 */
import { type Node, subgraphsOf, type Value } from '../ir/graph.js';
import { areSame, haveSameElements, type SymbolicTensor } from '../ir/quantity.js';
import { isConcrete, type TensorType } from '../ir/shape.js';
import type { BoundOperator } from '../ops/operator.js';

/** What a walk knows. */
export interface Findings {
  readonly types: Map<Value, TensorType>;
  readonly known: Map<Value, SymbolicTensor>;
  readonly partlyKnown: ReadonlyMap<Value, SymbolicTensor>;
  readonly operators: Map<Node, BoundOperator>;
  /** Values that a failure has to do with. */
  readonly tainted: ReadonlySet<Value>;
  /** Nodes whose outputs have types that do not follow from those of the inputs alone. */
  readonly unsettled: ReadonlySet<Node>;
}

export class Earlier {
  constructor(private readonly found: Findings) {}

  /** Whether the node reads what it read then. Then what it makes is taken from there. */
  repeats(node: Node, now: Findings): boolean {
    const { operators, unsettled, types, known } = this.found;
    const bound = operators.get(node);
    if (bound === undefined || unsettled.has(node) || subgraphsOf(node).length > 0) return false;
    const outputs = node.outputs.filter((output) => output !== undefined);
    if (!outputs.every((output) => this.isSettled(output))) return false;
    for (const input of node.inputs) {
      if (input === undefined) continue;
      if (!this.isSettled(input) || now.tainted.has(input)) return false;
      if (now.types.get(input) !== types.get(input) || now.known.get(input) !== known.get(input)) return false;
    }
    now.operators.set(node, bound);
    for (const output of outputs) {
      now.types.set(output, types.get(output)!);
      const elements = known.get(output);
      if (elements !== undefined) now.known.set(output, elements);
    }
    return true;
  }

  private isSettled(value: Value): boolean {
    const { types, partlyKnown, tainted } = this.found;
    const shape = types.get(value)?.shape;
    return shape !== undefined && isConcrete(shape) && !tainted.has(value) && !partlyKnown.has(value);
  }

  /** The same object as then where that says the same. */
  type(value: Value, type: TensorType): TensorType {
    const before = this.found.types.get(value);
    const { shape } = type;
    if (before?.shape === undefined || shape === undefined || before.elementType !== type.elementType) return type;
    return isConcrete(shape) && areSame(before.shape, shape) ? before : type;
  }

  /** The same object as then where that says the same. */
  elements(value: Value, known: SymbolicTensor): SymbolicTensor {
    const before = this.found.known.get(value);
    if (before === known || before?.type !== known.type) return known;
    return areSame(before.dims, known.dims) && haveSameElements(before, known) ? before : known;
  }
}
