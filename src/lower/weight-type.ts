/** How the weights of a layer lie in memory. */
import type { Constant, Value } from '../ir/graph.js';
import { isHalfFloat } from '../ir/half-floats.js';
import { elementCount } from '../ir/tensor.js';
import type { WeightType } from '../wasm/kernels/half-weights.js';
import type { LoweringContext } from './context/context.js';

/** Weights that no second-level cache holds: those that it does are widened for nothing. */
const manyWeights = 2 ** 18;
/**
 * Pixels or rows up to which weights are read faster than float32, though each tile of them widens them anew. bfloat16 takes an
 * instruction a vector for that: with more rows a twentieth of the time, which whoever asks for it pays for the memory.
 */
const mostRows = { float16: 4, bfloat16: 64 };

/**
 * The type that is asked for, or by default that of the file, where it takes no longer than float32.
 * @param rows output pixels or rows that read each weight
 */
export function weightTypeOf(context: LoweringContext, weights: Value, rows: number): WeightType {
  const constant = context.values.constant(weights);
  if (constant === undefined || elementCount(constant.dims) < manyWeights) return 'float32';
  const { weights: asked, precision } = context.options;
  if (asked === undefined) return precision === 'fast' ? typeInFile(constant, rows) : 'float32';
  return asked === 'float16' && rows > mostRows.float16 ? 'float32' : asked;
}

/** The type of which weights in a file are, if they stay what they are in it and are read faster. */
function typeInFile({ converted }: Constant, rows: number): WeightType {
  if (converted === undefined || !isHalfFloat(converted.type) || rows > mostRows[converted.type]) return 'float32';
  if (converted.type === 'bfloat16') return 'bfloat16';
  return isWithinPanels(converted.load().data as Uint16Array) ? 'float16' : 'float32';
}

/** Whether panels have all of these numbers: none is infinite, and none so much smaller than the largest that it would become 0. */
function isWithinPanels(bits: Uint16Array): boolean {
  let [largest, smallest] = [0, infinity];
  for (let i = 0; i < bits.length; i++) {
    const magnitude = bits[i]! & 0x7fff;
    if (magnitude > largest) largest = magnitude;
    if (magnitude !== 0 && magnitude < smallest) smallest = magnitude;
  }
  return largest < infinity && exponentOf(largest) - exponentOf(smallest) <= mostBinades;
}

/** The bits of float16's infinity. */
const infinity = 0x7c00;
/** From the exponent of the largest number in a panel to the smallest there is. */
const mostBinades = 29;

/** Of a number of float16 that is not negative. */
function exponentOf(bits: number): number {
  return bits < 0x400 ? 31 - Math.clz32(bits) - 24 : (bits >> 10) - 15;
}

/** What a step's algorithm says of it. */
export function weightWords(type: WeightType): string {
  return type === 'float32' ? '' : `, ${type} weights`;
}
