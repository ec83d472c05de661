/**
 * Direct convolution as a matrix product whose A is the input in place (no im2col): rows are output pixels, columns are
 * output channels, the sum runs over the taps and the input channels. Matrix products, grouped and 3-D convolutions, and
 * the subconvolutions of transposed ones are the same loop with other strides. The input has a halo of zeros, so nothing is
 * checked.
 */

import { add, divide, forRange, loadVector, minimum, multiply, remainder, repeat } from '../arithmetic.js';
import { exactJson } from '../exact-json.js';
import { type Local, type Operand, op } from '../expression.js';
import type { FunctionBuilder } from '../function.js';
import { emitBytePixels } from './byte-pixels.js';
import type { ByteRounding } from './byte-rounding.js';
import type { ByteProducts } from './byte-tile.js';
import { type Elementwise, emitElementwise } from './elementwise-expression.js';
import { isInline } from './epilogue.js';
import { type Kernel, type KernelTarget, product, splitEvenly, type Tier } from './kernel.js';
import { prefetchPages } from './prefetch.js';
import { storeColumns } from './store-columns.js';
import { emitDepthwiseTile, emitSmallNTile, emitTile, type SumAxis } from './tile.js';

/**
 * An axis of the output, with strides in floats: of the input, the output, and the epilogue's further inputs (0 where
 * broadcast).
 */
export interface OutputAxis {
  readonly size: number;
  readonly input: number;
  readonly output: number;
  readonly operands?: readonly number[];
}

/** An axis around rows and columns: images, slices, groups. */
export interface OuterAxis extends OutputAxis {
  readonly weights?: number;
  readonly bias?: number;
}

export interface ConvolutionParams {
  readonly outer: readonly OuterAxis[];
  readonly height: OutputAxis;
  readonly width: OutputAxis;
  /** Taps and input channels, the channels last; of a depthwise convolution the taps only. */
  readonly sum: readonly SumAxis[];
  /**
   * `dense` by default. `depthwise`: output channel c is made of input channel c alone. `small-N`: for at most four columns,
   * with its own packing of weights; channels after the last are read up to a multiple of 8 and weighted with 0.
   */
  readonly algorithm?: 'dense' | 'depthwise' | 'small-N';
  /** Output channels (of a group). */
  readonly columns: number;
  /** Columns that may be overwritten: the result's own and padding after them. At least `columns`. */
  readonly writable: number;
  readonly bias: boolean;
  /** Its input 0 is the sum, input k is operand k - 1. */
  readonly epilogue?: Elementwise;
  readonly tile: TileSize;
  /** Set where inputs and weights are bytes, four to a word: strides and the sum count words then, the algorithm is dense. */
  readonly bytes?: ByteOperands;
  /** Output rows and panels of a work unit, which are read again while they are in the cache. */
  readonly unit?: { readonly rows: number; readonly panels: number };
}

/** Integers of 8 bits: inputs from 0 to 255, weights from -128 to 127. `bias` are the words that are added to the sums. */
export interface ByteOperands {
  readonly products: ByteProducts;
  /** Input channels of the last axis of the sum. */
  readonly channels: number;
  /** Added to each weight; 0 costs nothing. */
  readonly weightOffset: number;
  /** Whether a further pointer is to one float32, the zero point: what `bias` has is multiplied by it first. */
  readonly hasZeroPoint: boolean;
  /** The result: float32, or bytes, of which `writable` are counted. */
  readonly output: 'floats' | 'bytes';
  /** In place of an epilogue that makes bytes: for sums whose products with the factor stay below `mostRounded`. */
  readonly rounding?: ByteRounding;
}

export interface TileSize {
  /** Pixels of a tile at most. */
  readonly pixels: number;
  /** Columns of a panel: 8 or 16. */
  readonly columns: number;
}

/** The tile that measures best on each tier. */
export const defaultTile: Readonly<Record<Tier, TileSize>> = {
  baseline: { pixels: 6, columns: 8 },
  fma: { pixels: 6, columns: 8 },
  wide: { pixels: 6, columns: 16 },
};

export interface Panel {
  readonly first: number;
  readonly columns: number;
}

/** Columns cut in panels; the last is narrower where that saves work. */
export function panelsOf(columns: number, tile: TileSize): Panel[] {
  const panels: Panel[] = [];
  for (let first = 0; first < columns; first += tile.columns) {
    panels.push({ first, columns: columns - first <= 8 ? 8 : tile.columns });
  }
  return panels;
}

