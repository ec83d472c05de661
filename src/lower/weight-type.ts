/** How the weights of a layer lie in memory. */
import type { Value } from '../ir/graph.js';
import { elementCount } from '../ir/tensor.js';
import type { WeightType } from '../wasm/kernels/half-weights.js';
import type { LoweringContext } from './context/context.js';

/** Weights that no second-level cache holds: those that it does are widened for nothing. */
const manyWeights = 2 ** 18;
/**
 * Pixels or rows up to which float16 is read faster than float32, though each tile of them widens it anew. bfloat16 is widened by an
 * instruction a vector, which no product notices.
 */
const mostFloat16Rows = 6;

/**
 * The type that is asked for, where it takes no longer than float32.
 * @param rows output pixels or rows that read each weight
 */
export function weightTypeOf(context: LoweringContext, weights: Value, rows: number): WeightType {
  const constant = context.values.constant(weights);
  const type = context.options.weights ?? 'float32';
  if (constant === undefined || type === 'float32' || elementCount(constant.dims) < manyWeights) return 'float32';
  return type === 'float16' && rows > mostFloat16Rows ? 'float32' : type;
}

/** What a step's algorithm says of it. */
export function weightWords(type: WeightType): string {
  return type === 'float32' ? '' : `, ${type} weights`;
}
