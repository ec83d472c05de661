/**
 * Matrix products by one level of Strassen's algorithm in Winograd's form: seven products of quarters for eight.
 */
import { add, divide, forRange, minimum, multiply, remainder } from '../arithmetic.js';
import { exactJson } from '../exact-json.js';
import { call, type Local, type Operand, op } from '../expression.js';
import { callTile, type PixelSteps } from './convolution-tile.js';
import type { ConvolutionParams, OutputAxis } from './convolution.js';
import { type Kernel, type KernelTarget, product } from './kernel.js';
import { tileRuns } from './pixel-tiles.js';
import { callSized } from './sized.js';
import { finishedTiles, panelSums, rowSums, storedTiles } from './strassen-tile.js';
import { storeVector } from '../arithmetic.js';
import { f32x4Const } from '../expression.js';

/** Where columns are, in floats. */
export interface ColumnPlace {
  readonly weights: number;
  readonly bias: number;
  readonly output: number;
  readonly operands: readonly number[];
}

export interface StrassenParams
  extends Pick<ConvolutionParams, 'outer' | 'height' | 'width' | 'bias' | 'epilogue' | 'tile'> {
  /** Length of the sum, a multiple of 16. */
  readonly channels: number;
  /** Columns of a half, whole panels. */
  readonly columns: number;
  /** The halves of columns, of one or several products of the same input. */
  readonly halves: readonly (readonly [ColumnPlace, ColumnPlace])[];
  /** Rows of a half of a unit, and how many units share the columns. */
  readonly unit: { readonly rows: number; readonly shares: number };
}

const pad = 32;

function places({ channels, width, tile, unit }: StrassenParams) {
  const pixels = unit.rows * width.size;
  const matrix = pixels * tile.columns + pad;
  const panel = (channels / 2) * tile.columns;
  const rows = pixels * (channels / 2) + pad;
  const zeros = 0;
  const between = [0, 1, 2].map((i) => 16 + i * matrix);
  const panels = 16 + 3 * matrix;
  const sums = panels + 4 * panel + pad;
  return { zeros, between, panels, panel, sums, rows, end: sums + 4 * rows };
}

/** Floats of scratch. */
export function strassenScratch(params: StrassenParams): number {
  return places(params).end;
}

