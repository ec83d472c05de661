/**
 * The plan's constants, packed from the graph's: weights in the order that kernels read them, tables, biases. Compiled code
 * (wasm/packing/) moves the elements; this module tells it from where to where.
 */

import type { Constant } from '../ir/graph.js';
import { elementCount } from '../ir/tensor.js';
import type { ConstantRecipe, PlanConstant, WeightSource } from '../plan/execution-plan.js';
import { packedSize, panelsOf } from '../wasm/kernels/convolution.js';
import type { WeightType } from '../wasm/kernels/half-weights.js';
import { roundUp } from '../wasm/kernels/kernel.js';
import { filtering, type Matrix } from '../wasm/kernels/winograd/matrices.js';
import type { FilterTaps } from '../wasm/packing/packing-module.js';
import { HalfPanel, type HalfScale, halfScale } from './narrow-weights.js';
import type { PackingCode } from './packing-code.js';
import { valuesOf } from './recipe-values.js';
import { type Region, Staging } from './staging.js';

type WeightRecipe = Extract<ConstantRecipe, { readonly pieces: readonly WeightSource[] }>;
type PanelRecipe = Extract<ConstantRecipe, { readonly kind: 'panels' }>;
type WinogradRecipe = Extract<ConstantRecipe, { readonly kind: 'winograd' }>;

/** A constant of the graph, by the name of its value. */
export type FindConstant = (value: string) => Constant;

/** Where constants are packed, and by what. */
export interface PackingTarget {
  readonly memory: WebAssembly.Memory;
  readonly code: PackingCode;
  /** Room of `stagingBytes` at a multiple of 16, for the time of packing. */
  readonly staging: number;
}

/**
 * Fills the memory of constants of a plan. A tensor is released after the last constant that is packed from it.
 * @param addressOf of a constant's memory, in bytes, which is zero
 */
export function packConstants(
  constants: readonly PlanConstant[],
  find: FindConstant,
  addressOf: (constant: PlanConstant) => number,
  { memory, code, staging: start }: PackingTarget,
): void {
  const wanted = constants.map((constant) => ({ ...constant, address: addressOf(constant) }));
  const uses = new Map<string, number>();
  for (const { recipe } of wanted) {
    for (const value of valuesOf(recipe)) uses.set(value, (uses.get(value) ?? 0) + 1);
  }
  const { tables, factors, elements } = regionsOf(wanted, find, start);
  const staging = new Staging(memory, code, factors, elements);
  for (const { recipe, address, floats } of wanted) {
    const place = () => new Float32Array(memory.buffer, address, floats);
    switch (recipe.kind) {
      case 'bytes':
        copyBase64(recipe.base64, new Uint8Array(memory.buffer, address, floats * 4));
        break;
      case 'elements':
        staging.copy(find(recipe.value), address);
        break;
      case 'words':
        copyWords(find(recipe.value), new Uint8Array(memory.buffer, address, floats * 4));
        break;
      case 'rows':
        packRows(staging.numbers(find(recipe.value)), recipe.columns, recipe.stride, place());
        break;
      default:
        new WeightPacker(memory, code, staging, tables.address, elements.bytes, find).pack(recipe, address);
    }
    for (const value of valuesOf(recipe)) {
      const left = uses.get(value)! - 1;
      uses.set(value, left);
      if (left === 0) staging.release(find(value));
    }
  }
}

/** The filters that packing them transforms weights for. */
export function filtersOf(constants: readonly PlanConstant[]): FilterTaps[] {
  const filters = constants.flatMap(({ recipe }) => (recipe.kind === 'winograd' ? [recipe.taps] : []));
  return [...new Map(filters.map((taps) => [taps.join(), taps])).values()];
}

/** Whether some of them are weights of 16 bits. */
export function hasHalves(constants: readonly PlanConstant[]): boolean {
  return constants.some(({ recipe }) => typeOf(recipe) !== 'float32');
}

function typeOf(recipe: ConstantRecipe): WeightType {
  return (recipe.kind === 'panels' ? recipe.type : undefined) ?? 'float32';
}

/** Bytes that packing them needs beside their own memory. */
export function stagingBytes(constants: readonly PlanConstant[], find: FindConstant): number {
  const { elements } = regionsOf(constants, find, 0);
  return elements.address + elements.bytes;
}

/** Bytes of a large tensor that are staged at once, so that they stay in a cache until they are packed. */
const stagedBytes = 1 << 21;

