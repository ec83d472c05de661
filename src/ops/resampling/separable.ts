/** Resamples row-major tensors axis by axis. */
import type { NumberArray } from '../../ir/numeric.js';
import { elementCount } from '../../ir/tensor.js';
import type { Taps } from './taps.js';

export interface ResampledAxis {
  readonly axis: number;
  readonly output: number;
  readonly taps: Taps;
}

/**
 * Interpolates along each of `axes` (ascending), one after another, with float64 intermediates. Axes before the first
 * of them are a batch, which is processed one sample at a time, so intermediates have the size of one sample.
 * @param data elements of shape `dims`
 * @param out the result, of shape `dims` with the axes' outputs in their places
 */
export function interpolate(
  data: NumberArray,
  dims: readonly number[],
  axes: readonly ResampledAxis[],
  out: NumberArray,
): void {
  const [first] = axes;
  if (first === undefined) {
    out.set(data);
    return;
  }
  const passes = planPasses(dims, axes);
  const buffers = passes.slice(0, -1).map(({ outer, output, inner }) => new Float64Array(outer * output * inner));
  const batch = elementCount(dims.slice(0, first.axis));
  const sampleIn = data.length / batch;
  const sampleOut = out.length / batch;
  for (let n = 0; n < batch; n++) {
    let from: NumberArray = data.subarray(n * sampleIn, (n + 1) * sampleIn);
    passes.forEach((pass, i) => {
      const to = buffers[i] ?? out.subarray(n * sampleOut, (n + 1) * sampleOut);
      interpolateAxis(pass, from, to);
      from = to;
    });
  }
}

/** One axis of a sample that is viewed as [outer, input, inner]. */
interface Pass {
  readonly outer: number;
  readonly input: number;
  readonly output: number;
  readonly inner: number;
  readonly taps: Taps;
}

/** Last axis first, while the axes before it have not grown yet. */
function planPasses(dims: readonly number[], axes: readonly ResampledAxis[]): Pass[] {
  const sizes = [...dims];
  const start = axes[0]!.axis;
  return [...axes].reverse().map(({ axis, output, taps }) => {
    const outer = elementCount(sizes.slice(start, axis));
    const input = sizes[axis]!;
    const inner = elementCount(sizes.slice(axis + 1));
    sizes[axis] = output;
    return { outer, input, output, inner, taps };
  });
}

function interpolateAxis({ outer, input, output, inner, taps }: Pass, from: NumberArray, to: NumberArray): void {
  const { count, indices, weights } = taps;
  let o = 0;
  for (let block = 0; block < outer; block++) {
    const start = block * input * inner;
    for (let x = 0; x < output; x++) {
      const first = x * count;
      for (let i = 0; i < inner; i++) {
        let sum = 0;
        for (let k = first; k < first + count; k++) sum += weights[k]! * from[start + indices[k]! * inner + i]!;
        to[o++] = sum;
      }
    }
  }
}

/**
 * Copies the element at `indices[axis][x]` to position x of every axis.
 * @param dims of `data`; `out` has as many elements along each axis as it has indices
 */
export function gatherGrid(
  data: ArrayLike<unknown>,
  dims: readonly number[],
  indices: readonly Int32Array[],
  out: { [index: number]: unknown },
): void {
  const last = dims.length - 1;
  const columns = indices[last]!;
  let o = 0;
  const visit = (axis: number, start: number) => {
    if (axis === last) {
      for (let x = 0; x < columns.length; x++) out[o++] = data[start + columns[x]!];
      return;
    }
    for (const index of indices[axis]!) visit(axis + 1, (start + index) * dims[axis + 1]!);
  };
  visit(0, 0);
}