/** Panels of the tile's width. */
export function countWhole(panels: readonly Panel[], tile: TileSize): number {
  return panels.at(-1)!.columns === tile.columns ? panels.length : panels.length - 1;
}

/** Floats that the packed weights of one group take. */
export function packedSize(sumLength: number, columns: number, tile: TileSize): number {
  return panelsOf(columns, tile).reduce((size, panel) => size + panel.columns * sumLength, 0);
}

/**
 * Weights in the order in which the kernel reads them: for each panel and each k the columns of the panel, 0 past the last.
 * @param weightAt the weight of sum index k (taps and channels in the order of `sum`) and a column.
 */
export function packWeights(
  sumLength: number,
  columns: number,
  tile: TileSize,
  weightAt: (k: number, column: number) => number,
): Float32Array {
  const packed = new Float32Array(packedSize(sumLength, columns, tile));
  let position = 0;
  for (const panel of panelsOf(columns, tile)) {
    for (let k = 0; k < sumLength; k++) {
      for (let j = 0; j < panel.columns; j++, position++) {
        if (panel.first + j < columns) packed[position] = weightAt(k, panel.first + j);
      }
    }
  }
  return packed;
}

/** The tile of a small-N convolution: as many sums as registers hold. */
export function smallNTile(columns: number): TileSize {
  return { pixels: Math.max(1, Math.min(8, Math.floor((14 - columns) / columns))), columns: 8 };
}

/** Floats of the bias of one group, which is read in whole panels. */
export function packedBiasSize(columns: number, tile: TileSize): number {
  return panelsOf(columns, tile).reduce((size, panel) => size + panel.columns, 0);
}

/**
 * Arguments: input (its first tap at output 0), weights, bias, output, operands...; of a small-N one also scratch of the
 * thread's own (`smallNScratch` floats), of one with bytes too (`byteScratch` floats), and its zero point after that.
 */
