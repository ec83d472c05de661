/** A network taken apart for drawing: nodes at levels, in segments and layers. */
import { type Inference, infer } from '../infer/infer.js';
import { type Bindings, type Dim, symbol } from '../ir/dim.js';
import type { Graph } from '../ir/graph.js';
import { blocksOf, type Block as NestedBlock } from '../split/decoders/blocks.js';
import { Changes } from '../split/decoders/changes.js';
import { findDecoders } from '../split/decoders/find.js';
import { Network } from '../split/decoders/network.js';
import { probeTypes, Resolutions } from '../split/decoders/resolution.js';
import { sizeAliases } from './aliases.js';
import type { SizeAlias } from './drawing.js';
import { type FoldedLayer, layersOf } from './layers.js';
import { type NodeLevels, nodeLevels } from './levels.js';
import { numbering, segmentsOf, type Unit } from './segments.js';

export interface Analysis {
  readonly network: Network;
  readonly resolutions: Resolutions;
  readonly changes: Changes;
  readonly nodeLevels: NodeLevels;
  /** In topological order, layers of a segment beside each other. */
  readonly layers: readonly FoldedLayer[];
  /** Outermost blocks that are flat seen from outside. */
  readonly nested: readonly NestedBlock[];
  /** Short names for long ones of open sizes. */
  readonly aliases: readonly SizeAlias[];
  /** Whether the node is part of the drawing: it makes data, and not from sizes alone. */
  isShown(place: number): boolean;
  /** Name of the value that the decoder begins with. */
  readonly bottleneck: string | undefined;
  readonly inference: Inference;
}

export function analyze(graph: Graph, dims: Bindings): Analysis {
  const aliases = sizeAliases(graph).filter(({ name }) => !dims.has(name));
  const bindings = new Map<string, Dim>([...dims, ...aliases.map(({ name, alias }) => [name, symbol(alias)] as const)]);
  const network = new Network(graph, infer(graph));
  const resolutions = new Resolutions(network, probeTypes(graph));
  const changes = new Changes(network, resolutions);
  const levels = nodeLevels(network, resolutions, changes);
  const nested = outermost(blocksOf(network, resolutions, changes));
  const blockOf = new Map(nested.flatMap(({ places }, i) => [...places].map((place) => [place, i] as const)));
  const shown = shownNodes(network);
  const { kind, candidates } = findDecoders(graph);
  const bottleneck = kind === 'encoder-decoder' ? candidates[0]?.bottleneck : undefined;

  const unitOf = new Map<number, number>();
  const units: Unit[] = [];
  graph.nodes.forEach((_, place) => {
    if (!shown[place]) return;
    const block = nested[blockOf.get(place) ?? -1];
    const places = block === undefined ? [place] : [...block.places];
    // A block is whole where its last node is.
    if (place !== Math.max(...places)) return;
    for (const item of places) unitOf.set(item, units.length);
    const read = places.flatMap((item) => network.reads[item]!);
    const reads = read.flatMap((value) => unitOf.get(network.producerOf(value) ?? -1) ?? []);
    const isSubstantial = block !== undefined || network.hasWeights(place);
    units.push({
      level: levels.of[block === undefined ? place : (entryPlace(network, block) ?? place)]!,
      reads: [...new Set(reads)].filter((item) => item !== units.length).sort((a, b) => a - b),
      isFirst: isSubstantial && read.some(({ name }) => name === bottleneck),
      isSubstantial,
    });
  });
  const segments = segmentsOf(units);
  const segmentOf = graph.nodes.map((_, place) => {
    const unit = unitOf.get(place);
    return unit === undefined ? undefined : segments[unit];
  });
  const layers = inOrder(network, layersOf(network, changes, segmentOf, blockOf));
  return {
    network,
    resolutions,
    changes,
    nodeLevels: levels,
    layers,
    nested,
    bottleneck,
    aliases,
    isShown: (place) => shown[place] === true,
    inference: bindings.size === 0 ? network.inference : infer(graph, { bindings }),
  };
}

/** Positions that are computed from sizes alone are no part of the network, though they are data. */
function shownNodes(network: Network): boolean[] {
  const shown: boolean[] = [];
  for (const place of network.graph.nodes.keys()) {
    const reads = network.reads[place]!;
    shown[place] =
      network.makes(place).length > 0 &&
      (isRandom(network, place) ||
        reads.some((value) => {
          const producer = network.producerOf(value);
          return producer === undefined ? network.isInput(value) : shown[producer] === true;
        }));
  }
  return shown;
}

function isRandom(network: Network, place: number): boolean {
  return /^(Random|Bernoulli|Multinomial)/.test(network.node(place).opType);
}

function entryPlace(network: Network, { entry }: NestedBlock): number | undefined {
  return network.producerOf(entry);
}

function outermost(blocks: readonly NestedBlock[]): NestedBlock[] {
  const taken = new Set<number>();
  return blocks.filter(({ places }) => {
    const isFree = [...places].every((place) => !taken.has(place));
    if (isFree) for (const place of places) taken.add(place);
    return isFree;
  });
}

/** By segment, in topological order. */
function inOrder(network: Network, layers: readonly FoldedLayer[]): FoldedLayer[] {
  const layerOf = new Map(layers.flatMap(({ places }, i) => places.map((place) => [place, i] as const)));
  const reads = layers.map(({ places }) => ({
    reads: places.flatMap((place) =>
      network.reads[place]!.flatMap((value) => layerOf.get(network.producerOf(value) ?? -1) ?? []),
    ),
  }));
  const numberOf = numbering(
    layers.map(({ segment }) => segment),
    reads,
  );
  return layers
    .map((layer, i) => ({ layer: { ...layer, segment: numberOf(layer.segment) }, i }))
    .sort((a, b) => a.layer.segment - b.layer.segment || a.i - b.i)
    .map(({ layer }) => layer);
}
