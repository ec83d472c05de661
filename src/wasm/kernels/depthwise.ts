/**
 * Depthwise convolutions: channel c of the output is made of channel c of the input alone. A tile is some pixels of a row by the
 * channels of a register. What the taps of a row of the window read for all of them is loaded once. Functions are told sizes when they
 * are called; only the pattern of taps and strides is in the code.
 */
import { add, forRange, loadVector, minimum, move, multiply, repeat, subtract } from '../arithmetic.js';
import { exactJson } from '../exact-json.js';
import { call, type Local, op } from '../expression.js';
import { type FunctionReference, takes } from '../function.js';
import { type ConvolutionParams, depthwiseColumns } from './convolution.js';
import { finishPixels } from './convolution-tile.js';
import { withGivenSlope } from './epilogue.js';
import { type Kernel, type KernelTarget, multiplyAdd, product, splitEvenly } from './kernel.js';
import type { Track } from './pixel-path.js';
import { rowKernel } from './rows.js';
import { emitAround, givenLoops, loopForm, loopsAround, type SumLoops, sizesOf, startSums } from './tile.js';

/** Taps whose weights registers hold beside the sums of that many pixels; of longer rows so many at a time. */
const mostTaps = 5;
const mostPixels = 8;
const tapsOfLong = 4;

/** What beginning and storing a tile takes, in pixels. */
const tileCost = 1.5;

interface Form {
  readonly pixels: number;
  readonly writable: number;
  /** From an output's first tap to the next output's, and from a tap to the next, in steps of the input. */
  readonly stride: number;
  readonly dilation: number;
}

/** Pixels of a tile, of which as few idle as can be. Where few reads are shared, short ones are better: their sums wait less for memory. */
function pixelsOf(width: number, most: number): number {
  const timeOf = (pixels: number) => Math.ceil(width / pixels) * (pixels + tileCost);
  return [most, 6, 5].reduce(
    (best, pixels) => (pixels < most && timeOf(pixels) < timeOf(best) ? pixels : best),
    Math.min(width, most),
  );
}

/** Tiles of a row, of equal size. The last one may begin before the one before it ends, unless it would add to what that has stored. */
function tilesOf(
  width: number,
  most: number,
  mayOverlap: boolean,
): { readonly pixels: number; readonly columns: readonly number[] }[] {
  if (mayOverlap) return [{ pixels: pixelsOf(width, most), columns: [0, width] }];
  const { size, larger, smaller } = splitEvenly(width, most);
  const cut = larger * size;
  return [{ pixels: size, columns: [0, cut] }, ...(smaller === 0 ? [] : [{ pixels: size - 1, columns: [cut, width] }])];
}

