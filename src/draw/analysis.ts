/** A network taken apart for drawing: nodes at levels, in segments and layers. */
import { type Inference, infer } from '../infer/infer.js';
import type { Bindings } from '../ir/dim.js';
import type { Graph } from '../ir/graph.js';
import { blocksOf, type Block as NestedBlock } from '../split/decoders/blocks.js';
import { Changes } from '../split/decoders/changes.js';
import { findDecoders } from '../split/decoders/find.js';
import { Network } from '../split/decoders/network.js';
import { probeTypes, Resolutions } from '../split/decoders/resolution.js';
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
  /** Name of the value that the decoder begins with. */
  readonly bottleneck: string | undefined;
  readonly inference: Inference;
}

export function analyze(graph: Graph, dims: Bindings): Analysis {
  const network = new Network(graph, infer(graph));
  const resolutions = new Resolutions(network, probeTypes(graph));
  const changes = new Changes(network, resolutions);
  const levels = nodeLevels(network, resolutions, changes);
  const nested = outermost(blocksOf(network, resolutions, changes));
  const blockOf = new Map(nested.flatMap(({ places }, i) => [...places].map((place) => [place, i] as const)));
  const { kind, candidates } = findDecoders(graph);
  const bottleneck = kind === 'encoder-decoder' ? candidates[0]?.bottleneck : undefined;

  const unitOf = new Map<number, number>();
  const units: Unit[] = [];
  graph.nodes.forEach((_, place) => {
    if (network.makes(place).length === 0) return;
    const block = nested[blockOf.get(place) ?? -1];
    const places = block === undefined ? [place] : [...block.places];
    // A block is whole where its last node is.
    if (place !== Math.max(...places)) return;
    for (const item of places) unitOf.set(item, units.length);
    const read = places.flatMap((item) => network.reads[item]!);
    const reads = read.flatMap((value) => unitOf.get(network.producerOf(value) ?? -1) ?? []);
    units.push({
      level: levels.of[block === undefined ? place : (entryPlace(network, block) ?? place)]!,
      reads: [...new Set(reads)].filter((item) => item !== units.length).sort((a, b) => a - b),
      isFirst: read.some(({ name }) => name === bottleneck),
      isSubstantial: block !== undefined || network.hasWeights(place),
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
    inference: dims.size === 0 ? network.inference : infer(graph, { bindings: dims }),
  };
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
