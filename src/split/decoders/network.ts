/** A graph as decoders are looked for in it: who makes and who reads data, apart from weights and from sizes. */
import type { Inference } from '../../infer/infer.js';
import type { Graph, Node, Value } from '../../ir/graph.js';
import { DataFlow } from '../data-flow.js';

/** Nodes by their places, in topological order. */
export class Network {
  readonly flow: DataFlow;
  /** By the node's place: the data it reads. */
  readonly reads: readonly (readonly Value[])[];
  private readonly readersOf = new Map<Value, number[]>();
  private readonly inputs: ReadonlySet<Value>;

  constructor(
    readonly graph: Graph,
    /** Symbols kept. */
    readonly inference: Inference,
  ) {
    this.flow = new DataFlow(graph);
    this.inputs = new Set(graph.inputs);
    const constants = new Set<Value>(graph.constants.keys());
    this.reads = this.flow.reads.map((values, place) => {
      const { outputs } = graph.nodes[place]!;
      // Who makes sizes alone has no part in the data.
      const makesSizes = outputs.every((value) => value === undefined || this.isSize(value));
      const read = makesSizes ? [] : values.filter((value) => !constants.has(value) && !this.isSize(value));
      // What is computed from weights alone is a weight; without data only what makes random numbers is data.
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

  /** Weights, and what is computed from weights alone. */
  readonly constants: ReadonlySet<Value>;

  /** Numbers that shape arithmetic follows: sizes, axes, scales. */
  isSize(value: Value): boolean {
    return !this.inputs.has(value) && this.inference.known.has(value);
  }

  isInput(value: Value): boolean {
    return this.inputs.has(value);
  }

  /** Places of the nodes that read it as data, ascending. */
  readers(value: Value): readonly number[] {
    return this.readersOf.get(value) ?? [];
  }

  producerOf(value: Value): number | undefined {
    return this.flow.producerOf(value);
  }

  node(place: number): Node {
    return this.graph.nodes[place]!;
  }

  /** Whether the node has a matrix, kernels or a table that were learnt. */
  hasWeights(place: number): boolean {
    return this.node(place).inputs.some((value) => {
      if (value === undefined || !this.constants.has(value)) return false;
      return (this.inference.types.get(value)?.shape?.length ?? 0) >= 2;
    });
  }

  /** What the node makes that is data. */
  makes(place: number): Value[] {
    return this.node(place).outputs.filter(
      (value): value is Value => value !== undefined && !this.constants.has(value) && !this.isSize(value),
    );
  }

  /** Places of everything that depends on these nodes, themselves included. */
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

  /** Places of everything that these values are computed from. */
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
