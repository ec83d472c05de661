/** Which layers are drawn as one block. */

import { moduleOf } from '../ir/origin.js';
import type { Analysis } from './analysis.js';
import type { LevelOfDetail } from './build.js';
import type { FoldedLayer } from './layers.js';

export type Group = readonly FoldedLayer[];

/** More is no drawing any more: neighbors in topological order are drawn as one then. */
const mostGroups: Readonly<Record<LevelOfDetail, number>> = { blocks: 80, layers: 400 };
/** Where a network has fewer segments, those with more layers than this are drawn as several blocks. */
const fewSegments = 6;
const mostLayers = 12;
const mostParts = 24;

/** In topological order. */
export function groupsOf(analysis: Analysis, levelOfDetail: LevelOfDetail): Group[] {
  const { layers } = analysis;
  const groups = levelOfDetail === 'layers' ? layers.map((layer) => [layer]) : blocksOf(analysis);
  return coarser(groups, mostGroups[levelOfDetail], analysis);
}

function blocksOf(analysis: Analysis): Group[] {
  const segments = runsBy(analysis.layers, ({ segment }) => segment);
  if (segments.length > fewSegments) return segments;
  return segments.flatMap((segment) => (segment.length > mostLayers ? partsOf(segment, analysis) : [segment]));
}

/** Consecutive items with the same key. Layers are in topological order, so no way leaves such a run and comes back. */
function runsBy(layers: readonly FoldedLayer[], keyOf: (layer: FoldedLayer) => unknown): Group[] {
  const runs: FoldedLayer[][] = [];
  let last: unknown;
  for (const layer of layers) {
    const key = keyOf(layer);
    if (runs.length > 0 && key === last) runs.at(-1)!.push(layer);
    else runs.push([layer]);
    last = key;
  }
  return runs;
}

/** A long segment by its modules, or where everything goes through one value. */
function partsOf(segment: Group, analysis: Analysis): Group[] {
  const paths = segment.map(({ main }) => moduleOf(analysis.network.node(main))?.split('.') ?? []);
  const depth = Math.max(0, ...paths.map((path) => path.length));
  let best: Group[] | undefined;
  for (let length = 1; length <= Math.min(depth, 12); length++) {
    const runs = runsBy(segment, (layer) => paths[segment.indexOf(layer)]!.slice(0, length).join('.'));
    if (runs.length > mostParts) break;
    if (runs.length > 1) best = runs;
  }
  return best ?? coarser(atNarrows(segment, analysis), mostParts, analysis);
}

function atNarrows(segment: Group, { network }: Analysis): Group[] {
  const indexOf = new Map(segment.flatMap(({ places }, i) => places.map((place) => [place, i] as const)));
  /** By layer: the last one that reads it. */
  const lastReaders = segment.map(({ places }) =>
    Math.max(
      -1,
      ...places.flatMap((place) =>
        network.makes(place).flatMap((value) => network.readers(value).map((reader) => indexOf.get(reader) ?? -1)),
      ),
    ),
  );
  const parts: FoldedLayer[][] = [[]];
  let reach = -1;
  segment.forEach((layer, i) => {
    parts.at(-1)!.push(layer);
    reach = Math.max(reach, i === 0 ? -1 : lastReaders[i - 1]!);
    // What came before this layer is read up to it: only what it makes itself goes on.
    if (reach <= i && i < segment.length - 1) parts.push([]);
  });
  return parts;
}

/** At most `most`: neighbors together, if possible those of one level. */
function coarser(groups: readonly Group[], most: number, analysis: Pick<Analysis, 'nodeLevels'>): Group[] {
  if (groups.length <= most) return [...groups];
  const size = Math.ceil(groups.length / most);
  const levelOf = (group: Group) => analysis.nodeLevels.of[group[0]!.main];
  const chunks: Group[][] = [];
  for (const group of groups) {
    const last = chunks.at(-1);
    const isFull =
      last === undefined ||
      last.length >= size ||
      (last.length >= size / 2 && levelOf(last.at(-1)!) !== levelOf(group));
    if (isFull) chunks.push([group]);
    else last.push(group);
  }
  const joined = chunks.map((chunk) => chunk.flat());
  return joined.length <= most ? joined : coarser(joined, most, analysis);
}
