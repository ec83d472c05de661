/**
 * Attention (Vaswani et al., "Attention Is All You Need", 2017): softmax(Q·Kᵀ)·V, where an epilogue makes of the products
 * what softmax is of: scaled, masked. A unit takes some rows of Q through all three parts, so that of the square matrix
 * there are never more than these rows, in memory of the thread's own. Parts are the kernels that compute them elsewhere: each
 * row has the bits that it would have by separate steps, unless it is quick.
 */
import { add, repeat } from '../arithmetic.js';
import { call, f32x4Const, type Local, memoryOp, type Operand, op } from '../expression.js';
import type { FunctionBuilder } from '../function.js';
import { type ConvolutionParams, convolution, type TileSize } from './convolution.js';
import type { Elementwise } from './elementwise-expression.js';
import { mapRun, plainValues } from './fold.js';
import { type Kernel, type KernelTarget, product } from './kernel.js';
import { type PointerAxis, rowKernel } from './rows.js';
import { softmax } from './softmax.js';
import { paddedChannels, readableAfter } from './views.js';

export interface AttentionParams {
  /** Around the matrices: strides of queries, packed keys, packed values, output, scratch (0), and of the epilogue's operands. */
  readonly batches: readonly PointerAxis[];
  readonly queries: number;
  readonly keys: number;
  /** Numbers of a query and of a key. */
  readonly depth: number;
  /** Numbers of a value. */
  readonly columns: number;
  /** In floats: from query to query, and from number to number of one. */
  readonly queryStrides: readonly [row: number, element: number];
  readonly outputStride: number;
  /** Of the products; its input k is operand k - 1, which has a row of `keys` numbers for each query, or one for all (0). */
  readonly epilogue?: Elementwise;
  readonly operandStrides: readonly number[];
  /** Whether powers are those of a quick softmax, and results are divided by their sums instead of the weights: in `fast`. */
  readonly isQuick?: boolean;
  readonly tile: TileSize;
}

/** Rows of a unit, unless they are so long that more than a megabyte of them would be in use. */
const mostRows = 24;
const scratchFloats = 2 ** 18;
const tileRows = 6;

function blockOf({ queries, keys }: Pick<AttentionParams, 'queries' | 'keys'>): number {
  const fitting = Math.floor(scratchFloats / paddedChannels(keys) / tileRows) * tileRows;
  return Math.min(queries, Math.max(tileRows, Math.min(mostRows, fitting)));
}

/** Floats of scratch that a thread needs. */
export function attentionScratch(size: Pick<AttentionParams, 'queries' | 'keys'>): number {
  return blockOf(size) * paddedChannels(size.keys) + readableAfter + blockOf(size);
}

/** Arguments: queries, packed keys (their numbers are the sum), packed values, output, scratch of the thread's own, operands... */
export function attention(target: KernelTarget, params: AttentionParams): Kernel {
  const { batches, queries, keys, depth, columns, operandStrides } = params;
  const block = blockOf(params);
  const blocks = Math.ceil(queries / block);
  const last = queries - (blocks - 1) * block;
  const whole = partsFor(target, params, block);
  const rest = last === block ? whole : partsFor(target, params, last);
  const moved = [params.queryStrides[0], 0, 0, params.outputStride, 0, ...operandStrides];
  return rowKernel(target, {
    name: 'attention',
    axes: [...batches, { size: blocks, strides: moved.map((stride) => stride * block) }],
    pointers: 5 + operandStrides.length,
    operations: product(batches.map(({ size }) => size)) * queries * keys * (2 * depth + 2 * columns + 30),
    body: (f, pointers, indices) => {
      if (last === block) whole(f, pointers);
      else {
        f.if(
          op('i32.eq', indices.at(-1)!, blocks - 1),
          () => rest(f, pointers),
          () => whole(f, pointers),
        );
      }
    },
  });
}

/** Emits the calls that take `rows` queries through all parts. */
function partsFor(target: KernelTarget, params: AttentionParams, rows: number) {
  const { keys, depth, columns, queryStrides, outputStride, epilogue, operandStrides, isQuick = false, tile } = params;
  const stride = paddedChannels(keys);
  const still = operandStrides.length === 0 ? {} : { operands: operandStrides.map(() => 0) };
  const common = { outer: [], bias: false, tile, unit: { rows, panels: Math.ceil(Math.max(keys, columns) / 8) } };
  const productParams: ConvolutionParams = {
    ...common,
    height: {
      size: rows,
      input: queryStrides[0],
      output: stride,
      ...(operandStrides.length === 0 ? {} : { operands: operandStrides }),
    },
    width: { size: 1, input: 0, output: 0, ...still },
    sum: [{ size: depth, stride: queryStrides[1] }],
    columns: keys,
    writable: stride,
    ...(epilogue === undefined ? {} : { epilogue }),
  };
  const sumParams: ConvolutionParams = {
    ...common,
    height: { size: rows, input: stride, output: outputStride },
    width: { size: 1, input: 0, output: 0 },
    sum: [{ size: keys, stride: 1 }],
    columns,
    writable: columns,
  };
  const products = convolution(target, productParams);
  const weights = softmax(target, {
    axes: [{ size: rows, strides: [stride, stride, ...(isQuick ? [1] : [])] }],
    length: keys,
    isLog: false,
    ...(isQuick ? { isQuick, dividesLater: true } : {}),
  });
  const sums = convolution(target, sumParams);
  return (f: FunctionBuilder, pointers: readonly Local[]) => {
    const [query, key, value, output, scratch, ...operands] = pointers as [
      Local,
      Local,
      Local,
      Local,
      Local,
      ...Local[],
    ];
    const run = (kernel: Kernel, ...at: readonly Operand[]) => f.run(call(kernel.function, ...at, 0, kernel.units));
    run(products, query, key, scratch, scratch, ...operands);
    if (!isQuick) {
      run(weights, scratch, scratch);
      run(sums, scratch, value, scratch, output);
      return;
    }
    const divisors = f.local('i32', add(scratch, (blockOf(params) * stride + readableAfter) * 4));
    run(weights, scratch, scratch, divisors);
    run(sums, scratch, value, scratch, output);
    const row = f.local('i32', output);
    repeat(f, rows, () => {
      const sum = memoryOp('v128.load32_splat', 0, divisors);
      const factor = f.local('v128', op('f32x4.div', f32x4Const(1), sum));
      mapRun(f, [row], row, columns, columns, ([at], vectors) =>
        plainValues(at!, vectors).map((number) => f.local('v128', op('f32x4.mul', number, factor))),
      );
      f.increase(row, outputStride * 4);
      f.increase(divisors, 4);
    });
  };
}
