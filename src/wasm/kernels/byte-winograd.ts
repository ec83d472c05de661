/**
 * 3×3 convolutions of bytes by Winograd's F(4×4, 3×3) (Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks", 2015)
 * in integers, which is exact: inputs of 8 bits and the transform's coefficients 1, 2, 4 and 5 give 16 bits, and so do weights in
 * multiples that have no fractions. Sums are taken modulo 2^32. What comes out is an output times 9 and a power of two: 9 has an
 * inverse modulo 2^32, and a shift leaves the output, as far as that has 26 bits with its sign. Weights at the points are
 * `D G g (D G)'`, where G is Lavin's and D the diagonal of 24, −6, −6, 24, 24 and 6 (`plan/point-weights.ts`).
 */
import { add, divide, forRange, minimum, multiply, remainder } from '../arithmetic.js';
import { call, type Local, type Operand, op } from '../expression.js';
import { takes } from '../function.js';
import {
  type ByteWinogradParams,
  group,
  inputs,
  inputTile,
  operandsOf,
  outputs,
  outputTile,
  pointStride,
  points,
  products,
  winogradPairs,
} from './byte-winograd-tiles.js';
import { countWhole, panelsOf } from './convolution.js';
import { type Kernel, type KernelTarget, product } from './kernel.js';

/** Sums below this magnitude come out right. */
export const mostWinogradSum = 2 ** 25;
/**
 * Floats of scratch of the thread's own: inputs and sums of a block at all points, and a tile between the axes, and when it is done.
 * @param columns of a panel
 */
export function byteWinogradScratch(channels: number, columns: number, block: number): number {
  const stored = pointStride(block, winogradPairs(channels)) + pointStride(block, columns);
  return points * stored + outputs * (inputs + outputs) * columns;
}

/**
 * Arguments as of a convolution of bytes; scratch has `byteWinogradScratch` floats. The input has pixels for whole tiles; what they
 * hold beyond the windows does not matter.
 */
export function byteWinograd(target: KernelTarget, params: ByteWinogradParams): Kernel {
  const { outer, height, width, bytes, columns, tile, block } = params;
  const pairs = winogradPairs(bytes.channels);
  const [high, wide] = [Math.ceil(height.size / outputs), Math.ceil(width.size / outputs)];
  const tiles = high * wide;
  const blocks = Math.ceil(tiles / block);
  const outerCount = product(outer.map(({ size }) => size));
  const operandCount = operandsOf(params);
  const panels = panelsOf(columns, tile);
  const emit = () => {
    const count = 5 + operandCount + (bytes.hasZeroPoint ? 1 : 0) + 2;
    const type = takes(count);
    return target.module.function(`byte winograd ${height.size}x${width.size}`, type, (f, ...args) => {
      const [input, weights, bias, output] = args as unknown as [Local, Local, Local, Local];
      const operands = args.slice(4, 4 + operandCount);
      const [scratch, zeroPoint] = args.slice(4 + operandCount, -2) as [Local, Local | undefined];
      const [begin, end] = args.slice(-2) as [Local, Local];
      const sums = f.local('i32', add(scratch, points * pointStride(block, pairs) * 4));
      const own = f.local('i32', add(sums, points * pointStride(block, tile.columns) * 4));
      forRange(f, begin, end, 1, (index) => {
        const rest = f.local('i32', divide(index, blocks));
        const firstTile = f.local('i32', multiply(remainder(index, blocks), block));
        const base = [input, output, ...operands].map((pointer) => f.local('i32', pointer));
        for (const axis of [...outer].reverse()) {
          const at = f.local('i32', remainder(rest, axis.size));
          f.set(rest, divide(rest, axis.size));
          const strides = [axis.input, axis.output, ...(axis.operands ?? [])];
          for (const [i, stride] of strides.entries()) f.set(base[i]!, add(base[i]!, multiply(at, stride * 4)));
        }
        /** Tiles after the last are the last one again. */
        const eachTile = (body: (i: Local, row: Local, column: Local) => void) =>
          forRange(f, 0, block, 1, (i) => {
            const number = f.local('i32', minimum(f, add(firstTile, i), tiles - 1));
            body(i, f.local('i32', divide(number, wide)), f.local('i32', remainder(number, wide)));
          });
        eachTile((i, row, column) => {
          const { input: rowStride } = height;
          const start = add(
            base[0]!,
            multiply(row, outputs * rowStride * 4),
            multiply(column, outputs * width.input * 4),
          );
          const [from, to] = [f.local('i32', start), f.local('i32', add(scratch, multiply(i, pairs * 4)))];
          forRange(f, 0, pairs / (group / 2), 1, () => {
            f.run(call(inputTile(target, params), from, to, own));
            f.increase(from, group);
            f.increase(to, group * 2);
          });
        });
        const panelRun = (panel: Operand, panelColumns: number, writable: number) => {
          const first = f.local('i32', multiply(panel, tile.columns));
          const from = add(weights, multiply(first, points * pairs * 4));
          f.run(call(products(target, params, panelColumns), scratch, from, sums));
          eachTile((i, row, column) => {
            const at = (pointer: Local, down: number, right: number, width: number) =>
              add(
                pointer,
                multiply(row, outputs * down * 4),
                multiply(column, outputs * right * 4),
                multiply(first, width),
              );
            const store = (tileHeight: number, tileWidth: number) =>
              f.run(
                call(
                  outputTile(
                    target,
                    params,
                    { columns: panelColumns, writable },
                    { height: tileHeight, width: tileWidth },
                  ),
                  add(sums, multiply(i, panelColumns * 4)),
                  add(bias, multiply(first, 4)),
                  at(base[1]!, height.output, width.output, bytes.output === 'bytes' ? 1 : 4),
                  ...operands.map((_, k) => at(base[2 + k]!, height.operands?.[k] ?? 0, width.operands?.[k] ?? 0, 4)),
                  own,
                  ...(zeroPoint === undefined ? [] : [zeroPoint]),
                ),
              );
            const [lastHeight, lastWidth] = [height.size - (high - 1) * outputs, width.size - (wide - 1) * outputs];
            const ofHeight = (tileHeight: number) =>
              lastWidth === outputs
                ? store(tileHeight, outputs)
                : f.if(
                    op('i32.eq', column, wide - 1),
                    () => store(tileHeight, lastWidth),
                    () => store(tileHeight, outputs),
                  );
            if (lastHeight === outputs) ofHeight(outputs);
            else {
              f.if(
                op('i32.eq', row, high - 1),
                () => ofHeight(lastHeight),
                () => ofHeight(outputs),
              );
            }
          });
        };
        const last = panels.at(-1)!;
        const lastWritable = Math.min(last.columns, params.writable - last.first);
        const isLastWhole = last.columns === tile.columns && lastWritable === tile.columns;
        const whole = isLastWhole ? panels.length : Math.min(countWhole(panels, tile), panels.length - 1);
        forRange(f, 0, whole, 1, (panel) => panelRun(panel, tile.columns, tile.columns));
        if (whole < panels.length) panelRun(panels.length - 1, last.columns, lastWritable);
      });
    });
  };
  const operations = 2 * outerCount * height.size * width.size * 9 * bytes.channels * columns;
  return {
    function: emit(),
    units: outerCount * blocks,
    operations,
  };
}
