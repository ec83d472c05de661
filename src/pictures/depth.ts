/** Depth, and other values of one channel, in a perceptually uniform color map. */
import { numbersOf } from '../ir/numeric.js';
import type { Tensor } from '../ir/tensor.js';
import type { ImageAxes } from './image-layout.js';
import type { Picture } from './picture.js';
import { readPlane } from './plane.js';
import { levelIn, type ValueRange } from './tensor-picture.js';

/**
 * Red, green and blue of the color map inferno (S. van der Walt and N. Smith, 2015, CC0) as polynomials of a value in
 * 0..1, coefficients from the constant term on (M. Zucker, 2019, CC0, https://www.shadertoy.com/view/WlfXRN). They are
 * nowhere more than 9 of 255 levels off.
 */
const inferno = [
  [
    0.0002189403691192265, 0.1065134194856116, 11.60249308247187, -41.70399613139459, 77.162935699427,
    -71.31942824499214, 25.13112622477341,
  ],
  [
    0.001651004631001012, 0.5639564367884091, -3.972853965665698, 17.43639888205313, -33.40235894210092,
    32.62606426397723, -12.24266895238567,
  ],
  [
    -0.01948089843709184, 3.932712388889277, -15.9423941062914, 44.35414519872813, -81.80730925738993,
    73.20951985803202, -23.07032500287172,
  ],
] as const;

/** 256 colors, from dark to bright. */
const colorMap: Uint8Array = Uint8Array.from({ length: 256 * 3 }, (_, i) => {
  const t = Math.floor(i / 3) / 255;
  const value = inferno[i % 3]!.reduceRight((sum, coefficient) => sum * t + coefficient, 0);
  return Math.round(255 * Math.min(1, Math.max(0, value)));
});

/** Values outside these quantiles get the colors of the ends, since a few extremes would hide the rest. */
const lowest = 0.01;
const highest = 0.99;

/** The range of the middle 98 % of the finite elements. */
export function depthRange(tensor: Tensor, values: ArrayLike<number> = numbersOf(tensor)): ValueRange {
  const sorted = Float64Array.from(values)
    .filter((value) => Number.isFinite(value))
    .sort();
  const at = (share: number) => sorted[Math.round(share * (sorted.length - 1))] ?? 0;
  const [low, high] = [at(lowest), at(highest)];
  const [dark, bright] = [low, high].map((value) => Number(value.toPrecision(4)));
  return {
    low,
    high,
    description: `${dark} and less is dark, ${bright} and more is bright (the middle 98 % of the values)`,
  };
}

/** Picture `batch` of a tensor of one channel in RGB, from `range.low` in black to `range.high` in pale yellow. */
export function depthPicture(
  tensor: Tensor,
  axes: ImageAxes,
  batch: number,
  range: ValueRange,
  values: ArrayLike<number> = numbersOf(tensor),
): Picture {
  const { dims } = tensor;
  const [height, width] = [dims[axes.rows]!, dims[axes.columns]!];
  const level = levelIn(range);
  const data = new Uint8Array(width * height * 3);
  let at = 0;
  for (const value of readPlane(values, dims, axes, batch, 0)) {
    const color = 3 * level(value);
    for (let channel = 0; channel < 3; channel++) data[at++] = colorMap[color + channel]!;
  }
  return { width, height, channels: 3, data };
}
