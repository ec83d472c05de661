/** Weights of convolutions and products, brought into the order in which kernels read them. */
import type { Constant } from '../ir/graph.js';
import { elementCount } from '../ir/tensor.js';
import { type ConstantRecipe, noTap, type WeightSource } from '../plan/execution-plan.js';
import { packedSize, panelsOf } from '../wasm/kernels/convolution.js';
import type { WeightType } from '../wasm/kernels/half-weights.js';
import { roundUp } from '../wasm/kernels/kernel.js';
import { filtering, type Matrix } from '../wasm/kernels/winograd/matrices.js';
import { halfWeights } from './half-part.js';
import type { HalfScale } from './narrow-weights.js';
import type { PackingCode } from './packing-code.js';
import { Staging } from './staging.js';
import { type Box, boxesOf, type Cluster, type Part, tapRange, type WeightRecipe } from './weight-clusters.js';

type PanelRecipe = Extract<ConstantRecipe, { readonly kind: 'panels' }>;
type WinogradRecipe = Extract<ConstantRecipe, { readonly kind: 'winograd' }>;

/** A constant of the graph, by the name of its value. */
export type FindConstant = (value: string) => Constant;

/** What a recipe makes numbers of. */
export function typeOf(recipe: ConstantRecipe): WeightType {
  return (recipe.kind === 'panels' ? recipe.type : undefined) ?? 'float32';
}

