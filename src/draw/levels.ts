/**
 * The resolution that each node works at. Borders that windows cut off, crops and pads do not change it; strides, pooling
 * and upsampling do. So a U-Net without padding has its encoder and its decoder on the same levels.
 */
import type { Value } from '../ir/graph.js';
import type { Changes } from '../split/decoders/changes.js';
import type { Network } from '../split/decoders/network.js';
import type { Resolutions } from '../split/decoders/resolution.js';
import type { DrawnLevel } from './drawing.js';

/** Ratios of pixels that are this near to a power of two are that power: odd sizes and borders of windows. */
const powerTolerance = 0.16;
/** Two levels differ by at least this factor. */
const leastFactor = 1.4;

export interface NodeLevels {
  readonly levels: readonly DrawnLevel[];
  /** By index of the node: its place in `levels`. */
  readonly of: readonly number[];
  /** The level of a graph's input. */
  ofInput(value: Value): number;
}

export function nodeLevels(network: Network, resolutions: Resolutions, changes: Changes): NodeLevels {
  const pixels = new Map<Value, number>();
  for (const input of network.graph.inputs) pixels.set(input, resolutions.area(input) ?? 1);
  const own = network.graph.nodes.map((node, place) => {
    const made = network.makes(place);
    const area = Math.max(1, ...made.map((value) => resolutions.area(value) ?? 0));
    const source = resolutions.sourceOf(node, place);
    const change = changes.at.get(place);
    const before = (source && pixels.get(source)) ?? area;
    let found = area;
    if (area > 1 && before > 1) found = change === undefined ? before : before * snapped(change.after / change.before);
    for (const value of made) pixels.set(value, (resolutions.area(value) ?? found) === 1 ? 1 : found);
    return found;
  });
  absorbVectors(network, changes, own);
  const known = [...own.filter((_, place) => network.makes(place).length > 0), ...inputsOf(network, pixels)];
  // Where all is constant there are outputs still, and they have to be somewhere.
  const levels = cluster(known.length === 0 ? [1] : known);
  const levelOf = (value: number) => {
    const at = levels.findIndex((level) => isLike(level.pixels, value));
    return at < 0 ? levels.length - 1 : at;
  };
  return { levels, of: own.map(levelOf), ofInput: (value) => levelOf(pixels.get(value) ?? 1) };
}

function inputsOf(network: Network, pixels: ReadonlyMap<Value, number>): number[] {
  return network.graph.inputs.map((value) => pixels.get(value) ?? 1);
}

/**
 * Vectors that are computed from a picture and given to all of its pixels again (squeeze and excitation, global context,
 * scales of quantization) belong to the level where they are used.
 */
function absorbVectors(network: Network, changes: Changes, own: number[]): void {
  const outputs = new Set(network.graph.outputs);
  const isFromGrid: boolean[] = [];
  own.forEach((pixels, place) => {
    const producers = network.reads[place]!.map((value) => network.producerOf(value));
    isFromGrid[place] =
      pixels > 1 ||
      producers.some((producer) => producer !== undefined && isFromGrid[producer] === true) ||
      changes.at.get(place)?.kind === 'collapse';
  });
  for (let place = own.length - 1; place >= 0; place--) {
    if (own[place]! > 1 || !isFromGrid[place]) continue;
    const made = network.makes(place);
    const readers = made.flatMap((value) => network.readers(value));
    if (readers.length === 0 || made.some((value) => outputs.has(value))) continue;
    const isGiven = readers.every((reader) => own[reader]! > 1 && changes.at.get(reader)?.kind !== 'up');
    if (isGiven) own[place] = own[readers[0]!]!;
  }
}

function snapped(ratio: number): number {
  if (ratio < 1) return 1 / snapped(1 / ratio);
  const power = 2 ** Math.round(Math.log2(ratio));
  return Math.abs(ratio / power - 1) <= powerTolerance ? power : ratio;
}

function isLike(a: number, b: number): boolean {
  return a === 1 || b === 1 ? a === b : Math.max(a, b) / Math.min(a, b) < leastFactor;
}

/** The finest first. */
function cluster(values: readonly number[]): DrawnLevel[] {
  const levels: DrawnLevel[] = [];
  for (const pixels of [...new Set(values)].sort((a, b) => b - a)) {
    const last = levels.at(-1);
    if (last === undefined || !isLike(last.pixels, pixels)) levels.push({ pixels, isVector: pixels === 1 });
  }
  return levels;
}
