/** Where the elements of a resized axis lie in the original (Operators.md, Resize, coordinate_transformation_mode). */

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
  /** The output size before it is made whole: input · scale. The scale of positions is extent / input. */
  readonly extent: number;
  /** What tf_crop_and_resize takes of the axis: 0 is the centre of the first element, 1 of the last. */
  readonly crop: readonly [start: number, end: number];
}

/**
 * Places in the original, in elements from the centre of the first: a whole number and a fraction below 1 each. The
 * fraction is rounded once and from nothing but the quotient, so that it is the same at places that lie whole periods apart,
 * and for axes of other sizes that are scaled alike.
 */
export interface Positions {
  readonly wholes: Float64Array;
  readonly fractions: Float64Array;
}

/** Where each element of the resized axis lies. */
export function originalPositions(mode: CoordinateMode, axis: ResizedAxis): Positions {
  const { numerator, denominator } = positionRule(mode, axis);
  const wholes = new Float64Array(axis.output);
  const fractions = new Float64Array(axis.output);
  for (let x = 0; x < axis.output; x++) {
    const above = numerator(x);
    let whole = Math.floor(above / denominator);
    let fraction = (above - whole * denominator) / denominator;
    // The quotient may have been rounded up to a whole number.
    if (fraction < 0) {
      whole--;
      fraction++;
    }
    wholes[x] = whole;
    fractions[x] = fraction;
  }
  return { wholes, fractions };
}

/** The position as a quotient: of whole numbers wherever the sizes are. */
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
   * What the versions without the attribute do in onnxruntime, and what ONNX's cases of version 10 had: up where the
   * axis shrinks, down elsewhere.
   */
  | 'ceil_where_smaller';

/** The element that stands for each position. */
export function nearestIndices(mode: NearestMode, { wholes, fractions }: Positions, axis: ResizedAxis): Int32Array {
  const isRoundedUp = roundingOf(mode, axis);
  return Int32Array.from(wholes, (whole, x) =>
    Math.max(0, Math.min(whole + Number(isRoundedUp(fractions[x]!)), axis.input - 1)),
  );
}

/** Whether a fraction goes up to the next element. */
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
