/**
 * Exact tiling. A picture is cut into windows of one size that overlap by the network's receptive field, so that each
 * result is computed from a window that has everything it reads. Windows begin at multiples of the network's stride, so
 * that strided layers read the same positions. Their size differs from the picture's by a multiple of the stride, so
 * that they end in the same phase of the stride. The last one ends where the picture ends, so that its border is the
 * picture's.
 */

import type { Inference } from '../../infer/infer.js';
import type { Dim } from '../../ir/dim.js';
import type { Value } from '../../ir/graph.js';
import { edgesOf, type LeastSize } from '../fields/edges.js';
import { type Fields, type PictureAxes, pictureAxisNames } from '../fields/fields.js';
import { inverse, isSameRatio, scaled } from '../fields/reads.js';
import { receptiveField } from '../fields/receptive-field.js';
import { one } from '../fields/relative-scale.js';

/** Tiling along one axis of the picture, in positions of its largest input. */
export interface TiledAxis {
  /** `height`, `width` … */
  readonly name: string;
  readonly size: number;
  /** Number of positions that each window contributes to the result. */
  readonly tile: number;
  /** Size of a window: the tile, its halo, and what makes the size fit the stride. */
  readonly window: number;
  /** Positions that a window reads before its tile, and the least that it reads after it. */
  readonly halo: { readonly before: number; readonly after: number };
  readonly stride: number;
  /** undefined if some operator sees the whole axis. */
  readonly receptiveField: number | undefined;
  /** Where the windows begin. */
  readonly starts: readonly number[];
}

/** An axis of an input or an output that follows an axis of the picture. */
export interface TiledValueAxis {
  readonly picture: number;
  /** Of the whole. */
  readonly size: number;
  readonly window: number;
  /** Where window k begins. */
  readonly starts: readonly number[];
  /** Window k contributes positions from its entry to the next window's entry, the last window to the end. */
  readonly cuts: readonly number[];
  /**
   * For blended results: the weight of each position of window k. The weights for each position of the whole sum to 1.
   */
  readonly weights?: readonly Float64Array[];
}

export interface TilePlan {
  readonly axes: readonly TiledAxis[];
  /** By input with picture axes: an entry for each of its axes, undefined for those that follow no picture axis. */
  readonly inputs: ReadonlyMap<Value, readonly (TiledValueAxis | undefined)[]>;
  /** By output, with an entry for each of its axes. */
  readonly outputs: ReadonlyMap<Value, readonly (TiledValueAxis | undefined)[]>;
}

/** Facts about a network along a picture axis. */
export interface AxisFacts {
  readonly name: string;
  readonly stride: number;
  readonly receptiveField: number;
  /** Before a tile, and after it. */
  readonly halo: { readonly before: number; readonly after: number };
  /** The size of the analyzed picture, and the least size of windows. */
  readonly size: number;
  readonly least: number;
  /** The least size of windows whose size is free. */
  readonly distinct: number;
}

/**
 * What is known of a network before the tile size is chosen, from an inference of the whole picture or of a window.
 */
export interface TilingFacts {
  readonly fields: Fields;
  readonly inference: Inference;
  readonly pictures: PictureAxes;
  readonly axes: readonly AxisFacts[];
}

/** @param fields the fields of `inference`, without refusals; sizes along the picture's axes are numbers */
export function tilingFacts(
  outputs: readonly Value[],
  pictures: PictureAxes,
  fields: Fields,
  inference: Inference,
): TilingFacts {
  const edges = edgesOf(fields);
  const names = pictureAxisNames(fields.strides.length);
  const axes = names.map((name, picture): AxisFacts => {
    const size = sizeAlong(picture, fields, pictures, (input, axis) => inference.types.get(input)?.shape?.[axis]) ?? 0;
    let [before, total, field] = [0, 0, 0];
    for (const output of outputs) {
      for (const [axis, place] of fields.axes.get(output)?.entries() ?? []) {
        const edge = edges.of(output, axis);
        if (place?.picture !== picture || edge === undefined) continue;
        const excess = scaled(edge.size, place.scale) - size;
        before = Math.max(before, Math.ceil(scaled(edge.begin, place.scale)));
        total = Math.max(total, Math.ceil(scaled(edge.begin + edge.end, place.scale) - excess));
      }
      for (const item of receptiveField(fields, output)) {
        if (item.picture === picture) field = Math.max(field, item.size);
      }
    }
    const leastOf = (items: readonly LeastSize[]) =>
      items.reduce(
        (most, item) =>
          item.picture === picture ? Math.max(most, Math.ceil(size - scaled(item.spare, item.scale))) : most,
        0,
      );
    return {
      name,
      size,
      stride: fields.strides[picture]!,
      receptiveField: field,
      halo: { before, after: Math.max(0, total - before) },
      least: leastOf(edges.least),
      distinct: leastOf(edges.distinct),
    };
  });
  return { fields, inference, pictures, axes };
}

