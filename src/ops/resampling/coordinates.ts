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

/** The position in the original, in elements from the centre of the first, of each element of the resized axis. */
export function originalPositions(mode: CoordinateMode, axis: ResizedAxis): Float64Array {
  const positionOf = positionRule(mode, axis);
  return Float64Array.from({ length: axis.output }, (_, x) => positionOf(x));
}

/** Multiplied before divided, so that positions that are whole come out whole, and halves as halves. */
function positionRule(mode: CoordinateMode, { input, output, extent, crop }: ResizedAxis): (x: number) => number {
  const halfPixel = (x: number) => ((x + 0.5) * input) / extent - 0.5;
  switch (mode) {
    case 'half_pixel':
      return halfPixel;
    case 'half_pixel_symmetric':
      return (x) => halfPixel(x + (extent - output) / 2);
    case 'pytorch_half_pixel':
      return output > 1 ? halfPixel : () => 0;
    case 'align_corners':
      return output > 1 ? (x) => (x * (input - 1)) / (extent - 1) : () => 0;
    case 'asymmetric':
      return (x) => (x * input) / extent;
    case 'tf_half_pixel_for_nn':
      return (x) => ((x + 0.5) * input) / extent;
    case 'tf_crop_and_resize': {
      const [start, end] = crop;
      const last = input - 1;
      return output > 1
        ? (x) => start * last + (x * (end - start) * last) / (extent - 1)
        : () => 0.5 * (start + end) * last;
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
export function nearestIndices(mode: NearestMode, positions: Float64Array, axis: ResizedAxis): Int32Array {
  const round = roundingOf(mode, axis);
  return Int32Array.from(positions, (position) => Math.max(0, Math.min(round(position), axis.input - 1)));
}

function roundingOf(mode: NearestMode, { input, extent }: ResizedAxis): (position: number) => number {
  switch (mode) {
    case 'round_prefer_floor':
      return (position) => Math.ceil(position - 0.5);
    case 'round_prefer_ceil':
      return (position) => Math.floor(position + 0.5);
    case 'floor':
      return Math.floor;
    case 'ceil':
      return Math.ceil;
    case 'ceil_where_smaller':
      return extent < input ? Math.ceil : Math.floor;
  }
}
