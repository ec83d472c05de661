/** Which elements tools read when they resize to the nearest one. */
import type { CoordinateMode, NearestMode, ResizedAxis } from '../../ops/resampling/coordinates.js';

/** Positions that are looked at; the patterns of rational scales repeat. */
const mostPositions = 128;

/**
 * Whether OpenCV 4 reads other elements than the specification: it takes floor for asymmetric and the nearest element
 * otherwise, and rounds halves up.
 */
export function readsOthers(
  axis: ResizedAxis,
  { coordinates, nearest }: { readonly coordinates: CoordinateMode; readonly nearest: NearestMode },
): boolean {
  const rule = rules[coordinates];
  const round = roundings[nearest] ?? (axis.output >= axis.input ? Math.floor : undefined);
  if (axis.output === 1 || rule === undefined || round === undefined) return false;
  const clamp = (element: number) => Math.min(Math.max(element, 0), axis.input - 1);
  for (let x = 0; x < Math.min(axis.output, mostPositions); x++) {
    const position = rule.position(x, axis);
    if (clamp(rule.opencv(position)) !== clamp(round(position))) return true;
  }
  return false;
}

interface PositionRule {
  /** In elements of the original. */
  position(x: number, axis: ResizedAxis): number;
  /** The element that OpenCV 4 reads. */
  opencv(position: number): number;
}

const nearestUp = (position: number) => Math.floor(position + 0.5);

const halfPixel: PositionRule = {
  // One division of integers where sizes are whole, so that halves are exact.
  position: (x, { input, extent }) => ((2 * x + 1) * input - extent) / (2 * extent),
  opencv: nearestUp,
};

const rules: Readonly<Partial<Record<CoordinateMode, PositionRule>>> = {
  half_pixel: halfPixel,
  pytorch_half_pixel: halfPixel,
  asymmetric: { position: (x, { input, extent }) => (x * input) / extent, opencv: Math.floor },
  align_corners: { position: (x, { input, output }) => (x * (input - 1)) / (output - 1), opencv: nearestUp },
};

const roundings: Readonly<Record<NearestMode, ((position: number) => number) | undefined>> = {
  floor: Math.floor,
  ceil: Math.ceil,
  round_prefer_ceil: nearestUp,
  round_prefer_floor: (position) => Math.ceil(position - 0.5),
  // Of sets before 11, which say nothing; where the size becomes larger, tools take floor.
  ceil_where_smaller: undefined,
};