export function convolution(target: KernelTarget, params: ConvolutionParams): Kernel {
  const { outer, height, width, sum, tile, algorithm = 'dense' } = params;
  if (algorithm === 'small-N' && params.columns > 4)
    throw new RangeError('a small-N convolution has four columns at most');
  const panels = panelsOf(params.columns, tile);
  const rowTiles = splitEvenly(height.size, width.size > tile.pixels / 2 ? 1 : Math.floor(tile.pixels / width.size));
  const columnTiles = splitEvenly(width.size, Math.max(1, Math.floor(tile.pixels / rowTiles.size)));
  const rowCount = rowTiles.larger + rowTiles.smaller;
  const unit = {
    rows: Math.min(rowCount, Math.max(1, Math.ceil((params.unit?.rows ?? 1) / rowTiles.size))),
    panels: Math.min(panels.length, params.unit?.panels ?? panels.length),
  };
  const wholePanels = countWhole(panels, tile);
  const rowBlocks = Math.ceil(rowCount / unit.rows);
  const panelBlocks = Math.ceil(panels.length / unit.panels);
  const operandCount = outer[0]?.operands?.length ?? height.operands?.length ?? width.operands?.length ?? 0;
  const sumLength = product(sum.map(({ size }) => size));
  const units = product(outer.map(({ size }) => size)) * rowBlocks * panelBlocks;
  const operations = 2 * product(outer.map(({ size }) => size)) * height.size * width.size * sumLength * params.columns;

  const emitFunction = () => {
    const kind = `${algorithm} convolution`;
    const name = `${kind} ${height.size}x${width.size} sum ${sum.map(({ size }) => size).join('x')} columns ${params.columns}`;
    const hasScratch = algorithm === 'small-N' || params.bytes !== undefined;
    const further = (hasScratch ? 1 : 0) + (params.bytes?.hasZeroPoint === true ? 1 : 0);
    const type = {
      params: Array.from({ length: 6 + operandCount + further }, () => 'i32' as const),
      results: [],
    };
    return target.module.function(name, type, (f, ...args) => {
      const [input, weights, bias, output] = args as [Local, Local, Local, Local];
      const operands = args.slice(4, 4 + operandCount);
      const scratch = hasScratch ? args[4 + operandCount] : undefined;
      const zeroPoint = params.bytes?.hasZeroPoint === true ? args[5 + operandCount] : undefined;
      const [begin, end] = args.slice(-2) as [Local, Local];
      forRange(f, begin, end, 1, (index) => {
        // Outer coordinates, block of rows, block of panels.
        const panelBlock = f.local('i32', remainder(index, panelBlocks));
        const rest = f.local('i32', divide(index, panelBlocks));
        const rowBlock = f.local('i32', remainder(rest, rowBlocks));
        f.set(rest, divide(rest, rowBlocks));
        const base = {
          input: f.local('i32', input),
          weights: f.local('i32', weights),
          bias: f.local('i32', bias),
          output: f.local('i32', output),
          operands: operands.map((operand) => f.local('i32', operand)),
        };
        for (const axis of [...outer].reverse()) {
          if (axis.size === 1) continue;
          const at = f.local('i32', remainder(rest, axis.size));
          f.set(rest, divide(rest, axis.size));
          const move = (pointer: Local, stride: number | undefined) => {
            if (stride) f.set(pointer, add(pointer, multiply(at, stride * 4)));
          };
          move(base.input, axis.input);
          move(base.weights, axis.weights);
          move(base.bias, axis.bias);
          move(base.output, axis.output);
          for (const [i, operand] of base.operands.entries()) move(operand, axis.operands?.[i]);
        }
        const firstPanel = multiply(panelBlock, unit.panels);
        const firstRow = f.local('i32', multiply(rowBlock, unit.rows));
        const lastRow = f.local('i32', minimum(f, add(firstRow, unit.rows), rowCount));
        const fullBytes = tile.columns * 4;
        const endPanel = minimum(f, add(firstPanel, unit.panels), panels.length);
        forRange(f, firstPanel, endPanel, 1, (panel) => {
          const at = {
            weights: f.local('i32', add(base.weights, multiply(panel, sumLength * fullBytes))),
            bias: f.local('i32', add(base.bias, multiply(panel, fullBytes))),
            column: f.local('i32', multiply(panel, fullBytes)),
            outputColumn: f.local('i32', multiply(panel, params.bytes?.output === 'bytes' ? tile.columns : fullBytes)),
            input: f.local('i32', add(base.input, params.algorithm === 'depthwise' ? multiply(panel, fullBytes) : 0)),
          };
          if (algorithm === 'dense' && panels.length > 1) {
            const panelBytes = sumLength * fullBytes;
            prefetchPages(f, op('i32.lt_s', panel, wholePanels - 1), add(at.weights, panelBytes), panelBytes);
          }
          const runRows = (columns: number, writable: number) =>
            forRange(f, firstRow, lastRow, 1, (row) => emitRow(f, row, columns, writable, at));
          const last = panels.at(-1)!;
          const lastWritable = Math.min(last.columns, params.writable - last.first);
          const isSpecial = last.columns !== tile.columns || lastWritable !== tile.columns;
          if (!isSpecial) runRows(tile.columns, tile.columns);
          else if (panels.length === 1) runRows(last.columns, lastWritable);
          else {
            f.if(
              op('i32.eq', panel, panels.length - 1),
              () => runRows(last.columns, lastWritable),
              () => runRows(tile.columns, tile.columns),
            );
          }
        });

        function emitRow(
          g: FunctionBuilder,
          row: Local,
          columns: number,
          writable: number,
          at: {
            readonly weights: Local;
            readonly bias: Local;
            readonly column: Local;
            readonly outputColumn: Local;
            readonly input: Local;
          },
        ): void {
          // Row tiles of the larger size come first.
          const startRow = g.local('i32', multiply(row, rowTiles.size));
          const run = (tileRows: number) => {
            const pointers = {
              scratch,
              zeroPoint,
              input: g.local('i32', add(at.input, multiply(startRow, height.input * 4))),
              output: g.local('i32', add(base.output, multiply(startRow, height.output * 4), at.outputColumn)),
              operands: base.operands.map((operand, i) =>
                g.local('i32', add(operand, multiply(startRow, (height.operands?.[i] ?? 0) * 4), at.column)),
              ),
            };
            const tiles = (count: number, tileColumns: number) => {
              if (count === 0) return;
              forRange(g, 0, count, 1, () => {
                if (params.bytes !== undefined && scratch !== undefined) {
                  const tileOf = { columns, writable, rows: tileRows, pixels: tileColumns };
                  emitBytePixels(g, params, params.bytes, target.tier, tileOf, { ...pointers, scratch }, at);
                } else {
                  emitPixels(
                    g,
                    params,
                    target.tier,
                    columns,
                    writable,
                    tileRows,
                    tileColumns,
                    pointers,
                    at,
                    operandCount,
                  );
                }
                g.increase(pointers.input, tileColumns * width.input * 4);
                g.increase(pointers.output, tileColumns * width.output * 4);
                for (const [i, operand] of pointers.operands.entries()) {
                  g.increase(operand, tileColumns * (width.operands?.[i] ?? 0) * 4);
                }
              });
            };
            tiles(columnTiles.larger, columnTiles.size);
            tiles(columnTiles.smaller, columnTiles.size - 1);
          };
          if (rowTiles.smaller === 0) run(rowTiles.size);
          else {
            g.if(
              op('i32.lt_s', row, rowTiles.larger),
              () => run(rowTiles.size),
              () => {
                g.set(startRow, add(multiply(row, rowTiles.size - 1), rowTiles.larger));
                run(rowTiles.size - 1);
              },
            );
          }
        }
      });
    });
  };
  return { function: target.module.shared(`convolution ${exactJson(params)}`, emitFunction), units, operations };
}