function regionsOf(
  constants: readonly PlanConstant[],
  find: FindConstant,
  start: number,
): { readonly tables: Region; readonly factors: Region; readonly elements: Region } {
  let [tableBytes, factorBytes, floats] = [0, 0, 0];
  for (const { recipe } of constants) {
    // Elements are read straight to where the constant lies.
    if (recipe.kind === 'elements') factorBytes = Math.max(factorBytes, Staging.factorBytes(find(recipe.value)));
    if (!('pieces' in recipe)) continue;
    for (const piece of recipe.pieces) tableBytes = Math.max(tableBytes, tablesOf(recipe, piece).bytes);
    for (const cluster of clustersOf(recipe.pieces)) {
      const constant = find(cluster[0]!.value);
      factorBytes = Math.max(factorBytes, Staging.factorBytes(constant));
      const least = Math.max(stagedBytes / 4, spanOf(cluster, stepsOf(recipe, cluster).step) + slackOf(constant));
      floats = Math.max(floats, Math.min(least, elementCount(constant.dims)));
    }
  }
  const tables = { address: start, bytes: roundUp(tableBytes, 16) };
  const factors = { address: tables.address + tables.bytes, bytes: roundUp(factorBytes, 16) };
  return { tables, factors, elements: { address: factors.address + factors.bytes, bytes: roundUp(floats * 4, 16) } };
}

/** Elements that may be staged before and after those that are asked for, so that whole granules are. */
function slackOf(constant: Constant): number {
  return 2 * Staging.granule(constant);
}

function copyBase64(base64: string, into: Uint8Array): void {
  const text = atob(base64);
  for (let i = 0; i < text.length; i++) into[i] = text.charCodeAt(i);
}

function copyWords(constant: Constant, into: Uint8Array): void {
  const { data } = constant.load();
  if (!('buffer' in data)) throw new RangeError(`${constant.type} has no words`);
  into.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
}

function packRows(data: ReturnType<Staging['numbers']>, columns: number, stride: number, into: Float32Array): void {
  for (let from = 0, to = 0; from < data.length; from += columns, to += stride) {
    into.set(data.subarray(from, from + columns), to);
  }
}

/** A range of channels and of columns. */
interface Box {
  readonly channels: readonly [number, number];
  readonly columns: readonly [number, number];
}

/** Pieces that read the same tensor at other taps, as the subconvolutions of a layer do. */
type Cluster = readonly WeightSource[];

