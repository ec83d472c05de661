/** What kernels of Winograd's filtering are emitted for, and how tiles, points and channels lie in memory between them. */
import { type OuterAxis, type OutputAxis, packedBiasSize, type TileSize } from '../convolution.js';
import type { Elementwise } from '../elementwise-expression.js';
import { product, roundUp, splitEvenly } from '../kernel.js';
import type { SumAxis } from '../tile.js';
import { readableAfter } from '../views.js';
import { type Filtering, filtering } from './matrices.js';

/** F(m, r) along an axis; 1 and 1 for none. */
export interface FilterSize {
  readonly outputs: number;
  readonly taps: number;
  /** Of how many outputs the filtering is that the weights are transformed for, by default this one. */
  readonly like?: number;
}

export interface FilterPair {
  readonly height: FilterSize;
  readonly width: FilterSize;
}

/** Whether products in panels take weights as they are: a point is the sum of so few of them. */
export function takesRawWeights({ height, width }: FilterPair): boolean {
  return Math.max(height.taps, width.taps) <= 2;
}

/** What decides the layout between the steps. */
export interface WinogradShape {
  readonly filter: FilterPair;
  /**
   * Places that a tile is read from, by default one: axes of them, outermost first, such as the slices of a volume. They are transformed
   * one by one, and their products are one sum.
   */
  readonly slices?: readonly SumAxis[];
  readonly channels: number;
  readonly columns: number;
  /** Of those, how many have sums side by side: by default all. */
  readonly sumColumns?: number;
  /** Whether points take turns with raw weights (panel-scratch.ts): inputs lie chunk by chunk of channels then. */
  readonly inTurns?: true;
  readonly tile: TileSize;
}

export interface WinogradParams extends WinogradShape {
  /** Images and slices; no groups. */
  readonly outer: readonly OuterAxis[];
  /** The input's strides are those from one output to the next. */
  readonly height: OutputAxis;
  readonly width: OutputAxis;
  /** As for a convolution. */
  readonly writable: number;
  readonly bias: boolean;
  readonly epilogue?: Elementwise;
  /**
   * Set where windows of two by two, which lie in tiles whole, are pooled: the last operand is where their maxima go then, with half
   * of its strides along the plane. `only`: `output` is scratch that every tile is in, and nothing else is left of the outputs.
   */
  readonly pooled?: 'too' | 'only';
  /** In blocks: tiles of a block. */
  readonly block?: number;
  /** In steps: tiles that there is room for between them, by default its own. They may be a part of a layer's. */
  readonly room?: number;
}

/** Tiles of a layer that have one size, one after another in what lies between the steps. */
export interface TilePart {
  /** Outputs of a tile. */
  readonly height: number;
  readonly width: number;
  readonly tiles: number;
}

export interface WinogradProductsParams extends WinogradShape {
  /** In an order in which the parts that have a point follow one another. */
  readonly parts: readonly TilePart[];
}

export interface Filters {
  readonly high: Filtering;
  readonly wide: Filtering;
  /** Points along the width, and of both axes, of what the weights are transformed for. */
  readonly pointsWide: number;
  readonly points: number;
}

/** @param isUnscaled whether the transform of the inputs has all of the scaling: for weights that are transformed where they are multiplied */
export function filtersOf({ height, width }: FilterPair, isUnscaled?: boolean): Filters {
  const pointsOf = ({ outputs, taps, like = outputs }: FilterSize) => like + taps - 1;
  return {
    high: filtering(height.outputs, height.taps, height.like, isUnscaled),
    wide: filtering(width.outputs, width.taps, width.like, isUnscaled),
    pointsWide: pointsOf(width),
    points: pointsOf(height) * pointsOf(width),
  };
}

export function sliceCount({ slices }: WinogradShape): number {
  return product(slices?.map(({ size }) => size) ?? []);
}

/** Terms of a product: slices of channels. */
export function sumLength(shape: WinogradShape): number {
  return sliceCount(shape) * shape.channels;
}

/** An odd number of cache lines: points next to one another do not fall on the same lines of the first-level cache. */
export function conflictFreeStride(floats: number): number {
  return roundUp(floats, 32) + readableAfter;
}

/** Strides in floats of transformed inputs and of the sums. */
export interface Between {
  readonly inputs: { readonly tile: number; readonly point: number };
  readonly sums: { readonly tile: number; readonly point: number };
  readonly sumColumns: number;
}

