/**
 * Direct convolution as a matrix product whose A is the input in place (no im2col): rows are output pixels, columns are
 * output channels, the sum runs over the taps and the input channels. Matrix products, grouped and 3-D convolutions, and
 * the subconvolutions of transposed ones are the same loop with other strides. The input has a halo of zeros, so nothing is
 * checked.
 */

import { add, divide, forRange, minimum, multiply, remainder, subtract } from '../arithmetic.js';
import { type Local, type Operand, op } from '../expression.js';
import { takes } from '../function.js';
import type { ByteRounding } from './byte-rounding.js';
import type { ByteProducts } from './byte-tile.js';
import { callTile, type PixelSteps } from './convolution-tile.js';
import type { Elementwise } from './elementwise-expression.js';
import { headerTerms, type WeightType, weightBytes } from './half-weights.js';
import { type Kernel, type KernelTarget, product, type Tier } from './kernel.js';
import { rowsOfUnits, type TileRun, tileRuns } from './pixel-tiles.js';
import type { SumAxis } from './tile.js';

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
  /** Taps and input channels, the channels last. */
  readonly sum: readonly SumAxis[];
  /**
   * `dense` by default. `small-N`: for at most four columns, with its own packing of weights; channels after the last are read up to
   * a multiple of 8 and weighted with 0.
   */
  readonly algorithm?: 'dense' | 'small-N';
  /**
   * Where the packed weights have more terms than the sum, of which axes say how far apart theirs are: how many, and which is the
   * first. Dense only.
   */
  readonly weightTerms?: { readonly count: number; readonly first: number };
  /** How the packed weights lie in memory: float32 by default, else dense only. */
  readonly weightType?: WeightType | undefined;
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
  /**
   * Output rows and panels of a work unit, which are read again while they are in the cache: by default each panel takes its turn
   * with all tiles, or else each tile with all panels.
   */
  readonly unit?: { readonly rows: number; readonly panels: number; readonly isTileFirst?: boolean };
  /**
   * Set where each panel has a twin of the same inputs, whose sums are made together with its own: how many floats further weights
   * and outputs of that are. The bias goes on from one to the other. For dense sums without an epilogue, all of whose columns may be
   * overwritten.
   */
  readonly twins?: { readonly weights: number; readonly output: number };
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
  /** Whether the range of results, which are float32 then in whole vectors, is kept in scratch after `byteScratch`. */
  readonly keepsRange?: boolean;
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

/** Columns of a panel of a depthwise convolution. */
export const depthwiseColumns = 8;

export interface Panel {
  readonly first: number;
  readonly columns: number;
}

