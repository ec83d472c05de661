/**
 * In what pieces weights are packed. Subconvolutions read one tensor at other taps, so they are packed together, and of a tensor that is
 * large only a part at a time.
 */
import type { ConstantRecipe, WeightSource } from '../plan/execution-plan.js';

export type WeightRecipe = Extract<ConstantRecipe, { readonly pieces: readonly WeightSource[] }>;

/** A range of channels and of columns. */
export interface Box {
  readonly channels: readonly [number, number];
  readonly columns: readonly [number, number];
}

/** Pieces that read the same tensor at other taps, as the subconvolutions of a layer do. */
export type Cluster = readonly WeightSource[];

export function clustersOf(pieces: readonly WeightSource[]): Cluster[] {
  const clusters: WeightSource[][] = [];
  for (const piece of pieces) {
    const cluster = clusters.at(-1);
    if (cluster !== undefined && belongTogether(cluster[0]!, piece)) cluster.push(piece);
    else clusters.push([piece]);
  }
  return clusters;
}

function belongTogether(a: WeightSource, b: WeightSource): boolean {
  const sizes = ({ value, channels, channelStride, columns, columnStride }: WeightSource) =>
    [value, channels, channelStride, columns, columnStride].join();
  return sizes(a) === sizes(b) && Math.abs(a.base - b.base) < Math.min(a.channelStride, a.columnStride);
}

/** How many elements lie from the first to the last one that a cluster reads for a box of this size. */
export function spanOf(
  cluster: Cluster,
  { channels, columns }: { readonly channels: number; readonly columns: number },
): number {
  const { channelStride, columnStride } = cluster[0]!;
  const [first, last] = tapRange(cluster);
  return last - first + (channels - 1) * channelStride + (columns - 1) * columnStride + 1;
}

export function tapRange(cluster: Cluster): readonly [number, number] {
  let [first, last] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const { base, taps } of cluster) {
    for (const tap of taps) {
      first = Math.min(first, base + tap);
      last = Math.max(last, base + tap);
    }
  }
  return [first, last];
}

/** The axis that large tensors are cut along, and the smallest box: a step along it, all of the other axis. */
export function stepsOf(
  recipe: WeightRecipe,
  cluster: Cluster,
): { readonly alongChannels: boolean; readonly step: Step } {
  const { channels, channelStride, columns, columnStride } = cluster[0]!;
  const alongChannels = channels > 1 && (columns === 1 || channelStride > columnStride);
  const [channelStep, columnStep] = recipe.kind === 'small-N' ? [recipe.lanes, 1] : [1, recipe.tileColumns];
  return {
    alongChannels,
    step: alongChannels
      ? { channels: Math.min(channels, channelStep), columns }
      : { channels, columns: Math.min(columns, columnStep) },
  };
}

interface Step {
  readonly channels: number;
  readonly columns: number;
}

/** The boxes of whole steps that a cluster is packed in, each of which reads from at most `room` elements. */
export function* boxesOf(recipe: WeightRecipe, cluster: Cluster, room: number): Iterable<Box> {
  const { channels, channelStride, columns, columnStride } = cluster[0]!;
  const { alongChannels, step } = stepsOf(recipe, cluster);
  const [size, length, stride] = alongChannels
    ? [channels, step.channels, channelStride]
    : [columns, step.columns, columnStride];
  const more = Math.max(0, Math.floor((room - spanOf(cluster, step)) / (length * stride)));
  for (let first = 0; first < size; first += length * (more + 1)) {
    const range = [first, Math.min(size, first + length * (more + 1))] as const;
    yield alongChannels ? { channels: range, columns: [0, columns] } : { channels: [0, channels], columns: range };
  }
}
