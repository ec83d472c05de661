/** The positions of a resized axis in the original (Operators.md, Resize, coordinate_transformation_mode). */

export const coordinateModes = [
  'half_pixel',
  'half_pixel_symmetric',
  'pytorch_half_pixel',
  'align_corners',
  'asymmetric',
  'tf_half_pixel_for_nn',
  'tf_crop_and_resize',
] as const;

export type CoordinateMode = (typeof coordinateModes)[number];

/** One axis before and after. */
export interface ResizedAxis {
  readonly input: number;
  readonly output: number;
  /** The output size before rounding: input · scale. The scale of positions is extent / input. */
  readonly extent: number;
  /** The part that tf_crop_and_resize takes: 0 is the center of the first element, 1 that of the last. */
  readonly crop: readonly [start: number, end: number];
}

/**
 * Positions in the original, in elements from the center of the first one, as an integer and a fraction below 1. The
 * fraction is rounded only once, from the exact quotient, so it is equal at positions that are whole periods apart, and
 * for axes of other sizes with the same scale.
 */
export interface Positions {
  readonly wholes: Float64Array;
  readonly fractions: Float64Array;
}

/** The position of each element of the resized axis. */
export function originalPositions(mode: CoordinateMode, axis: ResizedAxis): Positions {
  const { numerator, denominator } = positionRule(mode, axis);
  const wholes = new Float64Array(axis.output);
  const fractions = new Float64Array(axis.output);
  for (let x = 0; x < axis.output; x++) {
    const above = numerator(x);
    let whole = Math.floor(above / denominator);
    let fraction = (above - whole * denominator) / denominator;
    // The quotient may have been rounded up to an integer.
    if (fraction < 0) {
      whole--;
      fraction++;
    }
    wholes[x] = whole;
    fractions[x] = fraction;
  }
  return { wholes, fractions };
}

/** The position as a quotient, of integers if the sizes are integers. */
interface PositionRule {
  readonly numerator: (x: number) => number;
  readonly denominator: number;
}

function positionRule(mode: CoordinateMode, { input, output, extent, crop }: ResizedAxis): PositionRule {
  const halfPixel = (shift: number): PositionRule => ({
    numerator: (x) => (2 * x + 1 + shift) * input - extent,
    denominator: 2 * extent,
  });
  const first: PositionRule = { numerator: () => 0, denominator: 1 };
  switch (mode) {
    case 'half_pixel':
      return halfPixel(0);
    case 'half_pixel_symmetric':
      return halfPixel(extent - output);
    case 'pytorch_half_pixel':
      return output > 1 ? halfPixel(0) : first;
    case 'align_corners':
      return output > 1 ? { numerator: (x) => x * (input - 1), denominator: extent - 1 } : first;
    case 'asymmetric':
      return { numerator: (x) => x * input, denominator: extent };
    case 'tf_half_pixel_for_nn':
      return { numerator: (x) => (2 * x + 1) * input, denominator: 2 * extent };
    case 'tf_crop_and_resize': {
      const [start, end] = crop;
      const last = input - 1;
      const numerator =
        output > 1
          ? (x: number) => start * last + (x * (end - start) * last) / (extent - 1)
          : () => 0.5 * (start + end) * last;
      return { numerator, denominator: 1 };
    }
  }
}

export type NearestMode =
  | 'round_prefer_floor'
  | 'round_prefer_ceil'
  | 'floor'
  | 'ceil'
  /**
   * For versions without the attribute, as in onnxruntime and ONNX's test cases of version 10: up if the axis shrinks,
   * down otherwise.
   */
  | 'ceil_where_smaller';

/** The index of the nearest element for each position. */
export function nearestIndices(mode: NearestMode, { wholes, fractions }: Positions, axis: ResizedAxis): Int32Array {
  const isRoundedUp = roundingOf(mode, axis);
  return Int32Array.from(wholes, (whole, x) =>
    Math.max(0, Math.min(whole + Number(isRoundedUp(fractions[x]!)), axis.input - 1)),
  );
}

/** Decides whether a fraction is rounded up. */
function roundingOf(mode: NearestMode, { input, extent }: ResizedAxis): (fraction: number) => boolean {
  switch (mode) {
    case 'round_prefer_floor':
      return (fraction) => fraction > 0.5;
    case 'round_prefer_ceil':
      return (fraction) => fraction >= 0.5;
    case 'floor':
      return () => false;
    case 'ceil':
      return (fraction) => fraction > 0;
    case 'ceil_where_smaller':
      return extent < input ? (fraction) => fraction > 0 : () => false;
  }
}
