/** Padding and, with negative pads, cropping of tensors, for Pad, Crop and CenterCropPad. */
import { defineProblem, fail } from '../../diagnostics.js';
import type { Dim } from '../../ir/dim.js';
import { formatShape } from '../../ir/shape.js';
import { elementCount, rowMajorStrides } from '../../ir/tensor.js';

export const paddingModes = ['constant', 'reflect', 'edge', 'wrap'] as const;

export type PaddingMode = (typeof paddingModes)[number];

/** Sizes of the result; `pads` are the begins of all axes, then their ends. @throws ProblemError US1207 below 0 */
export function paddedDims(dims: readonly number[], pads: readonly number[]): number[] {
  return dims.map((size, axis) => {
    const before = pads[axis]!;
    const after = pads[axis + dims.length]!;
    const padded = size + before + after;
    if (padded < 0) failNegative(axis, size, before, after, padded);
    return padded;
  });
}

const padsCropTooMuch = defineProblem(
  'US1207',
  { axis: 'integer', size: 'size', before: 'size', after: 'size', padded: 'size' },
  ({ axis, size, before, after, padded }) => ({
    message: `the pads take more off axis ${axis} than there is`,
    value: 'pads',
    expected: 'a size of at least 0',
    actual: `${size} + ${before} + ${after} = ${padded}`,
  }),
);

export function failNegative(axis: number, size: Dim, before: Dim, after: Dim, padded: Dim): never {
  fail(padsCropTooMuch({ axis, size, before, after, padded }));
}

/**
 * Writes the elements of `data`, of shape `dims`, to the padded tensor `out`, which is filled with the constant.
 * Negative pads are cropped first, so the modes repeat only what is left.
 * @throws ProblemError if nothing is left to repeat, or a size would be negative
 */
export function padInto(
  data: ArrayLike<unknown>,
  dims: readonly number[],
  pads: readonly number[],
  mode: PaddingMode,
  out: { [index: number]: unknown },
): void {
  const target = paddedDims(dims, pads);
  const count = elementCount(target);
  if (count === 0) return;
  const rank = dims.length;
  const strides = rowMajorStrides(dims);
  const axes = dims.map((size, axis) => paddedAxis(axis, size, pads[axis]!, pads[axis + rank]!, mode));
  const innerSize = target.at(-1) ?? 1;
  const position = new Array<number>(Math.max(0, rank - 1)).fill(0);
  for (let at = 0; at < count; at += innerSize) {
    let row = 0;
    for (let axis = 0; axis < rank - 1 && row >= 0; axis++) {
      const source = sourceOf(axes[axis]!, position[axis]!);
      row = source < 0 ? -1 : row + source * strides[axis]!;
    }
    if (row >= 0) copyRow(data, row, axes.at(-1), out, at, innerSize);
    for (let axis = rank - 2; axis >= 0 && ++position[axis]! === target[axis]!; axis--) position[axis] = 0;
  }
}

function copyRow(
  data: ArrayLike<unknown>,
  row: number,
  axis: PaddedAxis | undefined,
  out: { [index: number]: unknown },
  at: number,
  size: number,
): void {
  for (let i = 0; i < size; i++) {
    const source = axis === undefined ? i : sourceOf(axis, i);
    if (source >= 0) out[at + i] = data[row + source];
  }
}

export interface PaddedAxis {
  readonly mode: PaddingMode;
  /** Elements that are cropped at the beginning of the axis. */
  readonly first: number;
  /** Elements that are left. */
  readonly left: number;
  /** Padded positions before the first element that is left. */
  readonly before: number;
}

const nothingToRepeat = defineProblem(
  'US1211',
  { mode: 'string', axis: 'integer', size: 'integer', before: 'integer', after: 'integer' },
  ({ mode, axis, size, before, after }) => ({
    message: `mode '${mode}' has nothing to repeat along axis ${axis}`,
    value: 'pads',
    expected: 'at least one element that is not taken off',
    actual: `size ${size}, pads ${formatShape([before, after])}`,
  }),
);

export function paddedAxis(axis: number, size: number, before: number, after: number, mode: PaddingMode): PaddedAxis {
  const first = Math.max(0, -before);
  const left = size - first - Math.max(0, -after);
  if (mode !== 'constant' && left <= 0) {
    fail(nothingToRepeat({ mode, axis, size, before, after }));
  }
  return { mode, first, left, before: Math.max(0, before) };
}

/** The element that a position of the padded axis shows; −1 for the constant. */
export function sourceOf({ mode, first, left, before }: PaddedAxis, place: number): number {
  const i = place - before;
  if (i >= 0 && i < left) return first + i;
  switch (mode) {
    case 'constant':
      return -1;
    case 'edge':
      return i < 0 ? first : first + left - 1;
    case 'wrap':
      return first + modulo(i, left);
    case 'reflect': {
      if (left === 1) return first;
      const period = 2 * (left - 1);
      const at = modulo(i, period);
      return first + (at < left ? at : period - at);
    }
  }
}

/** The non-negative remainder. */
function modulo(a: number, b: number): number {
  return ((a % b) + b) % b;
}
