/**
 * Matrix products by a level of Strassen's algorithm in Winograd's form: seven products of quarters for eight, and 15 additions. Rows
 * are pixels, their halves those of a unit, so that a run of pixels and its sums stay in the cache; columns are halved panel by panel.
 * Sums of the products are made where tiles begin and end:
 *
 *     x = A11 B11, y = x + S2 T2, w = S3 T3, v = y + S1 T1
 *     C11 = x + A12 B21, C12 = v + S4 B22, C21 = y + A22 T4 + w, C22 = v + w
 *
 * with S1 = A21 + A22, S2 = S1 - A11, S3 = A11 - A21, S4 = A12 - S2 and T1 = B12 - B11, T2 = B22 - T1, T3 = B22 - B12, T4 = B21 - T2.
 */
import { add, divide, forRange, minimum, multiply, remainder, storeVector, subtract } from '../arithmetic.js';
import { exactJson } from '../exact-json.js';
import { call, f32x4Const, type Local, load, memoryOp, type Operand, op } from '../expression.js';
import { takes } from '../function.js';
import { type OutputAxis, pixelSteps } from './convolution.js';
import { type Kernel, type KernelTarget, product } from './kernel.js';
import { toOnnxOrder } from './layout.js';
import { tileRuns } from './pixel-tiles.js';
import { callSized } from './sized.js';
import { type StrassenParams, strassenPlaces, zeroFloats } from './strassen-params.js';
import { quarterSums, strassenTiles } from './strassen-tiles.js';

/** Where pixels are: the first one, and in bytes from one to the next, and what a row's end adds. */
interface Pixels {
  readonly at: Operand;
  readonly stride: number;
  readonly jump: number;
}

/** Where a half of the columns of a panel is. */
interface PlacedColumns {
  readonly weights: Local;
  readonly bias: Operand;
  /** Of the output and the operands, in the upper half of the rows or the lower. */
  readonly outputs: (isLower: boolean) => readonly Pixels[];
}

