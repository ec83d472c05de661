/** The view of a graph in which decoders are searched: producers and readers of data, without weights and sizes. */
import type { Inference } from '../../infer/infer.js';
import type { Graph, Node, Value } from '../../ir/graph.js';
import { DataFlow } from '../data-flow.js';

/** Nodes are named by their index in topological order. */
export class Network {
  readonly flow: DataFlow;
  /** By node index: the data that it reads. */
  readonly reads: readonly (readonly Value[])[];
  private readonly readersOf = new Map<Value, number[]>();
  private readonly inputs: ReadonlySet<Value>;

  constructor(
    readonly graph: Graph,
    /** With open sizes as symbols. */
    readonly inference: Inference,
  ) {
    this.flow = new DataFlow(graph);
    this.inputs = new Set(graph.inputs);
    const constants = new Set<Value>(graph.constants.keys());
    this.reads = this.flow.reads.map((values, place) => {
      const { outputs } = graph.nodes[place]!;
      // A node that produces only sizes is not part of the data flow.
      const makesSizes = outputs.every((value) => value === undefined || this.isSize(value));
      const read = makesSizes ? [] : values.filter((value) => !constants.has(value) && !this.isSize(value));
      // A value that is computed from weights alone is a weight. Of nodes without data inputs, only generators of
      // random numbers produce data.
      const isConstant = values.every((value) => constants.has(value)) && !isRandom(graph.nodes[place]!);
      if (isConstant) for (const output of outputs) if (output !== undefined) constants.add(output);
      for (const value of read) {
        const readers = this.readersOf.get(value);
        if (readers === undefined) this.readersOf.set(value, [place]);
        else readers.push(place);
      }
      return read;
    });
    this.constants = constants;
  }

  /** Weights, and values that are computed from weights alone. */
  readonly constants: ReadonlySet<Value>;

  /** Whether inference follows the value's elements: sizes, axes, scales. */
  isSize(value: Value): boolean {
    return !this.inputs.has(value) && this.inference.known.has(value);
  }

  isInput(value: Value): boolean {
    return this.inputs.has(value);
  }

  /** Indices of the nodes that read it as data, ascending. */
  readers(value: Value): readonly number[] {
    return this.readersOf.get(value) ?? [];
  }

  producerOf(value: Value): number | undefined {
    return this.flow.producerOf(value);
  }

  node(place: number): Node {
    return this.graph.nodes[place]!;
  }

  /** Whether the node has learned weights: a matrix, kernels or a table. */
  hasWeights(place: number): boolean {
    return this.node(place).inputs.some((value) => {
      if (value === undefined || !this.constants.has(value)) return false;
      return (this.inference.types.get(value)?.shape?.length ?? 0) >= 2;
    });
  }

  /** The node's outputs that are data. */
  makes(place: number): Value[] {
    return this.node(place).outputs.filter(
      (value): value is Value => value !== undefined && !this.constants.has(value) && !this.isSize(value),
    );
  }

  /** Indices of all nodes that depend on these nodes, including themselves. */
  descendants(places: Iterable<number>): Set<number> {
    const found = new Set<number>();
    const waiting = [...places];
    for (let place = waiting.pop(); place !== undefined; place = waiting.pop()) {
      if (found.has(place)) continue;
      found.add(place);
      for (const value of this.makes(place)) waiting.push(...this.readers(value));
    }
    return found;
  }

  /** Indices of all nodes that these values are computed from. */
  ancestors(values: Iterable<Value>): Set<number> {
    const found = new Set<number>();
    const waiting = [...values];
    for (let value = waiting.pop(); value !== undefined; value = waiting.pop()) {
      const place = this.producerOf(value);
      if (place === undefined || found.has(place)) continue;
      found.add(place);
      waiting.push(...this.reads[place]!);
    }
    return found;
  }
}

function isRandom({ opType }: Node): boolean {
  return opType.startsWith('Random') || opType === 'Multinomial' || opType === 'Bernoulli';
}
