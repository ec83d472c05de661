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
import { add, divide, forRange, minimum, multiply, remainder, storeVector } from '../arithmetic.js';
import { exactJson } from '../exact-json.js';
import { call, f32x4Const, type Local, load, memoryOp, type Operand, op } from '../expression.js';
import { type OutputAxis, pixelSteps } from './convolution.js';
import { callTile } from './convolution-tile.js';
import { type Kernel, type KernelTarget, product } from './kernel.js';
import { tileRuns } from './pixel-tiles.js';
import { callSized } from './sized.js';
import { type StrassenParams, strassenPlaces, zeroFloats } from './strassen-params.js';
import { quarterSums, type StrassenTile, strassenTiles } from './strassen-tiles.js';

/** Where pixels are: the first one, and in bytes from one to the next, and what a row's end adds. */
interface Pixels {
  readonly at: Operand;
  readonly stride: number;
  readonly jump: number;
}

/** Arguments: input, weights (in panels), bias, output, operands..., scratch of the thread's own. */
export function strassen(target: KernelTarget, params: StrassenParams): Kernel {
  const { module } = target;
  const { outer, height, width, channels, columns, halves, unit, tile, epilogue } = params;
  const operandCount = height.operands?.length ?? 0;
  const panelCount = columns / tile.columns;
  const panels = panelCount * halves.length;
  const share = Math.ceil(panels / unit.shares);
  const shares = Math.ceil(panels / share);
  const bandRows = 2 * unit.rows;
  const bands = Math.ceil(height.size / bandRows);
  const images = product(outer.map(({ size }) => size));
  const half = channels / 2;
  const steps = pixelSteps(params, operandCount);
  const crosses = steps.rows !== undefined;
  const places = strassenPlaces(params);
  const pitch = tile.columns * 4;
  const type = (pointers: number) => ({ params: Array.from({ length: pointers }, () => 'i32' as const), results: [] });
  const state = zeroFloats * 4;

  const emitFunction = () =>
    module.function(`strassen ${height.size}x${width.size}`, type(7 + operandCount), (f, ...args) => {
      const scratch = args.at(-3)!;
      const [begin, end] = args.slice(-2) as [Local, Local];
      forRange(f, begin, end, 1, (index) => {
        const rest = f.local('i32', divide(index, shares));
        const isNew = f.local('i32', op('i32.ne', rest, load('i32.load', scratch, state)));
        f.run(memoryOp('i32.store', state, scratch, rest));
        const band = f.local('i32', remainder(rest, bands));
        f.set(rest, divide(rest, bands));
        const [input, weights, bias, output, ...operands] = args
          .slice(0, 4 + operandCount)
          .map((pointer) => f.local('i32', pointer)) as [Local, Local, Local, Local, ...Local[]];
        const moveAll = (axis: OutputAxis, at: Operand) => {
          const strides = [axis.input, axis.output, ...(axis.operands ?? [])];
          for (const [i, pointer] of [input, output, ...operands].entries())
            f.set(pointer, add(pointer, multiply(at, (strides[i] ?? 0) * 4)));
        };
        for (const axis of [...outer].reverse()) {
          moveAll(axis, f.local('i32', remainder(rest, axis.size)));
          f.set(rest, divide(rest, axis.size));
        }
        moveAll(height, f.local('i32', multiply(band, bandRows)));
        const first = f.local('i32', multiply(remainder(index, shares), share));
        const last = f.local('i32', minimum(f, add(first, share), panels));

        const ofRows = (rows: number) => {
          const upper = Math.floor(rows / 2);
          const pixels = upper * width.size;
          const down = (axisStride: number | undefined, isLower: boolean) =>
            isLower ? upper * (axisStride ?? 0) * 4 : 0;
          const mayRepeat = operandCount === 0;
          const between = (i: number) => add(scratch, (places.betweens + i * places.matrix) * 4);
          const panelSum = (i: number) => add(scratch, (places.panels + i * places.panel) * 4);
          const rowSum = (i: number): Pixels => {
            return { at: add(scratch, (places.sums + i * places.rows) * 4), stride: half * 4, jump: 0 };
          };
          const tracked = (k: number, at: Operand): Pixels => {
            return { at, stride: steps.strides[k]!, jump: steps.rows?.jumps[k] ?? 0 };
          };
          const quarter = (isLower: boolean, isRight: boolean) =>
            tracked(0, add(input, down(height.input, isLower) + (isRight ? half * 4 : 0)));
          const sumsOf = (of: 'input' | 'weights', ...own: readonly Operand[]) =>
            f.run(call(quarterSums(target, of), ...own));
          if (pixels > 0) {
            const { width: size, jumps } = steps.rows ?? { width: 1, jumps: [0] };
            f.if(isNew, () =>
              sumsOf(
                'input',
                quarter(false, false).at,
                quarter(true, false).at,
                half * 4,
                rowSum(0).at,
                places.rows * 4,
                pixels,
                half / 8,
                steps.strides[0]!,
                jumps[0]!,
                0,
                size,
              ),
            );
          }
          for (const [i, pair] of halves.entries()) {
            const before = i * panelCount;
            const from = f.local('i32', before);
            if (i === 0) f.set(from, first);
            else f.if(op('i32.gt_s', first, from), () => f.set(from, first));
            forRange(f, from, minimum(f, last, before + panelCount), 1, (number) => {
              const column = f.local('i32', multiply(add(number, -before), pitch));
              const placed = pair.map((place) => ({
                weights: f.local('i32', add(weights, multiply(column, channels), place.weights * 4)),
                bias: params.bias ? add(bias, column, place.bias * 4) : scratch,
                outputs: (below: number) =>
                  [output, ...operands].map((pointer, k) =>
                    tracked(
                      k + 1,
                      add(
                        pointer,
                        column,
                        ((k === 0 ? place.output : place.operands[k - 1]!) +
                          below * ((k === 0 ? height.output : height.operands?.[k - 1]) ?? 0)) *
                          4,
                      ),
                    ),
                  ),
              }));
              const [left, right] = placed as [(typeof placed)[0], (typeof placed)[0]];
              const none: Pixels = { at: scratch, stride: 0, jump: 0 };
              const matrix = (at: Operand): Pixels => ({ at, stride: pitch, jump: 0 });
              const [x, y, w] = [matrix(between(0)), matrix(between(1)), matrix(between(2))];
              const tiles = (
                a: Pixels,
                b: Operand,
                start: Pixels,
                to: Pixels | undefined,
                out?: { readonly place: (typeof placed)[0]; readonly isLower: boolean; readonly more: Pixels },
              ) => {
                for (const run of tileRuns(pixels, tile.pixels, mayRepeat)) {
                  const row = Math.floor(run.first / width.size);
                  const at = (pixel: Pixels) => add(pixel.at, run.first * pixel.stride + row * pixel.jump);
                  const form: StrassenTile = {
                    ...{ pixels: run.pixels, columns: tile.columns, terms: half, crosses, isStored: to !== undefined },
                    end: out && { epilogue, operands: operandCount },
                  };
                  const all = [a, ...(out ? out.place.outputs(out.isLower ? upper : 0) : [])];
                  f.run(
                    callSized(
                      strassenTiles(target, form),
                      ...[run.times, b, at(start), start.stride, at(to ?? none)],
                      ...(out ? [at(out.more), out.more.stride, out.place.bias] : []),
                      ...[...all.map(at), ...all.map(({ stride }) => stride)],
                      ...(steps.rows ? [...all.map(({ jump }) => jump), run.first % width.size, steps.rows.width] : []),
                    ),
                  );
                }
              };
              if (pixels > 0) {
                const panelBytes = places.panel * 4;
                sumsOf(
                  'weights',
                  left.weights,
                  right.weights,
                  panelBytes,
                  panelSum(0),
                  panelBytes,
                  1,
                  places.panel / 8,
                  0,
                  0,
                  0,
                  1,
                );
                const lower = (b: Operand) => add(b, panelBytes);
                tiles(quarter(false, false), left.weights, none, x);
                tiles(quarter(false, true), lower(left.weights), x, undefined, {
                  place: left,
                  isLower: false,
                  more: none,
                });
                tiles(rowSum(1), panelSum(1), x, y);
                tiles(rowSum(2), panelSum(2), none, w);
                tiles(quarter(true, true), panelSum(3), y, undefined, { place: left, isLower: true, more: w });
                tiles(rowSum(0), panelSum(0), y, x, { place: right, isLower: true, more: w });
                tiles(rowSum(3), lower(right.weights), x, undefined, { place: right, isLower: false, more: none });
              }
              if (rows % 2 === 0) return;
              const plain = {
                outer,
                height,
                width,
                bias: params.bias,
                tile,
                columns,
                writable: columns,
                sum: [{ size: channels, stride: 1 }],
              };
              for (const { weights: b, bias: shift, outputs } of placed) {
                for (const run of tileRuns(width.size, tile.pixels, mayRepeat)) {
                  const all = [tracked(0, add(input, 2 * down(height.input, true))), ...outputs(2 * upper)];
                  const [a, out, ...others] = all.map(({ at, stride }) => add(at, run.first * stride)) as [
                    Operand,
                    Operand,
                    ...Operand[],
                  ];
                  f.run(
                    callTile(
                      target,
                      epilogue === undefined ? plain : { ...plain, epilogue },
                      { pixels: run.pixels, columns: tile.columns, writable: tile.columns, panels: 1 },
                      { strides: all.map(({ stride }) => stride) },
                      { input: a, weights: b, bias: shift, output: out, operands: others, own: [], column: 0 },
                      run.times,
                    ),
                  );
                }
              }
            });
          }
        };
        const left = height.size % bandRows;
        if (left === 0) ofRows(bandRows);
        else if (bands === 1) ofRows(left);
        else
          f.if(
            op('i32.eq', band, bands - 1),
            () => ofRows(left),
            () => ofRows(bandRows),
          );
      });
    });
  const emitPrepare = () =>
    module.function('strassen begins', type(5 + operandCount), (f, ...args) => {
      const scratch = args.at(-1)!;
      for (let i = 0; i < zeroFloats; i += 4) storeVector(f, scratch, i * 4, f32x4Const(0));
      f.run(memoryOp('i32.store', state, scratch, -1));
    });
  return {
    function: module.shared(`strassen ${exactJson(params)}`, emitFunction),
    prepare: module.shared(`strassen begins ${operandCount}`, emitPrepare),
    units: images * bands * shares,
    operations: 4 * images * height.size * width.size * channels * columns * halves.length,
  };
}
