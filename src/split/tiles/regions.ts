/** Copies parts of tensors: windows from the whole input, results into the whole output. */
import { elementCount, rowMajorStrides, type TensorData } from '../../ir/tensor.js';

export interface Region {
  readonly dims: readonly number[];
  /** Where the region begins, by axis. */
  readonly from: readonly number[];
}

/** Copies `counts` elements of each axis from `source`'s place to `target`'s. */
export function copyRegion(
  source: TensorData,
  from: Region,
  target: TensorData,
  to: Region,
  counts: readonly number[],
): void {
  eachRow(from, to, counts, (read, written, length) => {
    if (Array.isArray(source) || Array.isArray(target)) {
      for (let i = 0; i < length; i++) (target as string[])[written + i] = (source as string[])[read + i]!;
    } else {
      (target as Float32Array).set((source as Float32Array).subarray(read, read + length), written);
    }
  });
}

/**
 * Adds elements times their weight, which is the product of the weights at their position along each axis that has
 * weights.
 * @param weights an entry for each axis, indexed from `from`
 */
export function addWeighted(
  source: Float32Array | Float64Array,
  from: Region,
  target: Float32Array | Float64Array,
  to: Region,
  counts: readonly number[],
  weights: readonly (Float64Array | undefined)[],
): void {
  const last = counts.length - 1;
  const rowWeights = weights[last];
  eachRow(from, to, counts, (read, written, length, position) => {
    let weight = 1;
    for (let axis = 0; axis < last; axis++) weight *= weights[axis]?.[position[axis]!] ?? 1;
    for (let i = 0; i < length; i++) target[written + i]! += source[read + i]! * (weight * (rowWeights?.[i] ?? 1));
  });
}

function eachRow(
  from: Region,
  to: Region,
  counts: readonly number[],
  visit: (read: number, written: number, length: number, position: readonly number[]) => void,
): void {
  if (elementCount(counts) === 0) return;
  const last = counts.length - 1;
  if (last < 0) {
    visit(0, 0, 1, []);
    return;
  }
  const [reads, writes] = [rowMajorStrides(from.dims), rowMajorStrides(to.dims)];
  const position = new Array<number>(counts.length).fill(0);
  const place = (region: Region, strides: readonly number[]) =>
    strides.reduce((sum, stride, axis) => sum + (region.from[axis]! + position[axis]!) * stride, 0);
  for (;;) {
    visit(place(from, reads), place(to, writes), counts[last]!, position);
    let axis = last - 1;
    while (axis >= 0 && ++position[axis]! === counts[axis]) position[axis--] = 0;
    if (axis < 0) return;
  }
}
