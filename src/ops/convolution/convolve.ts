/**
 * Sums of a convolution by im2col: the elements that the kernel covers are gathered into rows, which are multiplied
 * with the weights' rows.
 */
import type { NumberArray } from '../../ir/numeric.js';
import { multiplyRows } from '../linear/row-products.js';
import { asWindowVolume, type ConcreteWindow } from './window.js';

/** The sizes of a convolution, in elements. */
export interface ConvolutionProblem {
  readonly batch: number;
  readonly group: number;
  readonly inputChannels: number;
  readonly outputChannels: number;
  readonly windows: readonly ConcreteWindow[];
}

/**
 * The most output positions that are gathered at a time: enough to reuse the weights, few enough to stay in the cache.
 */
const largestChunk = 64;

/**
 * Sums of products in float64.
 * @param x [batch, inputChannels, …input]
 * @param w [outputChannels, inputChannels / group, …kernel]
 * @param out [batch, outputChannels, …output]; `bias` has one value for each output channel
 */
export function convolve(
  { batch, group, inputChannels, outputChannels, windows }: ConvolutionProblem,
  x: NumberArray,
  w: NumberArray,
  bias: ArrayLike<number> | undefined,
  out: { [index: number]: number },
): void {
  const volume = asWindowVolume(windows);
  const [inputPlane, outputPlane, kernelPlane] = (['input', 'output', 'kernel'] as const).map((size) =>
    volume.reduce((product, axis) => product * axis[size], 1),
  ) as [number, number, number];
  const groupIn = inputChannels / group;
  const groupOut = outputChannels / group;
  const length = groupIn * kernelPlane;
  const chunk = Math.min(largestChunk, outputPlane);
  const gathered = x instanceof Float32Array ? new Float32Array(chunk * length) : new Float64Array(chunk * length);
  const products = new Float64Array(groupOut * chunk);
  const taps = new Int32Array(chunk * kernelPlane);

  for (let n = 0; n < batch; n++) {
    for (let first = 0; first < outputPlane; first += chunk) {
      const count = Math.min(chunk, outputPlane - first);
      for (let p = 0; p < count; p++) locateTaps(volume, first + p, taps, p * kernelPlane);
      for (let g = 0; g < group; g++) {
        const xStart = (n * inputChannels + g * groupIn) * inputPlane;
        for (let p = 0; p < count; p++) {
          const own = taps.subarray(p * kernelPlane, (p + 1) * kernelPlane);
          gatherTaps(x, xStart, inputPlane, own, gathered, p * length, length);
        }
        const weights = { data: w, start: g * groupOut * length, count: groupOut };
        multiplyRows({ data: gathered, start: 0, count }, weights, length, products);
        for (let m = 0; m < groupOut; m++) {
          const channel = g * groupOut + m;
          const shift = bias === undefined ? 0 : bias[channel]!;
          const start = (n * outputChannels + channel) * outputPlane + first;
          for (let p = 0; p < count; p++) out[start + p] = products[p * groupOut + m]! + shift;
        }
      }
    }
  }
}

/** For each kernel element, the index in an input plane that it reads for output `position`; −1 for padding. */
function locateTaps(
  [depth, height, width]: readonly [ConcreteWindow, ConcreteWindow, ConcreteWindow],
  position: number,
  taps: Int32Array,
  start: number,
): void {
  const column = position % width.output;
  const row = Math.floor(position / width.output) % height.output;
  const slice = Math.floor(position / (width.output * height.output));
  let tap = start;
  for (let kd = 0; kd < depth.kernel; kd++) {
    const d = slice * depth.stride + kd * depth.dilation - depth.padBegin;
    for (let kh = 0; kh < height.kernel; kh++) {
      const h = row * height.stride + kh * height.dilation - height.padBegin;
      const isInside = d >= 0 && d < depth.input && h >= 0 && h < height.input;
      const line = (d * height.input + h) * width.input;
      for (let kw = 0; kw < width.kernel; kw++) {
        const i = column * width.stride + kw * width.dilation - width.padBegin;
        taps[tap++] = isInside && i >= 0 && i < width.input ? line + i : -1;
      }
    }
  }
}

/** Gathers the elements at `taps` of each plane, plane after plane, `length` in all; zeros for padding. */
function gatherTaps(
  x: NumberArray,
  xStart: number,
  plane: number,
  taps: Int32Array,
  into: NumberArray,
  intoStart: number,
  length: number,
): void {
  let start = xStart;
  for (let i = 0; i < length; start += plane) {
    for (let tap = 0; tap < taps.length; tap++, i++) {
      const at = taps[tap]!;
      into[intoStart + i] = at < 0 ? 0 : x[start + at]!;
    }
  }
}
