/**
 * In what pieces weights are packed. Subconvolutions read one tensor at other taps, so they are packed together, and of a tensor that is
 * large only a part at a time.
 */
import { type ConstantRecipe, noTap, type WeightSource } from '../plan/execution-plan.js';

export type WeightRecipe = Extract<ConstantRecipe, { readonly pieces: readonly WeightSource[] }>;

/** A range of channels and of columns. */
export interface Box {
  readonly channels: readonly [number, number];
  readonly columns: readonly [number, number];
}

/** A piece of a constant, and the address that it is packed to. */
export interface Part {
  readonly recipe: WeightRecipe;
  readonly piece: WeightSource;
  readonly target: number;
}

/** Parts that read the same tensor at other taps, as the subconvolutions of a layer do: it is read once for all of them. */
export type Cluster = readonly [Part, ...Part[]];

/** In the order of the first part of each. */
export function clustersOf(parts: readonly Part[]): Cluster[] {
  const clusters: [Part, ...Part[]][] = [];
  const latest = new Map<string, [Part, ...Part[]]>();
  for (const part of parts) {
    const { value, channels, channelStride, columns, columnStride, base } = part.piece;
    const key = [value, channels, channelStride, columns, columnStride, ...form(part.recipe)].join();
    const cluster = latest.get(key);
    const distance = cluster && Math.abs(cluster[0].piece.base - base);
    if (cluster !== undefined && distance! < Math.min(channelStride, columnStride)) cluster.push(part);
    else {
      const first: [Part] = [part];
      clusters.push(first);
      latest.set(key, first);
    }
  }
  return clusters;
}

/** What boxes depend on. */
function form(recipe: WeightRecipe): readonly (string | number | undefined)[] {
  if (recipe.kind === 'small-N') return [recipe.kind, recipe.lanes];
  return [recipe.kind, recipe.tileColumns, recipe.kind === 'panels' ? recipe.type : undefined];
}

/** How many elements lie from the first to the last one that a cluster reads for a box of this size. */
export function spanOf(
  cluster: Cluster,
  { channels, columns }: { readonly channels: number; readonly columns: number },
): number {
  const { channelStride, columnStride } = cluster[0].piece;
  const [first, last] = tapRange(cluster);
  return last - first + (channels - 1) * channelStride + (columns - 1) * columnStride + 1;
}

export function tapRange(cluster: Cluster): readonly [number, number] {
  let [first, last] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const { piece } of cluster) {
    for (const tap of piece.taps) {
      if (tap === noTap) continue;
      first = Math.min(first, piece.base + tap);
      last = Math.max(last, piece.base + tap);
    }
  }
  return [first, last];
}

/** The axis that large tensors are cut along, and the smallest box: a step along it, all of the other axis. */
export function stepsOf([{ recipe, piece }]: Cluster): { readonly alongChannels: boolean; readonly step: Step } {
  const { channels, channelStride, columns, columnStride } = piece;
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
export function* boxesOf(cluster: Cluster, room: number): Iterable<Box> {
  const { channels, channelStride, columns, columnStride } = cluster[0].piece;
  const { alongChannels, step } = stepsOf(cluster);
  const [size, length, stride] = alongChannels
    ? [channels, step.channels, channelStride]
    : [columns, step.columns, columnStride];
  const more = Math.max(0, Math.floor((room - spanOf(cluster, step)) / (length * stride)));
  for (let first = 0; first < size; first += length * (more + 1)) {
    const range = [first, Math.min(size, first + length * (more + 1))] as const;
    yield alongChannels ? { channels: range, columns: [0, columns] } : { channels: [0, channels], columns: range };
  }
}