/** Arguments: input, weights (in panels), bias, output, operands..., scratch of the thread's own. */
export function strassen(target: KernelTarget, params: StrassenParams): Kernel {
  const { module } = target;
  const { outer, height, width, channels, columns, halves, unit, tile, epilogue, ordered } = params;
  const operands = height.operands?.length ?? 0;
  const panelCount = columns / tile.columns;
  const panels = panelCount * halves.length;
  const share = Math.ceil(panels / unit.shares);
  const shares = Math.ceil(panels / share);
  const bandRows = 2 * unit.rows;
  const bands = Math.ceil(height.size / bandRows);
  const images = product(outer.map(({ size }) => size));
  const { strides, rows: line } = pixelSteps(params, operands);
  const places = strassenPlaces(params);
  const [halfBytes, panelBytes, pitch, state] = [channels * 2, places.panel * 4, tile.columns * 4, zeroFloats * 4];
  const stridesOf = (axis: OutputAxis) =>
    [axis.input, axis.output, ...(axis.operands ?? [])].map((stride) => stride * 4);

  const bring = ordered && toOnnxOrder(target, ordered);
  const emitFunction = () =>
    module.function(`strassen ${height.size}x${width.size}`, takes(7 + operands), (f, ...args) => {
      const [scratch, begin, end] = args.slice(-3) as [Local, Local, Local];
      const inScratch = (floats: number, stride: number): Pixels => ({ at: add(scratch, floats * 4), stride, jump: 0 });
      const zeros = inScratch(0, 0);
      const [x, y, w] = [0, 1, 2].map((i) => inScratch(places.betweens + i * places.matrix, pitch)) as [
        Pixels,
        Pixels,
        Pixels,
      ];
      const rowSums = [0, 1, 2, 3].map((i) => inScratch(places.sums + i * places.rows, halfBytes));
      const panelSums = [0, 1, 2, 3].map((i) => add(scratch, (places.panels + i * places.panel) * 4));
      const sumUp = (of: 'input' | 'weights', ...own: readonly Operand[]) =>
        f.run(call(quarterSums(target, of), ...own));
      const made = add(scratch, places.end * 4);
      const phases = ordered ? ordered.height / height.size : 0;
      forRange(f, begin, end, 1, (index) => {
        const rest = f.local('i32', divide(index, shares));
        const isNew = f.local('i32', op('i32.ne', rest, load('i32.load', scratch, state)));
        f.run(memoryOp('i32.store', state, scratch, rest));
        const band = f.local('i32', remainder(rest, bands));
        f.set(rest, divide(rest, bands));
        const [weights, bias] = args.slice(1, 3) as [Local, Local];
        const pointers = [args[0]!, ...args.slice(3, -3)].map((pointer) => f.local('i32', pointer));
        const moveAll = (axis: OutputAxis, at: Operand) => {
          for (const [i, stride] of stridesOf(axis).entries())
            f.set(pointers[i]!, add(pointers[i]!, multiply(at, stride)));
        };
        // Rows of the output.
        const firstRow =
          ordered && f.local('i32', multiply(add(multiply(rest, height.size), multiply(band, bandRows)), phases));
        for (const axis of [...outer].reverse()) {
          moveAll(axis, f.local('i32', remainder(rest, axis.size)));
          f.set(rest, divide(rest, axis.size));
        }
        moveAll(height, f.local('i32', multiply(band, bandRows)));
        if (ordered) f.set(pointers[1]!, made);
        const first = f.local('i32', multiply(remainder(index, shares), share));
        const last = f.local('i32', minimum(f, add(first, share), panels));

        const ofRows = (rows: number) => {
          // Of an odd number the one in the middle is in both halves, and computed twice.
          const down = Math.floor(rows / 2);
          const pixels = (rows - down) * width.size;
          const track = (k: number, isLower: boolean, ...more: readonly Operand[]): Pixels => ({
            at: add(pointers[k]!, isLower ? down * stridesOf(height)[k]! : 0, ...more),
            stride: strides[k]!,
            jump: line?.jumps[k] ?? 0,
          });
          const [above, below] = [track(0, false), track(0, true)];
          const fromAbove = [above.at, below.at, halfBytes, rowSums[0]!.at, places.rows * 4, pixels, halfBytes / 32];
          f.if(isNew, () => sumUp('input', ...fromAbove, above.stride, above.jump, 0, line?.width ?? 1));
          const tiles = (
            a: Pixels,
            b: Operand,
            start: Pixels,
            kept: Pixels | undefined,
            out?: readonly [PlacedColumns, isLower: boolean, more: Pixels],
          ) => {
            for (const run of tileRuns(pixels, tile.pixels, true)) {
              const row = Math.floor(run.first / width.size);
              const at = (pixel: Pixels) => add(pixel.at, run.first * pixel.stride + row * pixel.jump);
              const tracks = [a, ...(out?.[0].outputs(out[1]) ?? [])];
              const form = {
                ...{ pixels: run.pixels, columns: tile.columns, terms: channels / 2 },
                ...{ crosses: line !== undefined, isStored: kept !== undefined, end: out && { epilogue, operands } },
              };
              f.run(
                callSized(
                  strassenTiles(target, form),
                  ...[run.times, b, at(start), start.stride, at(kept ?? zeros)],
                  ...(out ? [at(out[2]), out[2].stride, out[0].bias] : []),
                  ...[...tracks.map(at), ...tracks.map(({ stride }) => stride)],
                  ...(line ? [...tracks.map(({ jump }) => jump), run.first % width.size, line.width] : []),
                ),
              );
            }
          };
          for (const [i, pair] of halves.entries()) {
            const before = i * panelCount;
            const from = f.local('i32', first);
            f.if(op('i32.lt_s', from, before), () => f.set(from, before));
            forRange(f, from, minimum(f, last, before + panelCount), 1, (number) => {
              const column = f.local('i32', multiply(add(number, -before), pitch));
              const [left, right] = pair.map(
                (place): PlacedColumns => ({
                  weights: f.local('i32', add(weights, multiply(column, channels), place.weights * 4)),
                  bias: params.bias ? add(bias, column, place.bias * 4) : scratch,
                  outputs: (isLower) => place.outputs.map((start, k) => track(k + 1, isLower, column, start * 4)),
                }),
              ) as [PlacedColumns, PlacedColumns];
              const fromLeft = [left.weights, right.weights, panelBytes, panelSums[0]!, panelBytes, 1, panelBytes / 32];
              sumUp('weights', ...fromLeft, 0, 0, 0, 1);
              const secondOf = (pixel: Pixels) => ({ ...pixel, at: add(pixel.at, halfBytes) });
              tiles(above, left.weights, zeros, x);
              tiles(secondOf(above), add(left.weights, panelBytes), x, undefined, [left, false, zeros]);
              tiles(rowSums[1]!, panelSums[1]!, x, y);
              tiles(rowSums[2]!, panelSums[2]!, zeros, w);
              tiles(secondOf(below), panelSums[3]!, y, undefined, [left, true, w]);
              tiles(rowSums[0]!, panelSums[0]!, y, x, [right, true, w]);
              tiles(rowSums[3]!, add(right.weights, panelBytes), x, undefined, [right, false, zeros]);
            });
          }
          if (firstRow === undefined) return;
          const before = subtract(made, multiply(firstRow, ordered!.rowStride * 4));
          f.run(call(bring!.function, before, args[3]!, firstRow, add(firstRow, rows * phases)));
        };
        const left = height.size % bandRows;
        if (left === 0 || bands === 1) ofRows(left || bandRows);
        else
          f.if(
            op('i32.eq', band, bands - 1),
            () => ofRows(left),
            () => ofRows(bandRows),
          );
      });
    });
  const emitPrepare = () =>
    module.function('strassen begins', takes(5 + operands), (f, ...args) => {
      const scratch = args.at(-1)!;
      for (let i = 0; i < zeroFloats; i += 4) storeVector(f, scratch, i * 4, f32x4Const(0));
      f.run(memoryOp('i32.store', state, scratch, -1));
    });
  return {
    function: module.shared(`strassen ${exactJson(params)}`, emitFunction),
    prepare: module.shared(`strassen begins ${operands}`, emitPrepare),
    units: images * bands * shares,
    operations: (7 / 2) * images * height.size * width.size * channels * columns * halves.length,
  };
}
