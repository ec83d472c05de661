/** A convolution as numbers: what Conv, ConvTranspose and the quantized ones become, and all algorithms start from. */
import type { Node, Value } from '../../ir/graph.js';
import { noTap } from '../../plan/execution-plan.js';
import type { Elementwise } from '../../wasm/kernels/elementwise-expression.js';
import { product } from '../../wasm/kernels/kernel.js';
import type { Size } from '../context/tensor.js';
import type { ChainStart } from '../elementwise/chain.js';
import { filtersOf } from './geometry.js';
import type { Subconvolution } from './windows.js';

export interface ConvolutionLayer {
  readonly node: Node;
  /** Nodes before it that it computes as well. */
  readonly absorbed?: readonly Node[];
  /** Nanoseconds of steps that the layer, taken so, needs before its own. */
  readonly ahead?: number | undefined;
  readonly x: Value;
  readonly weights: Value;
  readonly bias: Value | undefined;
  /** Rows that the bias has, where subconvolutions have biases of their own: `AxisWindow.biasRow` says which. */
  readonly biasRows?: number;
  readonly groups: number;
  readonly subconvolutions: readonly Subconvolution[];
  readonly input: Size;
  readonly output: Size;
  /** Distances in the weights: of taps along the kernel's axes, of input and output channels, of groups. */
  readonly strides: WeightStrides;
  /** One spatial axis: it is taken as the height, so that threads share it. */
  readonly isLine: boolean;
  /**
   * Set where the sums are of integers, and what is made of them. Direct sums have no error below 2^24, while Winograd's
   * transforms round: they are not offered.
   */
  readonly finishIntegers?: ((sum: Elementwise) => ChainStart) | undefined;
}

export interface WeightStrides {
  readonly slice: number;
  readonly row: number;
  readonly column: number;
  readonly channel: number;
  readonly output: number;
  readonly group: number;
}

export function weightStrides(w: readonly number[], groups: number, isTransposed: boolean): WeightStrides {
  const [first, second, ...kernel] = w as [number, number, ...number[]];
  const size = product(kernel);
  const inner = second * size;
  return {
    slice: product(kernel.slice(-2)),
    row: kernel.length === 1 ? 1 : kernel.at(-1)!,
    column: 1,
    channel: isTransposed ? inner : size,
    output: isTransposed ? size : inner,
    group: (first / groups) * inner,
  };
}

/** Where the weights of taps lie, filter by filter, from those of the kernel's first; `noTap` of taps that are missing. */
export function tapOffsets({ depth, height, width }: Subconvolution, strides: WeightStrides): number[] {
  const offsetOf = (z: number, y: number, x: number) =>
    y === noTap || x === noTap ? noTap : z * strides.slice + y * strides.row + x * strides.column;
  return depth.taps.flatMap((z) =>
    filtersOf(height).flatMap((rows) =>
      filtersOf(width).flatMap((columns) => rows.flatMap((y) => columns.map((x) => offsetOf(z, y, x)))),
    ),
  );
}