/** @param room tiles */
export function betweenOf(shape: WinogradShape, room: number): Between {
  const sumColumns = packedBiasSize(shape.columns, shape.tile);
  const sumTile = shape.sumColumns ?? sumColumns;
  const inputTile = shape.inTurns ? chunk : sliceCount(shape) * roundUp(shape.channels, 8);
  const inputPoint = shape.inTurns ? room * chunk : conflictFreeStride(room * inputTile);
  return {
    inputs: { tile: inputTile, point: inputPoint },
    sums: { tile: sumTile, point: conflictFreeStride(room * sumTile) },
    sumColumns,
  };
}

/** Floats of the packed weights. */
export function winogradWeightsSize(shape: WinogradShape): number {
  return filtersOf(shape.filter).points * sumLength(shape) * betweenOf(shape, 0).sumColumns;
}

export interface Tiling extends Between, Filters {
  readonly params: WinogradParams;
  readonly tilesHigh: number;
  readonly tilesWide: number;
  readonly tiles: number;
  readonly operandCount: number;
}

/** @param room tiles between the steps */
function tilingWith(params: WinogradParams, room: (tiles: number) => number): Tiling {
  const { height, width, filter } = params;
  const tilesHigh = Math.ceil(height.size / filter.height.outputs);
  const tilesWide = Math.ceil(width.size / filter.width.outputs);
  const tiles = tilesHigh * tilesWide * product(params.outer.map(({ size }) => size));
  return {
    ...betweenOf(params, room(tiles)),
    ...filtersOf(filter, params.inTurns),
    params,
    tilesHigh,
    tilesWide,
    tiles,
    operandCount: params.outer[0]?.operands?.length ?? height.operands?.length ?? width.operands?.length ?? 0,
  };
}

/** In steps: all tiles at once. */
export function stepTiling(params: WinogradParams): Tiling {
  return tilingWith(params, (tiles) => params.room ?? tiles);
}

export interface BlockTiling extends Tiling {
  /** Tiles of a block, no more than there are. */
  readonly block: number;
  /** Tiles that the products take at a time. */
  readonly rows: number;
}

/** In blocks, of which the last may have fewer tiles: the products round them up. */
export function blockTiling(params: WinogradParams): BlockTiling {
  let [block, rows] = [0, 0];
  const tiling = tilingWith(params, (tiles) => {
    block = Math.min(params.block ?? tiles, tiles);
    rows = splitEvenly(block, params.tile.pixels).size;
    return roundUp(block, rows);
  });
  return { ...tiling, block, rows };
}

/** Channels that a transform takes at a time, and vectors of them. */
export const vectorColumns = 8;
export const vectors = vectorColumns / 4;

/** Channels of a tile that are transformed in one direction and then in the other: their points fit into the nearest cache. */
export const chunk = 64;

/** Floats of a thread's own that the transforms need: one direction's results, and a row of outputs. */
export function transformScratch({ height, width }: FilterPair): number {
  const points = (size: FilterSize) => size.outputs + size.taps - 1;
  const turned = Math.max(points(height), height.outputs) * points(width);
  return turned * chunk + width.outputs * vectorColumns;
}

/**
 * The places of points along an axis as steps from each to the next: runs of points that are `stride` apart. There are two runs
 * where the point at infinity is further away.
 */
export function runsOf({ places }: Filtering): { readonly first: number; readonly count: number }[] {
  const runs: { first: number; count: number }[] = [];
  for (const place of places) {
    const last = runs.at(-1);
    if (last !== undefined && place === last.first + last.count) last.count++;
    else runs.push({ first: place, count: 1 });
  }
  return runs;
}

/** Floats of scratch of a thread, in blocks. */
export function blockScratch(params: WinogradParams): number {
  const { inputs, sums, points } = blockTiling(params);
  return points * (inputs.point + sums.point) + transformScratch(params.filter);
}

/** Rows of the products at all points together. */
export function pointRows({ filter, parts }: WinogradProductsParams): number {
  const along = (outputs: number, { taps }: { readonly taps: number }) => outputs + taps - 1;
  return parts.reduce(
    (sum, { height, width, tiles }) => sum + tiles * along(height, filter.height) * along(width, filter.width),
    0,
  );
}

/** Floats of what lies between the steps. */
export function betweenSizes(params: WinogradProductsParams): { readonly transformed: number; readonly sums: number } {
  const { points } = filtersOf(params.filter);
  const { inputs, sums } = betweenOf(
    params,
    params.parts.reduce((sum, { tiles }) => sum + tiles, 0),
  );
  const chunks = params.inTurns ? sliceCount(params) * Math.ceil(params.channels / chunk) : 1;
  return { transformed: chunks * points * inputs.point, sums: points * sums.point };
}