/** Elements that may be staged before and after those that are asked for, so that whole granules are. */
export function slackOf(constant: Constant): number {
  return 2 * Staging.granule(constant);
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

export function tablesOf(recipe: WeightRecipe, { taps }: WeightSource): Tables {
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

interface Range {
  readonly first: number;
  readonly count: number;
}

export class WeightPacker {
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

  pack(cluster: Cluster): void {
    const [{ recipe, piece }] = cluster;
    const constant = this.find(piece.value);
    const [first, last] = tapRange(cluster);
    // A subconvolution without taps.
    if (first > last) return;
    const { channelStride, columnStride } = piece;
    const room = Math.floor(this.elementBytes / 4);
    const count = elementCount(constant.dims);
    const step = count <= room ? count : room - slackOf(constant);
    if (typeOf(recipe) === 'float16')
      this.scale = halfWeights.value.halfScale(constant, step, this.staging, this.code.halves);
    for (const box of boxesOf(cluster, step)) {
      const { channels, columns } = box;
      const source = this.staging.origin(
        constant,
        first + channels[0] * channelStride + columns[0] * columnStride,
        last + (channels[1] - 1) * channelStride + (columns[1] - 1) * columnStride + 1,
      );
      for (const part of cluster) {
        this.writeTable(part.piece.taps);
        this.packBox(part.recipe, part.piece, box, source + part.piece.base * 4, part.target);
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
    else this.packPanels(piece, recipe, box, source, target);
  }

  /** Panel by panel: for each tap and channel the columns of the panel; in turns for each channel and tap. */
  private packPanels(
    piece: WeightSource,
    recipe: Pick<PanelRecipe, 'tileColumns' | 'turns'>,
    box: Box,
    source: number,
    target: number,
  ): void {
    const { taps, channels, columns } = piece;
    const { tileColumns, turns } = recipe;
    for (const panel of panelsOf(columns, { columns: tileColumns })) {
      if (panel.first < box.columns[0] || panel.first >= box.columns[1]) continue;
      const rowBytes = panel.columns * 4;
      const block = turns?.channels ?? blockOf(taps.length, panel.columns);
      const [apart, tapBytes] = turns ? [taps.length, rowBytes] : [1, channels * rowBytes];
      for (let first = box.channels[0]; first < box.channels[1]; ) {
        const begin = first - (first % block);
        const rows = { first, count: Math.min(begin + block, box.channels[1]) - first };
        let row = panel.first * (taps.length / apart) * channels + first * panel.columns;
        if (turns) {
          const before = (panel.first / tileColumns) % turns.panels;
          const others = begin * (turns.panels - 1) + before * (Math.min(block, channels - begin) - channels);
          row += others * panel.columns;
        }
        this.gatherRows(piece, source, panel, rows, {
          address: target + row * apart * 4,
          tapBytes,
          rowBytes: apart * rowBytes,
        });
        first = begin + block;
      }
    }
  }

  /** The same in 16 bits, gathered in blocks that are narrowed while they are in the cache. */
  private packHalves(piece: WeightSource, recipe: PanelRecipe, box: Box, source: number, target: number): void {
    const { taps, channels, columns } = piece;
    const { type = 'float32', tileColumns } = recipe;
    const scale = this.scale ?? { factors: [1, 1], widening: 1 };
    const window = this.start + tablesOf(recipe, piece).window;
    for (const panel of panelsOf(columns, { columns: tileColumns })) {
      if (panel.first < box.columns[0] || panel.first >= box.columns[1]) continue;
      const start = target + packedSize(taps.length * channels, panel.first, { columns: tileColumns }, type) * 4;
      const halves = new halfWeights.value.HalfPanel(type, this.code.halves, scale, start, panel.columns);
      halves.writeHeader(this.memory);
      const block = blockOf(taps.length, panel.columns);
      for (let first = box.channels[0]; first < box.channels[1]; first += block) {
        const count = Math.min(block, box.channels[1] - first);
        const tapBytes = count * panel.columns * 4;
        // Columns past the last are zeros.
        if (panel.first + panel.columns > columns)
          new Uint8Array(this.memory.buffer, window, taps.length * tapBytes).fill(0);
        this.gatherRows(piece, source, panel, { first, count }, { address: window, tapBytes });
        for (let tap = 0; tap < taps.length; tap++)
          halves.narrow(window + tap * tapBytes, tap * channels + first, count);
      }
    }
  }

  /** A panel's columns of some channels, tap by tap; where a tap is missing nothing is written. */
  private gatherRows(
    { taps, channelStride, columns, columnStride }: WeightSource,
    source: number,
    panel: { readonly first: number; readonly columns: number },
    rows: Range,
    target: { readonly address: number; readonly tapBytes: number; readonly rowBytes?: number },
    ofTaps: Range = { first: 0, count: taps.length },
  ): void {
    for (const run of presentTaps(taps, ofTaps)) {
      this.code.gather(
        source + (panel.first * columnStride + rows.first * channelStride) * 4,
        target.address + (run.first - ofTaps.first) * target.tapBytes,
        this.start + run.first * 4,
        run.count,
        target.tapBytes,
        rows.count,
        channelStride * 4,
        target.rowBytes ?? panel.columns * 4,
        Math.min(panel.columns, columns - panel.first),
        columnStride * 4,
      );
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
    const { taps, channels, columns } = piece;
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
      const clear = () => new Uint8Array(this.memory.buffer, window, tables.points - tables.window).fill(0);
      // Columns past the last stay zeros.
      if (panel.first + panel.columns > columns) clear();
      for (let slice = 0; slice < taps.length / plane; slice++) {
        const slices = { first: slice * plane, count: plane };
        const isWhole = !taps.slice(slices.first, slices.first + plane).includes(noTap);
        for (let first = box.channels[0]; first < box.channels[1]; first += tables.block) {
          const count = Math.min(tables.block, box.channels[1] - first);
          const bytes = count * panel.columns * 4;
          if (!isWhole) clear();
          this.gatherRows(piece, source, panel, { first, count }, { address: window, tapBytes: bytes }, slices);
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

/** Runs of taps that are there. */
function presentTaps(taps: readonly number[], { first, count }: Range): Range[] {
  const runs: { first: number; count: number }[] = [];
  for (let tap = first; tap < first + count; tap++) {
    if (taps[tap] === noTap) continue;
    const last = runs.at(-1);
    if (last !== undefined && last.first + last.count === tap) last.count++;
    else runs.push({ first: tap, count: 1 });
  }
  return runs;
}

/** The pieces of a constant, one after another from its address on. */
export function partsOf(recipe: WeightRecipe, address: number): Part[] {
  let target = address;
  return recipe.pieces.map((piece) => {
    const part = { recipe, piece, target };
    target += packedFloats(recipe, piece) * 4;
    return part;
  });
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