/** Arguments: input, weights, bias, output, operands..., scratch of the thread's own. */
export function strassen(target: KernelTarget, params: StrassenParams): Kernel {
  const { outer, height, width, channels, columns, halves, unit, tile, epilogue } = params;
  const { module } = target;
  const operandCount = outer[0]?.operands?.length ?? height.operands?.length ?? width.operands?.length ?? 0;
  const panelCount = columns / tile.columns;
  const panels = panelCount * halves.length;
  const share = Math.ceil(panels / unit.shares);
  const shares = Math.ceil(panels / share);
  const bandRows = 2 * unit.rows;
  const bands = Math.ceil(height.size / bandRows);
  const units = product(outer.map(({ size }) => size)) * bands * shares;
  const sumLength = channels;
  const half = channels / 2;
  const operations =
    2 * product(outer.map(({ size }) => size)) * height.size * width.size * sumLength * columns * 2 * halves.length;
  const steps = stepsOf(params, operandCount);
  const place = places(params);
  const crosses = steps.rows !== undefined;
  const emitFunction = () => {
    const type = { params: Array.from({ length: 7 + operandCount }, () => 'i32' as const), results: [] };
    return module.function(`strassen ${height.size}x${width.size} sum ${channels} columns ${columns}`, type, (f, ...args) => {
      const [input, weights, bias, output] = args as [Local, Local, Local, Local];
      const operands = args.slice(4, 4 + operandCount);
      const scratch = args[4 + operandCount]!;
      const [begin, end] = args.slice(-2) as [Local, Local];
      const zeros = add(scratch, place.zeros * 4);
      for (let i = 0; i < 4; i++) storeVector(f, scratch, place.zeros * 4 + i * 16, f32x4Const(0));
      const summed = f.local('i32', -1);
      forRange(f, begin, end, 1, (index) => {
        const part = f.local('i32', remainder(index, shares));
        const rest = f.local('i32', divide(index, shares));
        const isNew = op('i32.ne', rest, summed);
        const fresh = f.local('i32', isNew);
        f.set(summed, rest);
        const band = f.local('i32', remainder(rest, bands));
        f.set(rest, divide(rest, bands));
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
        const moveAll = (axis: OutputAxis, at: Operand) => {
          move(base.input, at, axis.input);
          move(base.output, at, axis.output);
          for (const [i, operand] of base.operands.entries()) move(operand, at, axis.operands?.[i]);
        };
        for (const axis of [...outer].reverse()) {
          if (axis.size === 1) continue;
          const at = f.local('i32', remainder(rest, axis.size));
          f.set(rest, divide(rest, axis.size));
          moveAll(axis, at);
        }
        moveAll(height, f.local('i32', multiply(band, bandRows)));
        const first = f.local('i32', multiply(part, share));
        const last = minimum(f, add(first, share), panels);
        const ofRows = (rows: number) => {
          const upper = Math.floor(rows / 2);
          const pixels = upper * width.size;
          const down = upper;
          const sumsPitch = half * 4;
          const argsOf = (axisRow: number, column: number) => ({ axisRow, column });
          void argsOf;
          if (pixels > 0) {
            f.if(fresh, () =>
              f.run(
                call(
                  rowSums(target, crosses),
                  base.input,
                  add(base.input, down * height.input * 4),
                  half * 4,
                  add(scratch, place.sums * 4),
                  place.rows * 4,
                  pixels,
                  half / 8,
                  steps.strides[0]!,
                  ...(steps.rows === undefined ? [] : [0, steps.rows.width, steps.rows.jumps[0]!]),
                ),
              ),
            );
          }
          const runs = tileRuns(pixels, tile.pixels, operandCount === 0);
          for (const [h, [one, other]] of halves.entries()) {
            const from = h === 0 ? first : select(h * panelCount, first);
            const to = h === halves.length - 1 ? last : minimum(f, last, (h + 1) * panelCount);
            forRange(f, from, to, 1, (panel) => {
              const j = f.local('i32', add(panel, -h * panelCount));
              const columnBytes = f.local('i32', multiply(j, tile.columns * 4));
              const panelAt = multiply(j, channels * tile.columns * 4);
              const weightsOf = (piece: ColumnPlace) => f.local('i32', add(base.weights, panelAt, piece.weights * 4));
              const b1 = weightsOf(one);
              const b2 = weightsOf(other);
              const t = (i: number) => add(scratch, (place.panels + i * place.panel) * 4);
              const s = (i: number) => ({ at: add(scratch, (place.sums + i * place.rows) * 4), isSum: true, down: 0 });
              const a = (down: number, right: number) => ({ at: add(base.input, down * upper * height.input * 4 + right * half * 4), isSum: false, down });
              const halfBytes = place.panel * 4;
              const tail = rows % 2;
              if (pixels > 0) {
              f.run(call(panelSums(target), b1, b2, halfBytes, t(0), place.panel / 8));
              const matrixPitch = tile.columns * 4;
              const [x, y, w] = place.between.map((at) => add(scratch, at * 4));
              type Rows = { at: Operand; pitch: number };
              const none: Rows = { at: zeros, pitch: 0 };
              const matrix = (at: Operand): Rows => ({ at, pitch: matrixPitch });
              const offsetOf = (run: { first: number }, k: number, contiguous = false) => {
                if (contiguous) return run.first * sumsPitch;
                const row = steps.rows === undefined ? 0 : Math.floor(run.first / width.size);
                return run.first * steps.strides[k]! + row * (steps.rows?.jumps[k] ?? 0);
              };
              const columnOf = (run: { first: number }) => steps.rows === undefined ? 0 : run.first % width.size;
              const rowsAt = (rows: Rows, run: { first: number }) => add(rows.at, run.first * rows.pitch);
              const store = (from: ReturnType<typeof s>, b: Operand, start: Rows, to: Rows) => {
                for (const run of runs) {
                  const crossing = crosses && !from.isSum;
                  const form = { pixels: run.pixels, columns: tile.columns, terms: half, crosses: crossing };
                  f.run(callSized(storedTiles(target, form),
                    add(from.at, offsetOf(run, 0, from.isSum)), b, rowsAt(start, run), start.pitch, rowsAt(to, run), run.times,
                    from.isSum ? sumsPitch : steps.strides[0]!,
                    ...(crossing ? [columnOf(run), steps.rows!.width, steps.rows!.jumps[0]!] : [])));
                }
              };
              const finish = (from: ReturnType<typeof s>, b: Operand, start: Rows, more: Rows, piece: ColumnPlace, down: number, kept?: Rows) => {
                const biasAt = params.bias ? add(base.bias, piece.bias * 4, columnBytes) : zeros;
                const outAt = add(base.output, columnBytes, (piece.output + down * upper * height.output) * 4);
                const others = base.operands.map((operand, i) => add(operand, columnBytes, (piece.operands[i]! + down * upper * (height.operands?.[i] ?? 0)) * 4));
                for (const run of runs) {
                  const form = { pixels: run.pixels, columns: tile.columns, terms: half, crosses };
                  const end = { epilogue, operandCount, keeps: kept !== undefined };
                  f.run(callSized(finishedTiles(target, form, end),
                    add(from.at, offsetOf(run, 0, from.isSum)), b, rowsAt(start, run), start.pitch, rowsAt(more, run), more.pitch, biasAt,
                    kept ? rowsAt(kept, run) : 0,
                    add(outAt, offsetOf(run, 1)), ...others.map((other, i) => add(other, offsetOf(run, 2 + i))), run.times,
                    from.isSum ? sumsPitch : steps.strides[0]!, ...steps.strides.slice(1),
                    ...(steps.rows ? [columnOf(run), steps.rows.width, from.isSum ? 0 : steps.rows.jumps[0]!, ...steps.rows.jumps.slice(1)] : [])));
                }
              };
              const lowerHalf = (b: Local) => add(b, halfBytes);
              store(a(0, 0), b1, none, matrix(x!));
              finish(a(0, 1), lowerHalf(b1), matrix(x!), none, one, 0);
              store(s(1), t(1), matrix(x!), matrix(y!));
              store(s(2), t(2), none, matrix(w!));
              finish(a(1, 1), t(3), matrix(y!), matrix(w!), one, 1);
              finish(s(0), t(0), matrix(y!), matrix(w!), other, 1, matrix(x!));
              finish(s(3), lowerHalf(b2), matrix(x!), none, other, 0);
              }
              if (tail > 0) {
                for (const piece of [one, other]) {
                  const b = piece === one ? b1 : b2;
                  const at = 2 * upper;
                  for (const run of tileRuns(width.size, tile.pixels, operandCount === 0)) {
                    f.run(callTile(target, { outer, height, width, bias: params.bias, ...(epilogue === undefined ? {} : { epilogue }), tile, sum: [{ size: channels, stride: 1 }], columns, writable: tile.columns },
                      { pixels: run.pixels, columns: tile.columns, writable: tile.columns, panels: 1 },
                      { strides: steps.strides },
                      {
                        input: add(base.input, at * height.input * 4 + run.first * steps.strides[0]!),
                        weights: b,
                        bias: params.bias ? add(base.bias, piece.bias * 4, columnBytes) : 0,
                        output: add(base.output, columnBytes, (piece.output + at * height.output) * 4 + run.first * steps.strides[1]!),
                        operands: base.operands.map((operand, i) => add(operand, columnBytes, (piece.operands[i]! + at * (height.operands?.[i] ?? 0)) * 4 + run.first * steps.strides[2 + i]!)),
                        own: [], column: 0,
                      }, run.times));
                  }
                }
              }
            });
          }
          function select(least: number, value: Local): Operand {
            const low = f.local('i32', least);
            return f.local('i32', op('i32.add', low, op('i32.mul', op('i32.sub', value, low), op('i32.gt_s', value, low))));
          }
        };
        const left = height.size % bandRows;
        if (left === 0) ofRows(bandRows);
        else if (bands === 1) ofRows(left);
        else f.if(op('i32.eq', band, bands - 1), () => ofRows(left), () => ofRows(bandRows));
      });
    });
  };
  return { function: module.shared(`strassen ${exactJson(params)}`, emitFunction), units, operations };
}

function stepsOf({ height, width }: StrassenParams, operands: number): PixelSteps {
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
