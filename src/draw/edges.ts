/** What flows between blocks: the main path, skips with how they are joined, and vectors that blocks are conditioned by. */
import type { Value } from '../ir/graph.js';
import type { Analysis } from './analysis.js';
import type { DrawnBlock, DrawnEdge, SkipJoin } from './drawing.js';

const joinOf: ReadonlyMap<string, SkipJoin> = new Map([
  ['Concat', 'concat'],
  ['QLinearConcat', 'concat'],
  ['Add', 'add'],
  ['Sum', 'add'],
  ['Sub', 'add'],
  ['QLinearAdd', 'add'],
  ['Mul', 'multiply'],
  ['QLinearMul', 'multiply'],
  ['MaxUnpool', 'indices'],
  ['ScatterND', 'indices'],
  ['ScatterElements', 'indices'],
]);

/** Nodes between a block's entry and where a skip is joined: crops, pads, layout. */
const mostBefore = 12;

interface Flow {
  readonly value: Value;
  /** Index of the node that reads it; undefined for an output of the graph. */
  readonly reader: number | undefined;
}

export interface Edges {
  readonly edges: readonly DrawnEdge[];
  /** By block: names of what it is conditioned by. */
  readonly conditions: ReadonlyMap<number, readonly string[]>;
}

/** @param blockOf by index of the node */
export function edgesOf(
  analysis: Analysis,
  blocks: readonly DrawnBlock[],
  blockOf: ReadonlyMap<number, number>,
  inputs: readonly Value[],
): Edges {
  return new EdgeFinder(analysis, blocks, blockOf, inputs).find();
}

class EdgeFinder {
  /** By reading block, by block that is read. */
  private readonly flows = new Map<number, Map<number, Flow[]>>();
  private readonly readers = new Map<number, Set<number>>();
  private readonly inputBlocks: ReadonlyMap<Value, number>;

  constructor(
    private readonly analysis: Analysis,
    private readonly blocks: readonly DrawnBlock[],
    private readonly blockOf: ReadonlyMap<number, number>,
    inputs: readonly Value[],
  ) {
    this.inputBlocks = new Map(inputs.map((value, i) => [value, i]));
  }

  find(): Edges {
    const { graph, reads } = this.analysis.network;
    for (const place of graph.nodes.keys()) {
      const to = this.blockOf.get(place);
      if (to !== undefined) for (const value of reads[place]!) this.connect(value, to, place);
    }
    const firstOutput = this.blocks.length - graph.outputs.length;
    for (const [i, value] of graph.outputs.entries()) this.connect(value, firstOutput + i, undefined);
    const edges: DrawnEdge[] = [];
    const conditions = new Map<number, string[]>();
    for (const [to, into] of [...this.flows].sort(([a], [b]) => a - b)) {
      const sources = [...into.keys()].sort((a, b) => a - b);
      const given = sources.length < 2 ? [] : sources.filter((from) => this.isCondition(from, to, into.get(from)!));
      if (given.length > 0)
        conditions.set(
          to,
          given.map((from) => this.blocks[from]!.name || into.get(from)![0]!.value.name),
        );
      const rest = sources.filter((from) => !given.includes(from));
      // What is computed last is the main path: a skip is there before.
      const main = rest.filter((from) => this.blocks[from]!.role !== 'input').at(-1) ?? rest.at(-1);
      for (const from of rest) edges.push(this.edge(from, to, into.get(from)!, from === main));
    }
    return { edges, conditions };
  }

  private connect(value: Value, to: number, reader: number | undefined): void {
    const from = this.sourceOf(value, reader);
    if (from === undefined || from === to) return;
    let into = this.flows.get(to);
    if (into === undefined) {
      into = new Map();
      this.flows.set(to, into);
    }
    const known = into.get(from);
    if (known === undefined) into.set(from, [{ value, reader }]);
    else if (known.at(-1)?.value !== value) known.push({ value, reader });
    const readers = this.readers.get(from);
    if (readers === undefined) this.readers.set(from, new Set([to]));
    else readers.add(to);
  }

  private blockThatMakes(value: Value): number | undefined {
    const producer = this.analysis.network.producerOf(value);
    return producer === undefined ? this.inputBlocks.get(value) : this.blockOf.get(producer);
  }

  /** Indices of maxima are those of the grid that was pooled, and are drawn from there. */
  private sourceOf(value: Value, reader: number | undefined): number | undefined {
    const { network } = this.analysis;
    const producer = network.producerOf(value);
    const node = producer === undefined || reader === undefined ? undefined : network.node(producer);
    const isIndices = node?.opType === 'MaxPool' && node.outputs[1] === value;
    const pooled = isIndices && producer !== undefined ? network.reads[producer]![0] : undefined;
    return (pooled && this.blockThatMakes(pooled)) ?? this.blockThatMakes(value);
  }

  /** Whether it is a vector that all pixels of the block get. */
  private isCondition(from: number, to: number, flows: readonly Flow[]): boolean {
    const { nodeLevels, changes } = this.analysis;
    const [source, target] = [from, to].map((block) => nodeLevels.levels[this.blocks[block]!.level]);
    if (source?.isVector !== true || target?.isVector !== false) return false;
    return flows.every(({ reader }) => reader !== undefined && changes.at.get(reader)?.kind !== 'up');
  }

  private edge(from: number, to: number, flows: readonly Flow[], isMain: boolean): DrawnEdge {
    // An input that nothing else has read is no skip.
    const isNew = this.blocks[from]!.role === 'input' && this.readers.get(from)?.size === 1;
    const value = flows[0]!.value.name;
    if (isMain || isNew) return { from, to, kind: 'main', join: undefined, value };
    const joins = flows.map(({ reader }) => this.joinAt(reader, to));
    return { from, to, kind: 'skip', join: joins.find((join) => join !== 'other') ?? 'other', value };
  }

  private joinAt(reader: number | undefined, to: number): SkipJoin {
    const { network } = this.analysis;
    let place = reader;
    for (let i = 0; i < mostBefore && place !== undefined && this.blockOf.get(place) === to; i++) {
      const found = joinOf.get(network.node(place).opType);
      if (found !== undefined) return found;
      if (network.hasWeights(place)) break;
      const [made] = network.makes(place);
      place = made && network.readers(made)[0];
    }
    return 'other';
  }
}
