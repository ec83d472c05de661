/**
 * Nodes in layers: what has weights, pools or resizes, with the normalization, activation and arithmetic that follow it
 * (or come before it, where nothing else reads that).
 */
import type { Changes } from '../split/decoders/changes.js';
import type { Network } from '../split/decoders/network.js';
import type { LayerKind } from './drawing.js';
import { layerKindOf } from './layer-kinds.js';

export interface FoldedLayer {
  readonly kind: LayerKind;
  /** Index of the node that it is about. */
  readonly main: number;
  readonly segment: number;
  /** Indices of its nodes, ascending. */
  readonly places: readonly number[];
}

interface Draft {
  kind: LayerKind | undefined;
  main: number;
  readonly segment: number;
  readonly places: number[];
}

/**
 * In topological order within each segment.
 * @param segmentOf by index of the node; undefined for nodes that make no data
 * @param nested for nodes in a block that is drawn as one: the number of the block
 */
export function layersOf(
  network: Network,
  changes: Changes,
  segmentOf: readonly (number | undefined)[],
  nested: ReadonlyMap<number, number>,
): FoldedLayer[] {
  const layers: Draft[] = [];
  const layerOf: number[] = [];
  const ofNested = new Map<number, number>();
  segmentOf.forEach((segment, place) => {
    if (segment === undefined) return;
    const begin = (kind: LayerKind | undefined) => layers.push({ kind, main: place, segment, places: [] }) - 1;
    const block = nested.get(place);
    let layer: number | undefined;
    if (block !== undefined) {
      layer = ofNested.get(block) ?? begin('block');
      ofNested.set(block, layer);
    } else {
      const before = network.reads[place]!.flatMap((value) => network.producerOf(value) ?? [])
        .map((producer) => layerOf[producer])
        .filter((item) => item !== undefined && layers[item]!.segment === segment) as number[];
      const newest = before.length === 0 ? undefined : Math.max(...before);
      const kind = layerKindOf(network, changes, place);
      const waiting = newest === undefined ? undefined : layers[newest]!;
      if (kind === undefined) layer = newest ?? begin(undefined);
      // What comes before the layer waits for it: it is read by nothing else, and there is nothing after it yet.
      else if (waiting !== undefined && waiting.kind === undefined && newest === layers.length - 1) {
        layer = newest!;
        waiting.kind = kind;
        waiting.main = place;
      } else layer = begin(kind);
    }
    layerOf[place] = layer;
    layers[layer]!.places.push(place);
  });
  return layers.map(({ kind, ...rest }) => ({ ...rest, kind: kind ?? 'other' }));
}