/** The size of a picture axis: that of the first of the largest inputs whose size is a number. */
export function sizeAlong(
  picture: number,
  fields: Fields,
  pictures: PictureAxes,
  sizeOf: (input: Value, axis: number) => Dim | undefined,
): number | undefined {
  for (const [input, axes] of pictures) {
    const axis = axes[picture]!;
    const scale = fields.axes.get(input)?.[axis]?.scale;
    if (scale === undefined || !isSameRatio(scale, one)) continue;
    const size = sizeOf(input, axis);
    if (typeof size === 'number') return size;
  }
  return undefined;
}

/** How one axis is to be tiled. */
export interface AxisTiling {
  /** The picture's size. */
  readonly size: number;
  readonly tile: number;
  readonly window: number;
  readonly starts: readonly number[];
}

/**
 * Windows of free size: the smallest that a tile fits in. @param tile a multiple of the stride, or the picture's size
 */
export function freeWindows({ halo, stride, least, distinct }: AxisFacts, size: number, tile: number): AxisTiling {
  const needed = Math.max(tile + halo.before + halo.after, least, distinct);
  const rest = Math.max(0, Math.floor((size - needed) / stride) * stride);
  return windowsOf(size, tile, rest);
}

/** Windows of the size that the network fixes, and the largest tile that fits in them; undefined if none does. */
export function fixedWindows({ halo, stride, least }: AxisFacts, size: number, window: number): AxisTiling | undefined {
  const rest = size - window;
  if (rest === 0) return windowsOf(size, size, 0);
  const tile = Math.floor((window - halo.before - halo.after) / stride) * stride;
  return rest < 0 || rest % stride !== 0 || tile <= 0 || window < least ? undefined : windowsOf(size, tile, rest);
}

/** @param rest the picture's size minus the window's */
function windowsOf(size: number, tile: number, rest: number): AxisTiling {
  const count = Math.ceil(rest / tile) + 1;
  const starts = Array.from({ length: count }, (_, k) => Math.min(k * tile, rest));
  return { size, tile: rest === 0 ? size : tile, window: size - rest, starts };
}

/** The tiling plan of a network. */
export function tilePlan(facts: TilingFacts, outputs: readonly Value[], tilings: readonly AxisTiling[]): TilePlan {
  const { fields, inference, pictures } = facts;
  const edges = edgesOf(fields);
  const axesOf = (value: Value): (TiledValueAxis | undefined)[] => {
    const shape = inference.types.get(value)?.shape ?? [];
    return shape.map((_, axis) => {
      const place = fields.axes.get(value)?.[axis];
      const edge = edges.of(value, axis);
      if (place === undefined || edge === undefined) return undefined;
      const { picture, scale } = place;
      const tiling = tilings[picture]!;
      const positions = (count: number) => scaled(count, inverse(scale));
      const starts = tiling.starts.map(positions);
      const size = edge.size + positions(tiling.size - facts.axes[picture]!.size);
      return {
        picture,
        size,
        window: size - positions(tiling.size - tiling.window),
        starts,
        cuts: starts.map((start, k) => (k === 0 ? 0 : start + edge.begin)),
      };
    });
  };
  return {
    axes: facts.axes.map(({ name, halo, stride, receptiveField: field }, picture) => ({
      name,
      halo,
      stride,
      receptiveField: field,
      ...tilings[picture]!,
    })),
    inputs: new Map([...pictures.keys()].map((input) => [input, axesOf(input)])),
    outputs: new Map(outputs.map((output) => [output, axesOf(output)])),
  };
}
