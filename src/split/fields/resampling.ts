/** Resize and Upsample: which input positions an output reads, if the zoom is the same for every size. */
import { type Dim, mul } from '../../ir/dim.js';
import type { Shape } from '../../ir/shape.js';
import type { ResizedAxis } from '../../ops/resampling/coordinates.js';
import { inputPlaces, type Resizing, resize as resizeOperator, resizingOf } from '../../ops/resampling/resize.js';
import type { ResizeMethod } from '../../ops/resampling/resize-tensor.js';
import { upsample, upsamplingOf } from '../../ops/resampling/upsample.js';
import { type AxisReads, own, ratio, reads } from './reads.js';
import { type AxisSource, type NamedReads, NoReads, type OutputReads, type RuleContext, sizeOf } from './rule.js';

/** A zoom with larger terms than this comes from sizes that do not divide, so it differs from size to size. */
const largestTerm = 64;

/** The largest factor between open sizes that is tried. */
const largestFactor = 64;

/** Numbers for open sizes before and after that have the same zoom. */
function placeSizes(from: Shape, to: Shape): { readonly inputs: number[]; readonly outputs: number[] } {
  const outputs: number[] = [];
  const inputs = from.map((dim, axis) => {
    const size = sizeOf(dim);
    outputs.push(zoomed(dim, to[axis]!, size));
    return size;
  });
  return { inputs, outputs };
}

function zoomed(from: Dim, to: Dim, size: number): number {
  if (typeof to === 'number') return to;
  for (let factor = 1; factor <= largestFactor; factor++) {
    if (mul(from, factor) === to) return size * factor;
    if (mul(to, factor) === from && size % factor === 0) return size / factor;
  }
  return Number.NaN;
}

/** How a node resizes, and which of its inputs has the output sizes. */
interface ResizingNode {
  at(dims: readonly number[], numbersAt: (i: number) => readonly number[] | undefined): Resizing | undefined;
  readonly sizesPlace: number;
}

function resizeNode({ bound }: RuleContext): ResizingNode {
  const node = bound(resizeOperator.Resize);
  return { at: (...sizes) => resizingOf(node, ...sizes), sizesPlace: inputPlaces(node.version).sizes };
}

function upsampleNode({ bound }: RuleContext): ResizingNode {
  const node = bound(upsample.Upsample);
  return { at: (...sizes) => upsamplingOf(node, ...sizes), sizesPlace: -1 };
}

function resize(nodeOf: (context: RuleContext) => ResizingNode) {
  return (context: RuleContext): readonly OutputReads[] => {
    const { node } = context;
    const resizing = nodeOf(context);
    const [from, to] = [context.shape(0), context.outputShape(0)];
    const { inputs, outputs } = placeSizes(from, to);
    const place = resizing.sizesPlace;
    const isOpen = from.some((dim) => typeof dim !== 'number');
    const numbersAt = (i: number) => {
      const known = context.numbers(i);
      if (known !== undefined || i !== place || node.inputs[i] === undefined || !isOpen) return known;
      return outputs.some(Number.isNaN) ? undefined : outputs;
    };
    const resized = resizing.at(inputs, numbersAt);
    if (resized === undefined) throw new NoReads('resizes by factors that are computed');
    return [resized.axes.map((axis, i) => sourceOf(axis, i, resized))];
  };
}

/** Undefined if reading the axis depends on its whole size. */
function sourceOf(axis: ResizedAxis, place: number, { method }: Resizing): readonly AxisSource[] {
  const found = axisReads(axis, method);
  return found === undefined ? [] : [{ input: 0, axis: place, reads: found }];
}

function axisReads(axis: ResizedAxis, method: ResizeMethod): AxisReads | undefined {
  const { input, output, extent } = axis;
  if (input === output && extent === output && method.coordinates !== 'tf_half_pixel_for_nn') return own;
  const zoom = zoomOf(axis);
  if (zoom === undefined || method.coordinates === 'align_corners') return undefined;
  const { numerator: p, denominator: q } = zoom;
  // The position of output o is (2·p·o + shift) / (2·q).
  const shift = shiftOf(axis, method, p, q);
  if (!Number.isInteger(shift)) return undefined;
  const [slope, divisor] = [2 * p, 2 * q];
  if (method.mode === 'nearest') {
    const offset = shift + roundingOf(method, p, q);
    return reads(slope, offset, offset, divisor);
  }
  const stretch = method.antialias ? Math.max(1, p / q) : 1;
  const reach = (method.mode === 'linear' ? 1 : 2) * stretch;
  const before = Math.ceil(reach) - 1;
  // A stretched kernel reads one position more where it begins between two positions.
  const after = Math.ceil(reach) + (Number.isInteger(reach) ? 0 : 1);
  return reads(slope, shift - before * divisor, shift + after * divisor, divisor);
}

/** Input positions per output position, if that is a fraction with small terms. */
function zoomOf({ input, extent }: ResizedAxis): ReturnType<typeof ratio> | undefined {
  for (let scale = 1; scale <= largestTerm; scale *= 2) {
    if (!Number.isInteger(extent * scale)) continue;
    const zoom = ratio(input * scale, extent * scale);
    return zoom.numerator > largestTerm || zoom.denominator > largestTerm ? undefined : zoom;
  }
  return undefined;
}

function shiftOf({ output, extent }: ResizedAxis, { coordinates }: ResizeMethod, p: number, q: number): number {
  switch (coordinates) {
    case 'half_pixel':
    case 'pytorch_half_pixel':
      return p - q;
    case 'half_pixel_symmetric':
      return (1 + extent - output) * p - q;
    case 'tf_half_pixel_for_nn':
      return p;
    default:
      return 0;
  }
}

/** The term that is added before floor division by 2·q. */
function roundingOf({ nearest }: ResizeMethod, p: number, q: number): number {
  switch (nearest) {
    case 'round_prefer_ceil':
      return q;
    case 'round_prefer_floor':
      return q - 1;
    case 'ceil':
      return 2 * q - 1;
    case 'ceil_where_smaller':
      return p > q ? 2 * q - 1 : 0;
    case 'floor':
      return 0;
  }
}

const whole = 'has a zoom that depends on the whole size of';

export const resamplingReads: readonly NamedReads[] = [
  ['Resize', { parameters: [1, 2, 3], whole, rule: resize(resizeNode) }],
  ['Upsample', { parameters: [1], whole, rule: resize(upsampleNode) }],
];