/** What a tile reads, in order: how many steps further than before, and for which taps of which pixels. */
function readsOf({ pixels, stride, dilation }: Form, taps: number) {
  const uses = new Map<number, { pixel: number; tap: number }[]>();
  for (let pixel = 0; pixel < pixels; pixel++) {
    for (let tap = 0; tap < taps; tap++) {
      const offset = pixel * stride + tap * dilation;
      uses.set(offset, [...(uses.get(offset) ?? []), { pixel, tap }]);
    }
  }
  let last = 0;
  return [...uses]
    .sort(([a], [b]) => a - b)
    .map(([offset, list]) => {
      const gap = offset - last;
      last = offset;
      return { gap, uses: list };
    });
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

/** Of a sum there are the taps. Arguments: input (its first tap at output 0), weights in panels, bias, output, operands... */
export function depthwise(target: KernelTarget, params: ConvolutionParams): Kernel {
  const { outer, height, width, columns, writable, unit } = params;
  const panels = Math.ceil(columns / depthwiseColumns);
  const lastWritable = Math.min(depthwiseColumns, writable - (panels - 1) * depthwiseColumns);
  const fullPanels = lastWritable === depthwiseColumns ? panels : panels - 1;
  const rows = Math.min(height.size, unit?.rows ?? 1);
  const unitPanels = Math.min(panels, unit?.panels ?? panels);
  const operandCount = outer[0]?.operands?.length ?? height.operands?.length ?? width.operands?.length ?? 0;
  const stridesOf = (axis: Partial<ConvolutionParams['height']>, factor: number) =>
    [axis.input, axis.output, ...Array.from({ length: operandCount }, (_, k) => axis.operands?.[k])].map(
      (stride = 0) => stride * factor,
    );
  // Of taps that are all in one column each is a row of its own.
  const alone = params.sum.at(-1)!.size === 1 ? { size: 1, stride: width.input, terms: 1 } : undefined;
  const { inner, around } = loopsAround(params.sum, depthwiseColumns * 4, alone);
  const left = inner.size <= mostTaps ? inner.size : inner.size % tapsOfLong;
  const loops = { rounds: (inner.size - left) / tapsOfLong, left, stride: 0, around };
  const step = greatestCommonDivisor(width.input, inner.stride);
  const form = { stride: width.input / step, dilation: inner.stride / step };
  const most = form.stride > 1 && inner.size <= 3 ? 4 : mostPixels;
  const taps = product(params.sum.map(({ size }) => size));
  const axes = [
    ...outer.map((axis) => ({
      size: axis.size,
      strides: [axis.input, axis.weights ?? 0, axis.bias ?? 0, axis.output, ...(axis.operands ?? [])],
    })),
  ];
  const [rowInput, rowOutput, ...rowOperands] = stridesOf(height, rows) as [number, number, ...number[]];
  axes.push({ size: Math.ceil(height.size / rows), strides: [rowInput, 0, 0, rowOutput, ...rowOperands] });
  const channels = unitPanels * depthwiseColumns;
  axes.push({
    size: Math.ceil(panels / unitPanels),
    strides: [channels, channels * taps, channels, channels, ...rowOperands.map(() => channels)],
  });
  return rowKernel(target, {
    name: `depthwise convolution ${height.size}x${width.size} columns ${columns}`,
    axes,
    pointers: 4 + operandCount,
    operations: 2 * product(outer.map(({ size }) => size)) * height.size * width.size * taps * columns,
    body: (f, pointers, indices) => {
      const [rowBlock, panelBlock] = indices.slice(-2) as [Local, Local];
      const upTo = (index: Local, size: number, all: number) =>
        all % size === 0 ? size : minimum(f, subtract(all, multiply(index, size)), size);
      const rowCount = f.local('i32', upTo(rowBlock, rows, height.size));
      const some = (count: number | Local, room: number) => {
        for (const { pixels, columns: ends } of tilesOf(width.size, most, operandCount === 0)) {
          f.run(
            call(
              rowsFunction(target, params, { ...form, pixels, writable: room }, loops, operandCount),
              ...pointers,
              ...[rowCount, ...ends, count],
              ...[...stridesOf(width, 4), ...stridesOf(height, 4), step * 4, inner.stride * 4],
              ...sizesOf(loops),
              ...withGivenSlope(params.epilogue, operandCount + 1).slopes,
            ),
          );
        }
      };
      if (fullPanels === panels) some(f.local('i32', upTo(panelBlock, unitPanels, panels)), depthwiseColumns);
      else {
        const count = f.local('i32', minimum(f, subtract(fullPanels, multiply(panelBlock, unitPanels)), unitPanels));
        f.if(count, () => some(count, depthwiseColumns));
        f.if(op('i32.lt_s', count, unitPanels), () => {
          const moves = [1, taps, 1, 1, ...rowOperands.map(() => 1)];
          for (const [i, pointer] of pointers.entries())
            f.set(pointer, add(pointer, multiply(count, moves[i]! * depthwiseColumns * 4)));
          some(1, lastWritable);
        });
      }
    },
  });
}

/**
 * Arguments: input, weights, bias, output, operands...; rows, the first column and the one after the last, panels; strides of pixels, then
 * of rows, for input, output and operands; a step of the input, a tap; sizes of the loops around a row of taps.
 */
function rowsFunction(
  target: KernelTarget,
  { epilogue: ending, bias: hasBias }: ConvolutionParams,
  form: Form,
  loops: SumLoops<number>,
  operandCount: number,
): FunctionReference {
  const { module, tier } = target;
  const { pixels, writable } = form;
  const { tree: epilogue, slopes } = withGivenSlope(ending, operandCount + 1);
  const key = exactJson({ form, loops: loopForm(loops), operandCount, epilogue, hasBias });
  return module.shared(`depthwise ${key}`, () => {
    const count = 4 + operandCount + 4 + 2 * (2 + operandCount) + 2 + sizesOf(loops).length;
    const type = takes(count, slopes.length);
    return module.function(`depthwise, ${pixels} pixels`, type, (f, ...args) => {
      const rest = [...args];
      const next = () => rest.shift()!;
      const some = (length: number) => Array.from({ length }, next);
      const [input, weights, bias, output] = some(4) as [Local, Local, Local, Local];
      const moved = [input, output, ...some(operandCount)];
      const [rowCount, firstColumn, endColumn, panels] = some(4) as [Local, Local, Local, Local];
      const pixelStrides = some(moved.length);
      const rowStrides = some(moved.length);
      const [step, tap] = some(2) as [Local, Local];
      const given = givenLoops(loops, next);
      const numbers = rest.map((number) => f.local('v128', op('f32x4.splat', number)));
      const gaps = new Map([[1, step]]);
      for (const taps of [loops.left, loops.rounds > 0 ? tapsOfLong : 0]) {
        for (const { gap } of readsOf(form, taps)) {
          if (gap > 0 && !gaps.has(gap)) gaps.set(gap, f.local('i32', multiply(step, gap)));
        }
      }
      const lanes = tier === 'wide' ? 8 : 4;
      /** Products of some taps of a row with what they read. */
      const emitTaps = (taps: number, a: Local, b: Local, sums: readonly (readonly Local[])[]) => {
        const at = f.local('i32', a);
        const vectors = Array.from({ length: lanes / 4 }, (_, v) => v * 16);
        const w = Array.from({ length: taps }, (_, j) =>
          vectors.map((place) => f.local('v128', loadVector(b, j * depthwiseColumns * 4 + place))),
        );
        for (const { gap, uses } of readsOf(form, taps)) {
          if (gap > 0) move(f, at, gaps.get(gap)!);
          for (const [v, place] of vectors.entries()) {
            const value = f.local('v128', loadVector(at, place));
            for (const { pixel, tap: j } of uses) {
              const sum = sums[pixel]![v]!;
              f.set(sum, multiplyAdd(tier, value, w[j]![v]!, sum));
            }
          }
        }
        move(f, a, multiply(tap, taps));
        f.increase(b, taps * depthwiseColumns * 4);
      };
      const emitPanel = (pointers: readonly Local[], biasAt: Local, b: Local, room: number) => {
        const [a, ...outputs] = pointers.map((pointer) => f.local('i32', pointer)) as [Local, ...Local[]];
        const sums = startSums(
          f,
          { rows: Array.from({ length: pixels }), columns: lanes },
          hasBias ? biasAt : undefined,
        );
        emitAround(f, given, [a], b, () => {
          repeat(f, given.rounds, () => emitTaps(tapsOfLong, a, b, sums));
          if (given.left > 0) emitTaps(given.left, a, b, sums);
        });
        const tracks = outputs.map((pointer, k): Track => ({ pointer, stride: pixelStrides[k + 1]!, jump: 0 }));
        const path = { count: pixels, row: undefined, tracks };
        finishPixels(f, target, epilogue, { columns: lanes, writable: room }, path, sums, numbers);
        for (const pointer of [...pointers, biasAt]) f.increase(pointer, lanes * 4);
      };
      repeat(f, rowCount, () => {
        forRange(f, firstColumn, endColumn, pixels, (first) => {
          const column = f.local('i32', minimum(f, first, subtract(endColumn, pixels)));
          const pointers = moved.map((pointer, k) =>
            f.local('i32', op('i32.add', pointer, op('i32.mul', column, pixelStrides[k]!))),
          );
          const [b, biasAt] = [f.local('i32', weights), f.local('i32', bias)];
          repeat(f, panels, () => {
            if (lanes === depthwiseColumns) emitPanel(pointers, biasAt, b, writable);
            else {
              const low = f.local('i32');
              const half = (room: number) => {
                f.set(low, b);
                emitPanel(pointers, biasAt, low, room);
                f.increase(b, lanes * 4);
              };
              if (writable === depthwiseColumns) repeat(f, depthwiseColumns / lanes, () => half(lanes));
              else for (let at = 0; at < writable; at += lanes) half(Math.min(lanes, writable - at));
              f.set(b, add(low, (lanes - depthwiseColumns) * 4));
            }
          });
        });
        for (const [k, pointer] of moved.entries()) move(f, pointer, rowStrides[k]!);
      });
    });
  });
}
