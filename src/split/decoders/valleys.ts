/**
 * Where the resolution of a network goes down and comes up again, with blocks whose ends have the same resolution
 * skipped.
 */
import type { Value } from '../../ir/graph.js';
import type { Block } from './blocks.js';
import type { Change, Changes } from './changes.js';
import type { Network } from './network.js';
import type { Resolutions } from './resolution.js';

/** The first change upwards after a place where the network is smallest. */
export interface Valley {
  readonly up: Change;
  /** Whether anything shrank before. */
  readonly hasDown: boolean;
  /**
   * Pixels of the lower of the two heights beside it. If it is the only valley, these are the two ends of the network.
   */
  readonly rim: number;
}

/** The part of the graph that is searched: the whole, or the inside of a block. Blocks inside it count as flat. */
export interface Scope {
  readonly within: Block | undefined;
  readonly flat: readonly Block[];
}

export function valleysOf(network: Network, resolutions: Resolutions, changes: Changes, scope: Scope): Valley[] {
  const hidden = new Set<number>();
  for (const { places } of scope.flat) for (const place of places) hidden.add(place);
  const { within } = scope;
  const isSeen = (place: number) => !hidden.has(place) && (within === undefined || within.places.has(place));
  const changeAt = (place: number) => (isSeen(place) ? changes.at.get(place) : undefined);

  /**
   * Values that have an upward change after their last downward change, and values that have any downward change before
   * them.
   */
  const hasRisen = new Set<Value>();
  const hasSunk = new Set<Value>();
  /** The least height between the value and an upward change before it. */
  const left = new Map<Value, number>();
  const ups: Change[] = [];
  network.graph.nodes.forEach((_, place) => {
    if (within !== undefined && !within.places.has(place)) return;
    const change = changeAt(place);
    const reads = network.reads[place]!;
    const main = mainReads(network, resolutions, place);
    const isRising = change?.kind === 'up' || (change === undefined && reads.some((value) => hasRisen.has(value)));
    const isSunk = (change !== undefined && change.kind !== 'up') || main.some((value) => hasSunk.has(value));
    if (change?.kind === 'up' && !hasRisen.has(change.source)) ups.push(change);
    const heights = reads.flatMap((value) => left.get(value) ?? []);
    for (const value of network.makes(place)) {
      const area = resolutions.area(value) ?? 0;
      if (isRising) hasRisen.add(value);
      if (isSunk) hasSunk.add(value);
      if (change?.kind === 'up') left.set(value, area);
      else if (heights.length > 0) left.set(value, Math.max(area, Math.min(...heights)));
    }
  });

  const right = heightsAfter(network, resolutions, changeAt);
  const highest = Math.max(0, ...network.graph.inputs.map((value) => resolutions.area(value) ?? 0));
  return ups.map((up) => ({
    up,
    hasDown: hasSunk.has(up.source),
    rim: Math.max(left.get(up.source) ?? highest, right.get(up.place) ?? highest),
  }));
}

/** By index of each upward change: the least height between it and a downward change after it. */
function heightsAfter(
  network: Network,
  resolutions: Resolutions,
  changeAt: (place: number) => Change | undefined,
): Map<number, number> {
  const heights = new Map<number, number>();
  for (let place = network.graph.nodes.length - 1; place >= 0; place--) {
    const change = changeAt(place);
    const made = network.makes(place);
    const area = Math.max(0, ...made.map((value) => resolutions.area(value) ?? 0));
    if (change !== undefined && change.kind !== 'up') {
      heights.set(place, change.before);
      continue;
    }
    const downstream = made.flatMap((value) => network.readers(value)).flatMap((reader) => heights.get(reader) ?? []);
    if (downstream.length > 0) heights.set(place, Math.max(area, Math.min(...downstream)));
  }
  return heights;
}

/** Those inputs of a node that have the finest grid. Gates and global context are not on the main path. */
function mainReads(network: Network, resolutions: Resolutions, place: number): Value[] {
  const source = resolutions.sourceOf(network.node(place), place);
  const area = source && resolutions.area(source);
  if (area === undefined) return [...network.reads[place]!];
  return network.reads[place]!.filter((value) => value === source || resolutions.area(value) === area);
}
