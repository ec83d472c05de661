/** Operands of sums of bytes: constant weights as words of four, zero points, and what sums lack for the sake of either. */
import { Value } from '../../ir/graph.js';
import { type NumberArray, numbersOf } from '../../ir/numeric.js';
import { elementCount } from '../../ir/tensor.js';
import { readableAfter } from '../../wasm/kernels/views.js';
import type { LoweringContext } from '../context/context.js';
import type { HaloFill } from '../context/tensor.js';
import { tapOffsets, weightStrides } from '../convolution/layer.js';
import type { Subconvolution } from '../convolution/windows.js';

/** What is summed. */
export interface ByteLayer {
  readonly x: Value;
  readonly xZeroPoint: Value | undefined;
  readonly weights: Value;
  readonly weightZeroPoint: Value | undefined;
  /** Of a matrix one, of a single tap. */
  readonly subconvolutions: readonly Subconvolution[];
  /** Weights have the input's channels first: those of a transposed convolution, and matrices. */
  readonly isTransposed: boolean;
  /** Each output channel is made of one input channel, its own. */
  readonly isDepthwise?: boolean;
}

/** Constant weights as bytes: those of the graph less `base`, and less the zero points where they then are bytes still. */
export interface ByteWeights {
  readonly numbers: NumberArray;
  readonly base: number;
  /** Subtracted from each, one for each output or one for all. */
  readonly zeros: readonly number[];
  readonly subtractsZeros: boolean;
  /** Added to each byte, the weight less its zero point comes out. */
  readonly offset: number;
}

export function byteWeights(context: LoweringContext, layer: ByteLayer): ByteWeights | undefined {
  const { weights, weightZeroPoint, isTransposed } = layer;
  const constant = context.values.constant(weights);
  if (constant === undefined || (constant.type !== 'int8' && constant.type !== 'uint8')) return undefined;
  const zeros = weightZeroPoint === undefined ? [0] : context.values.vector(weightZeroPoint);
  if (zeros === undefined) return undefined;
  const outputAxis = isTransposed ? 1 : 0;
  const outputs = constant.dims[outputAxis]!;
  if (zeros.length !== 1 && zeros.length !== outputs) return undefined;
  const numbers = numbersOf(constant.load());
  const run = elementCount(constant.dims.slice(outputAxis + 1));
  const areSo = constant.type === 'int8' && zeros.every((zero) => zero === 0);
  if (areSo || areBytes(numbers, zeros, run)) return { numbers, base: 0, zeros, subtractsZeros: true, offset: 0 };
  if (zeros.some((zero) => zero !== zeros[0])) return undefined;
  const base = constant.type === 'uint8' ? 128 : 0;
  return { numbers, base, zeros: [0], subtractsZeros: false, offset: base - zeros[0]! };
}

/** Whether weights less their zero points are, of which there is one for each run. */
function areBytes(weights: NumberArray, zeros: readonly number[], run: number): boolean {
  for (let first = 0, line = 0; first < weights.length; first += run, line++) {
    const zero = zeros[line % zeros.length]!;
    for (let i = first; i < first + run; i++) {
      const number = weights[i]! - zero;
      if (number < -128 || number > 127) return false;
    }
  }
  return true;
}

/** The zero point of the input as a byte from 0 on, or where a step computes it. */
export function zeroOf(context: LoweringContext, { x, xZeroPoint }: ByteLayer): HaloFill | undefined {
  const shift = context.values.elementType(x) === 'int8' ? 128 : 0;
  if (xZeroPoint === undefined) return shift;
  const constant = context.values.vector(xZeroPoint);
  if (constant !== undefined) return constant.length === 1 ? constant[0]! + shift : undefined;
  if (shift !== 0 || elementCount(context.values.dims(xZeroPoint) ?? []) !== 1) return undefined;
  if (context.tensors.representableDims(xZeroPoint) === undefined || !context.tensors.isReady(xZeroPoint))
    return undefined;
  return context.tensors.rowMajor(xZeroPoint);
}

export function packedWords(
  context: LoweringContext,
  { weights, weightZeroPoint, isTransposed }: ByteLayer,
  { base, subtractsZeros }: ByteWeights,
  dims: readonly number[],
  axis: number,
): Value {
  const zeros = subtractsZeros ? weightZeroPoint?.name : undefined;
  const name = `${weights.name} as words along ${axis} less ${zeros ?? base}`;
  const own = context.values.constant(weights)!.dims;
  const value = new Value(name);
  context.values.deriveConstant(value, {
    name,
    dims,
    value: weights.name,
    zeroPoint: zeros,
    scale: undefined,
    run: elementCount(own.slice(isTransposed ? 2 : 1)),
    words: { axis, base },
  });
  return value;
}

export interface Table {
  readonly words: Int32Array;
  /** The largest that each output's sums can be. */
  readonly magnitudes: Float64Array;
  /** The same of what is summed of inputs as they lie there, without zero point and bias: of products of one sign. */
  readonly largest: number;
}

/**
 * For each subconvolution a row of what its sums lack, for each output: less the zero point times the weights. Where the zero
 * point is not known, its factor.
 */
export function tableOf(
  { subconvolutions, isTransposed }: ByteLayer,
  { numbers, base, zeros, subtractsZeros, offset }: ByteWeights,
  dims: readonly number[],
  zero: number | undefined,
  row: number,
  biases: ArrayLike<number> | undefined,
): Table {
  const [channels, outputs] = isTransposed ? [dims[0]!, dims[1]!] : [dims[1]!, dims[0]!];
  const strides = weightStrides(dims, 1, isTransposed);
  const table = new Int32Array(subconvolutions.length * row + readableAfter);
  const magnitudes = new Float64Array(outputs);
  const sums = [0, 0];
  let largest = 0;
  for (const [i, subconvolution] of subconvolutions.entries()) {
    const taps = tapOffsets(subconvolution, strides);
    // Of a whole kernel they lie one after another.
    const isRun = taps.length === strides.channel && taps.every((tap, k) => tap === k);
    const [steps, step, places] = isRun ? [channels * taps.length, 1, [0]] : [channels, strides.channel, taps];
    for (let output = 0; output < outputs; output++) {
      const lacking = base + (subtractsZeros ? zeros[output % zeros.length]! : 0) - offset;
      addUp(sums, numbers, output * strides.output, steps, step, places, lacking);
      const [sum, magnitude] = sums as [number, number];
      largest = Math.max(largest, (255 * (magnitude + Math.abs(sum))) / 2);
      magnitudes[output] = Math.max(magnitudes[output]!, 255 * magnitude + Math.abs(biases?.[output] ?? 0));
      table[i * row + output] = zero === undefined ? -sum : (biases?.[output] ?? 0) - zero * sum;
    }
  }
  return { words: table, magnitudes, largest };
}

/** The sum of weights less what they lack, and that of their magnitudes. Apart, since it is compiled after some calls. */
function addUp(
  sums: number[],
  weights: NumberArray,
  first: number,
  steps: number,
  step: number,
  taps: readonly number[],
  lacking: number,
): void {
  let [sum, magnitude] = [0, 0];
  for (let i = 0, at = first; i < steps; i++, at += step) {
    for (let k = 0; k < taps.length; k++) {
      const weight = weights[at + taps[k]!]! - lacking;
      sum += weight;
      magnitude += Math.abs(weight);
    }
  }
  sums[0] = sum;
  sums[1] = magnitude;
}
