/** Converts scores to probabilities. */
import { numbersOf } from '../ir/numeric.js';
import { float32, rowMajorStrides, type Tensor } from '../ir/tensor.js';
import { extremesOf, isInUnitRange } from '../pictures/tensor-picture.js';

export interface Probabilities {
  readonly tensor: Tensor;
  /** What was done to the scores, in words. */
  readonly description: string;
}

/** Tolerance for sums and bounds of probabilities, which allows for rounding to 16 bits. */
const tolerance = 1e-2;

/**
 * Probabilities along `axis`, or one score in each element if `axis` is absent. Scores in 0..1 stay as they are;
 * otherwise several scores become probabilities by softmax, single ones by the sigmoid.
 */
export function probabilitiesOf(
  tensor: Tensor,
  axis: number | undefined,
  values: ArrayLike<number> = numbersOf(tensor),
): Probabilities {
  const { dims } = tensor;
  const isBounded = isInUnitRange(extremesOf(values) ?? { min: 0, max: 0 });
  const count = axis === undefined ? 1 : dims[axis]!;
  if (isBounded) {
    const kept = float32(dims, Float32Array.from(values));
    if (count === 1) return { tensor: kept, description: 'the values are in 0..1: probabilities as they are' };
    const isShared = everyGroup(
      dims,
      axis!,
      (start, stride) => Math.abs(sum(values, start, stride, count) - 1) <= tolerance,
    );
    const how = isShared ? `add up to 1 over ${count} classes` : `are in 0..1, each class by itself`;
    return { tensor: kept, description: `the values ${how}: probabilities as they are` };
  }
  const out = new Float32Array(values.length);
  if (count === 1) {
    for (let i = 0; i < out.length; i++) out[i] = 1 / (1 + Math.exp(-values[i]!));
    return { tensor: float32(dims, out), description: 'the sigmoid of the scores' };
  }
  everyGroup(dims, axis!, (start, stride) => {
    softmax(values, out, start, stride, count);
    return true;
  });
  return { tensor: float32(dims, out), description: `softmax of the scores over ${count} classes` };
}

/**
 * Whether `test` holds for every group of elements along the axis; it gets the index of the group's first element and
 * the stride.
 */
function everyGroup(dims: readonly number[], axis: number, test: (start: number, stride: number) => boolean): boolean {
  const stride = rowMajorStrides(dims)[axis]!;
  const block = stride * dims[axis]!;
  const total = dims.reduce((product, size) => product * size, 1);
  for (let outer = 0; outer < total; outer += block)
    for (let inner = 0; inner < stride; inner++) if (!test(outer + inner, stride)) return false;
  return true;
}

function sum(values: ArrayLike<number>, start: number, stride: number, count: number): number {
  let total = 0;
  for (let i = 0; i < count; i++) total += values[start + i * stride]!;
  return total;
}

/** The greatest score is subtracted so that no exponential overflows. */
function softmax(values: ArrayLike<number>, out: Float32Array, start: number, stride: number, count: number): void {
  let most = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < count; i++) most = Math.max(most, values[start + i * stride]!);
  let total = 0;
  for (let i = 0; i < count; i++) total += Math.exp(values[start + i * stride]! - most);
  for (let i = 0; i < count; i++) out[start + i * stride] = Math.exp(values[start + i * stride]! - most) / total;
}