function clustersOf(pieces: readonly WeightSource[]): Cluster[] {
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
function spanOf(
  cluster: Cluster,
  { channels, columns }: { readonly channels: number; readonly columns: number },
): number {
  const { channelStride, columnStride } = cluster[0]!;
  const [first, last] = tapRange(cluster);
  return last - first + (channels - 1) * channelStride + (columns - 1) * columnStride + 1;
}

function tapRange(cluster: Cluster): readonly [number, number] {
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
function stepsOf(recipe: WeightRecipe, cluster: Cluster): { readonly alongChannels: boolean; readonly step: Step } {
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
function* boxesOf(recipe: WeightRecipe, cluster: Cluster, room: number): Iterable<Box> {
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

/** Elements that the nearest cache holds. */
const cachedElements = 8192;

/** Channels that are gathered for all taps before the next ones, in a panel of so many columns. */
function blockOf(taps: number, panelColumns: number): number {
  return Math.max(1, Math.floor(cachedElements / (taps * panelColumns)));
}

/** Transformed Winograd weights of a block, about: gathered, transformed and scattered before the next one. */
const transformedElements = 16384;

/** Offsets in bytes from the start of the tables. */
interface Tables {
  readonly taps: number;
  readonly left: number;
  readonly right: number;
  readonly window: number;
  readonly points: number;
  /** Channels that window and points have room for. */
  readonly block: number;
  readonly bytes: number;
}

function tablesOf(recipe: WeightRecipe, { taps }: WeightSource): Tables {
  const left = roundUp(taps.length * 4, 16);
  if (recipe.kind !== 'winograd') {
    const isGathered = recipe.kind === 'panels' && typeOf(recipe) !== 'float32';
    const gathered = isGathered ? Math.max(cachedElements, taps.length * recipe.tileColumns) * 4 : 0;
    return { taps: 0, left, right: left, window: left, points: left, block: 0, bytes: left + gathered };
  }
  const [high, wide] = filtersOfRecipe(recipe);
  const right = left + roundUp(high.points * high.taps * 8, 16);
  const window = right + roundUp(wide.points * wide.taps * 8, 16);
  const pointCount = high.points * wide.points;
  const block = Math.max(1, Math.floor(transformedElements / (pointCount * recipe.tileColumns)));
  const row = block * recipe.tileColumns * 4;
  const points = window + high.taps * wide.taps * row;
  return { taps: 0, left, right, window, points, block, bytes: points + pointCount * row };
}

function filtersOfRecipe({ outputs, taps }: WinogradRecipe) {
  return [filtering(outputs[0], taps[0]), filtering(outputs[1], taps[1])] as const;
}

class WeightPacker {
  /** Of the tensor that float16 is packed from. */
  private scale: HalfScale | undefined;

  constructor(
    private readonly memory: WebAssembly.Memory,
    private readonly code: PackingCode,
    private readonly staging: Staging,
    /** Address of what `tablesOf` addresses. */
    private readonly start: number,
    private readonly elementBytes: number,
    private readonly find: FindConstant,
  ) {}

  pack(recipe: WeightRecipe, address: number): void {
    let target = address;
    for (const cluster of clustersOf(recipe.pieces)) {
      const constant = this.find(cluster[0]!.value);
      const targets: number[] = [];
      for (const piece of cluster) {
        targets.push(target);
        target += packedFloats(recipe, piece) * 4;
      }
      const [first, last] = tapRange(cluster);
      // A subconvolution without taps.
      if (first > last) continue;
      const { channelStride, columnStride } = cluster[0]!;
      const room = Math.floor(this.elementBytes / 4);
      const count = elementCount(constant.dims);
      const step = count <= room ? count : room - slackOf(constant);
      const boxes = boxesOf(recipe, cluster, step);
      if (typeOf(recipe) === 'float16') this.scale = halfScale(constant, step, this.staging, this.code.halves);
      for (const box of boxes) {
        const { channels, columns } = box;
        const source = this.staging.origin(
          constant,
          first + channels[0] * channelStride + columns[0] * columnStride,
          last + (channels[1] - 1) * channelStride + (columns[1] - 1) * columnStride + 1,
        );
        for (const [i, piece] of cluster.entries()) {
          this.writeTable(piece.taps);
          this.packBox(recipe, piece, box, source + piece.base * 4, targets[i]!);
        }
      }
    }
  }

  private writeTable(taps: readonly number[]): void {
    const table = new Int32Array(this.memory.buffer, this.start, taps.length);
    for (let i = 0; i < taps.length; i++) table[i] = taps[i]! * 4;
  }

  private packBox(recipe: WeightRecipe, piece: WeightSource, box: Box, source: number, target: number): void {
    if (recipe.kind === 'small-N') this.packSmallN(piece, recipe.lanes, box, source, target);
    else if (recipe.kind === 'winograd') this.packWinograd(piece, recipe, box, source, target);
    else if (recipe.kind === 'panels' && typeOf(recipe) !== 'float32')
      this.packHalves(piece, recipe, box, source, target);
    else this.packPanels(piece, recipe.tileColumns, box, source, target);
  }

  /** Panel by panel: for each tap and channel the columns of the panel. */
  private packPanels(piece: WeightSource, tileColumns: number, box: Box, source: number, target: number): void {
    const { taps, channels, channelStride, columns, columnStride } = piece;
    for (const panel of panelsOf(columns, { columns: tileColumns })) {
      if (panel.first < box.columns[0] || panel.first >= box.columns[1]) continue;
      const block = blockOf(taps.length, panel.columns);
      for (let first = box.channels[0]; first < box.channels[1]; first += block) {
        this.code.gather(
          source + (panel.first * columnStride + first * channelStride) * 4,
          target + (panel.first * taps.length * channels + first * panel.columns) * 4,
          this.start,
          taps.length,
          channels * panel.columns * 4,
          Math.min(block, box.channels[1] - first),
          channelStride * 4,
          panel.columns * 4,
          Math.min(panel.columns, columns - panel.first),
          columnStride * 4,
        );
      }
    }
  }

  /** The same in 16 bits, gathered in blocks that are narrowed while they are in the cache. */
  private packHalves(piece: WeightSource, recipe: PanelRecipe, box: Box, source: number, target: number): void {
    const { taps, channels, channelStride, columns, columnStride } = piece;
    const { type = 'float32', tileColumns } = recipe;
    const scale = this.scale ?? { factors: [1, 1], widening: 1 };
    const window = this.start + tablesOf(recipe, piece).window;
    for (const panel of panelsOf(columns, { columns: tileColumns })) {
      if (panel.first < box.columns[0] || panel.first >= box.columns[1]) continue;
      const start = target + packedSize(taps.length * channels, panel.first, { columns: tileColumns }, type) * 4;
      const halves = new HalfPanel(type, this.code.halves, scale, start, panel.columns);
      halves.writeHeader(this.memory);
      const width = Math.min(panel.columns, columns - panel.first);
      const block = blockOf(taps.length, panel.columns);
      for (let first = box.channels[0]; first < box.channels[1]; first += block) {
        const rows = Math.min(block, box.channels[1] - first);
        const bytes = rows * panel.columns * 4;
        // Columns past the last are zeros.
        if (width < panel.columns) new Uint8Array(this.memory.buffer, window, taps.length * bytes).fill(0);
        this.code.gather(
          source + (panel.first * columnStride + first * channelStride) * 4,
          window,
          this.start,
          taps.length,
          bytes,
          rows,
          channelStride * 4,
          panel.columns * 4,
          width,
          columnStride * 4,
        );
        for (let tap = 0; tap < taps.length; tap++) halves.narrow(window + tap * bytes, tap * channels + first, rows);
      }
    }
  }

  /** Tap by tap, `lanes` channels at a time, column by column. */
  private packSmallN(piece: WeightSource, lanes: number, box: Box, source: number, target: number): void {
    const { taps, channels, channelStride, columns, columnStride } = piece;
    const groupFloats = columns * lanes;
    for (let first = box.channels[0]; first < box.channels[1]; first += lanes) {
      this.code.gather(
        source + (first * channelStride + box.columns[0] * columnStride) * 4,
        target + ((first / lanes) * groupFloats + box.columns[0] * lanes) * 4,
        this.start,
        taps.length,
        Math.ceil(channels / lanes) * groupFloats * 4,
        box.columns[1] - box.columns[0],
        columnStride * 4,
        lanes * 4,
        Math.min(lanes, channels - first),
        channelStride * 4,
      );
    }
  }

  /** Transformed in double precision, block by block, and then scattered: point by point, in panels. */
  private packWinograd(piece: WeightSource, recipe: WinogradRecipe, box: Box, source: number, target: number): void {
    const { taps, channels, channelStride, columns, columnStride } = piece;
    const [high, wide] = filtersOfRecipe(recipe);
    const tables = tablesOf(recipe, piece);
    const [left, right] = [this.start + tables.left, this.start + tables.right];
    this.writeMatrix(left, high.weightTransform);
    this.writeMatrix(right, wide.weightTransform);
    const [window, transformed] = [this.start + tables.window, this.start + tables.points];
    const transform = this.code.transform(recipe.taps);
    const panels = panelsOf(columns, { columns: recipe.tileColumns });
    const plane = high.taps * wide.taps;
    const pointCount = high.points * wide.points;
    // A volume's taps lie slice by slice, and each slice is transformed by itself.
    const terms = (taps.length / plane) * channels;
    const pointBytes = terms * panels.reduce((sum, panel) => sum + panel.columns, 0) * 4;
    for (const panel of panels) {
      if (panel.first < box.columns[0] || panel.first >= box.columns[1]) continue;
      const width = Math.min(panel.columns, columns - panel.first);
      // Columns past the last stay zeros.
      if (width < panel.columns) new Uint8Array(this.memory.buffer, window, tables.points - tables.window).fill(0);
      for (let slice = 0; slice < taps.length / plane; slice++) {
        for (let first = box.channels[0]; first < box.channels[1]; first += tables.block) {
          const rows = Math.min(tables.block, box.channels[1] - first);
          const bytes = rows * panel.columns * 4;
          this.code.gather(
            source + (panel.first * columnStride + first * channelStride) * 4,
            window,
            this.start + slice * plane * 4,
            plane,
            bytes,
            rows,
            channelStride * 4,
            panel.columns * 4,
            width,
            columnStride * 4,
          );
          transform(window, transformed, bytes / 16, bytes, bytes, left, high.points, right, wide.points);
          this.code.scatter(
            transformed,
            target + (panel.first * terms + (slice * channels + first) * panel.columns) * 4,
            pointCount,
            bytes,
            bytes,
            pointBytes,
          );
        }
      }
    }
  }

  private writeMatrix(address: number, matrix: Matrix): void {
    new Float64Array(this.memory.buffer, address, matrix.length * matrix[0]!.length).set(matrix.flat());
  }
}

/** Floats that a piece of a recipe takes. */
function packedFloats(recipe: WeightRecipe, { taps, channels, columns }: WeightSource): number {
  if (recipe.kind === 'small-N') return taps.length * roundUp(channels, recipe.lanes) * columns;
  if (recipe.kind === 'panels') {
    return packedSize(taps.length * channels, columns, { columns: recipe.tileColumns }, recipe.type);
  }
  const panels = panelsOf(columns, { columns: recipe.tileColumns });
  const floats = channels * panels.reduce((sum, panel) => sum + panel.columns, 0);
  if (recipe.kind !== 'winograd') return taps.length * floats;
  const [high, wide] = filtersOfRecipe(recipe);
  return (taps.length / (high.taps * wide.taps)) * high.points * wide.points * floats;
}