function emitPixels(
  f: FunctionBuilder,
  params: ConvolutionParams,
  tier: Tier,
  columns: number,
  writable: number,
  tileRows: number,
  tileColumns: number,
  pointers: {
    readonly input: Local;
    readonly output: Local;
    readonly operands: readonly Local[];
    readonly scratch: Local | undefined;
  },
  panel: { readonly weights: Local; readonly bias: Local },
  operandCount: number,
): void {
  const { height, width, epilogue, algorithm = 'dense' } = params;
  const pixels: { row: number; column: number }[] = [];
  for (let row = 0; row < tileRows; row++) {
    for (let column = 0; column < tileColumns; column++) pixels.push({ row, column });
  }
  const offset = (rowStride: number, columnStride: number) =>
    pixels.map(({ row, column }) => row * rowStride + column * columnStride);
  const a = f.local('i32', pointers.input);
  const b = f.local('i32', panel.weights);
  const rows = offset(height.input, width.input);
  const bias = params.bias ? panel.bias : undefined;
  const emit = { dense: emitTile, depthwise: emitDepthwiseTile, 'small-N': emitSmallNTile }[algorithm];
  const summed = algorithm === 'small-N' ? params.columns : columns;
  const sums = emit(f, { tier, rows, columns: summed, sum: params.sum, scratch: pointers.scratch }, a, b, bias);
  const outputs = offset(height.output, width.output);
  const isDeferred = epilogue !== undefined && !isInline(epilogue, 'direct');
  const finish = (sum: readonly Operand[], pixel: number): readonly Operand[] => {
    if (epilogue === undefined || isDeferred) return sum;
    const inputs = sum.map((value, j) => [
      value,
      ...Array.from({ length: operandCount }, (_, k) => {
        const { row, column } = pixels[pixel]!;
        const at = row * (height.operands?.[k] ?? 0) + column * (width.operands?.[k] ?? 0);
        return f.local('v128', loadVector(pointers.operands[k]!, (at + j * 4) * 4));
      }),
    ]);
    return emitElementwise(f, tier, epilogue, inputs);
  };
  for (const [m, sum] of sums.entries()) storeColumns(f, pointers.output, outputs[m]! * 4, finish(sum, m), writable);
  if (!isDeferred) return;
  for (let row = 0; row < tileRows; row++) {
    const output = f.local('i32', add(pointers.output, row * height.output * 4));
    const operands = pointers.operands.map((operand, k) =>
      f.local('i32', add(operand, row * (height.operands?.[k] ?? 0) * 4)),
    );
    repeat(f, tileColumns, () => {
      const inputs = Array.from({ length: columns / 4 }, (_, j) =>
        [output, ...operands].map((pointer) => f.local('v128', loadVector(pointer, j * 16))),
      );
      storeColumns(f, output, 0, emitElementwise(f, tier, epilogue, inputs), writable);
      f.increase(output, width.output * 4);
      for (const [k, operand] of operands.entries()) f.increase(operand, (width.operands?.[k] ?? 0) * 4);
    });
  }
}