/** Columns cut in panels; the last is narrower where that saves work. */
export function panelsOf(columns: number, tile: Pick<TileSize, 'columns'>): Panel[] {
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
export function packedSize(
  sumLength: number,
  columns: number,
  tile: Pick<TileSize, 'columns'>,
  type: WeightType = 'float32',
): number {
  const terms = sumLength + headerTerms(type);
  return (packedBiasSize(columns, tile) * terms * weightBytes(type)) / 4;
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

/** The columns of all panels: floats of the bias of one group, too. */
export function packedBiasSize(columns: number, tile: Pick<TileSize, 'columns'>): number {
  const last = columns % tile.columns;
  return columns - last + (last === 0 ? 0 : last <= 8 ? 8 : tile.columns);
}

/** A panel of a unit: addresses of what it has of all operands, or where that begins in bytes. */
interface PlacedPanel {
  readonly columns: number;
  readonly writable: number;
  readonly column: Operand;
  readonly outputColumn: Operand;
  readonly weights: Local;
  readonly bias: Local;
}

/**
 * Pixels of a tile with which registers hold the sums of two panels. Weights come from two places in memory then, more of which is on
 * its way at any time, and there are more sums than a multiplication takes steps.
 */
const mostPairedPixels = 2;

/** Which of the packed weights the sum has. */
export function weightTermsOf({ sum, weightTerms }: Pick<ConvolutionParams, 'sum' | 'weightTerms'>) {
  return weightTerms ?? { count: product(sum.map(({ size }) => size)), first: 0 };
}

/** From one whole panel of the packed weights to the next. */
export function panelBytesOf(params: ConvolutionParams): number {
  const { weightType = 'float32', tile } = params;
  return (headerTerms(weightType) + weightTermsOf(params).count) * tile.columns * weightBytes(weightType);
}

/** Addresses of a pixel, and the column that it is in. */
interface PixelPointers {
  readonly input: Local;
  readonly output: Local;
  readonly operands: readonly Local[];
  readonly column: Local;
}

/** How pixels of the output follow one another, for the input, the output and the operands. */
export function pixelSteps(
  { height, width }: Pick<ConvolutionParams, 'height' | 'width'>,
  operands: number,
): PixelSteps {
  const stridesOf = (axis: OutputAxis) =>
    [axis.input, axis.output, ...Array.from({ length: operands }, (_, k) => axis.operands?.[k] ?? 0)].map(
      (stride) => stride * 4,
    );
  if (width.size === 1) return { strides: stridesOf(height) };
  const strides = stridesOf(width);
  const jumps = stridesOf(height).map((row, i) => row - width.size * strides[i]!);
  const isContiguous = height.size === 1 || jumps.every((jump) => jump === 0);
  return isContiguous ? { strides } : { strides, rows: { width: width.size, jumps } };
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
  const unit = {
    rows: rowsOfUnits(height.size, width.size, params.unit?.rows ?? 1, tile.pixels),
    panels: Math.min(panels.length, params.unit?.panels ?? panels.length),
  };
  const last = panels.at(-1)!;
  const lastWritable = Math.min(last.columns, params.writable - last.first);
  /** Panels all of whose columns may be overwritten. */
  const fullPanels = lastWritable === tile.columns ? panels.length : panels.length - 1;
  const isDense = algorithm === 'dense' && params.bytes === undefined;
  const isPaired =
    isDense &&
    !params.twins &&
    unit.panels > 1 &&
    fullPanels > 1 &&
    tileRuns(unit.rows * width.size, tile.pixels).every(({ pixels }) => pixels <= mostPairedPixels);
  const rowBlocks = Math.ceil(height.size / unit.rows);
  const panelBlocks = Math.ceil(panels.length / unit.panels);
  const operandCount = outer[0]?.operands?.length ?? height.operands?.length ?? width.operands?.length ?? 0;
  const steps = pixelSteps(params, operandCount);
  const sumLength = product(sum.map(({ size }) => size));
  const units = product(outer.map(({ size }) => size)) * rowBlocks * panelBlocks;
  const { weightType = 'float32' } = params;
  const panelBytes = panelBytesOf(params);
  const firstTerm = headerTerms(weightType) + weightTermsOf(params).first;
  const operations = 2 * product(outer.map(({ size }) => size)) * height.size * width.size * sumLength * params.columns;

  const emitFunction = () => {
    const kind = `${algorithm} convolution`;
    const name = `${kind} ${height.size}x${width.size} sum ${sum.map(({ size }) => size).join('x')} columns ${params.columns}`;
    const hasScratch = algorithm === 'small-N' || params.bytes !== undefined;
    const further = (hasScratch ? 1 : 0) + (params.bytes?.hasZeroPoint === true ? 1 : 0);
    const type = takes(6 + operandCount + further);
    return target.module.function(name, type, (f, ...args) => {
      const [input, weights, bias, output] = args as [Local, Local, Local, Local];
      const operands = args.slice(4, 4 + operandCount);
      const own = args.slice(4 + operandCount, -2);
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
        const move = (pointer: Local, at: Operand, stride: number | undefined) => {
          if (stride) f.set(pointer, add(pointer, multiply(at, stride * 4)));
        };
        for (const axis of [...outer].reverse()) {
          if (axis.size === 1) continue;
          const at = f.local('i32', remainder(rest, axis.size));
          f.set(rest, divide(rest, axis.size));
          move(base.input, at, axis.input);
          move(base.weights, at, axis.weights);
          move(base.bias, at, axis.bias);
          move(base.output, at, axis.output);
          for (const [i, operand] of base.operands.entries()) move(operand, at, axis.operands?.[i]);
        }
        const firstRow = f.local('i32', multiply(rowBlock, unit.rows));
        move(base.input, firstRow, height.input);
        move(base.output, firstRow, height.output);
        for (const [i, operand] of base.operands.entries()) move(operand, firstRow, height.operands?.[i]);
        const firstPanel = multiply(panelBlock, unit.panels);
        const fullBytes = tile.columns * 4;
        const endPanel = minimum(f, add(firstPanel, unit.panels), panels.length);
        /** A panel by its number, with the columns that it has and may overwrite. */
        const placed = (panel: Local): PlacedPanel => {
          const column = f.local('i32', multiply(panel, fullBytes));
          return {
            columns: tile.columns,
            writable: tile.columns,
            column,
            outputColumn: params.bytes?.output === 'bytes' ? f.local('i32', multiply(panel, tile.columns)) : column,
            weights: f.local('i32', add(base.weights, multiply(panel, panelBytes))),
            bias: f.local('i32', add(base.bias, column)),
          };
        };
        const withPanel = (panel: Local, run: (panel: PlacedPanel) => void) => {
          const at = placed(panel);
          const whole = () => run(at);
          const narrow = () => run({ ...at, columns: last.columns, writable: lastWritable });
          if (fullPanels === panels.length) whole();
          else if (panels.length === 1) narrow();
          else f.if(op('i32.eq', panel, panels.length - 1), narrow, whole);
        };
        const tiles = (
          { pixels }: TileRun,
          { columns, writable, ...panel }: PlacedPanel,
          pointers: PixelPointers,
          times: number,
          together = params.twins ? 2 : 1,
        ) =>
          f.run(
            callTile(
              target,
              params,
              { pixels, columns: columns * together, writable: writable * together, panels: together },
              steps,
              {
                input: pointers.input,
                weights: add(panel.weights, firstTerm * columns * weightBytes(weightType)),
                bias: panel.bias,
                output: add(pointers.output, panel.outputColumn),
                operands: pointers.operands.map((operand) => add(operand, panel.column)),
                own,
                column: pointers.column,
              },
              times,
            ),
          );
        const pixelPointers = ({ input: x, output: y, operands: others }: Omit<PixelPointers, 'column'>) => [
          x,
          y,
          ...others,
        ];
        const moveAll = (pointers: PixelPointers, by: readonly number[]) => {
          for (const [i, pointer] of pixelPointers(pointers).entries()) f.increase(pointer, by[i]!);
        };
        /** The runs of tiles of the unit, with pointers to their first pixels. */
        const eachRun = (body: (run: TileRun, pointers: PixelPointers) => void) => {
          const ofRows = (rows: number) => {
            // What is added to an operand is not added twice: it may be the output.
            for (const run of tileRuns(rows * width.size, tile.pixels, operandCount === 0)) {
              const row = steps.rows === undefined ? 0 : Math.floor(run.first / width.size);
              const [x, y, ...others] = pixelPointers(base).map((pointer) => f.local('i32', pointer)) as [
                Local,
                Local,
                ...Local[],
              ];
              const column = f.local('i32', run.first - row * width.size);
              const here = { input: x, output: y, operands: others, column };
              moveAll(
                here,
                steps.strides.map((stride, i) => run.first * stride + row * (steps.rows?.jumps[i] ?? 0)),
              );
              body(run, here);
            }
          };
          const left = height.size % unit.rows;
          const whole = () => ofRows(unit.rows);
          if (left === 0) whole();
          else f.if(op('i32.eq', rowBlock, rowBlocks - 1), () => ofRows(left), whole);
        };
        if (params.unit?.isTileFirst) {
          eachRun((run, pointers) =>
            forRange(f, 0, run.times, 1, () => {
              forRange(f, firstPanel, endPanel, 1, (number) =>
                withPanel(number, (panel) => tiles(run, panel, pointers, 1)),
              );
              moveAll(
                pointers,
                steps.strides.map((stride) => stride * run.pixels),
              );
              const { rows } = steps;
              if (rows === undefined) return;
              f.increase(pointers.column, run.pixels);
              f.loop((again) =>
                f.if(op('i32.ge_s', pointers.column, rows.width), () => {
                  f.increase(pointers.column, -rows.width);
                  moveAll(pointers, rows.jumps);
                  f.br(again);
                }),
              );
            }),
          );
        } else {
          const onePanel = (number: Local) =>
            withPanel(number, (panel) => eachRun((run, pointers) => tiles(run, panel, pointers, run.times)));
          if (!isPaired) forRange(f, firstPanel, endPanel, 1, onePanel);
          else {
            const number = f.local('i32', firstPanel);
            const lastPair = subtract(minimum(f, endPanel, fullPanels), 1);
            forRange(f, number, lastPair, 2, (at) => {
              eachRun((run, pointers) => tiles(run, placed(at), pointers, run.times, 2));
              f.increase(number, 2);
            });
            forRange(f, number, endPanel, 1, onePanel);
          }
        }
      });
    });
  };
  return { function: emitFunction(), units, operations };
}
