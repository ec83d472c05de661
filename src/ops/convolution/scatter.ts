/**
 * Transposed convolution by its definition: every input element adds its kernel, scaled, into the output. Nothing here
 * is shared with the plans that are tested against it.
 */
import { elementCount } from '../../ir/tensor.js';
import type { ConvTransposeAxis, ConvTransposeGeometry } from '../../plan/conv-transpose-geometry.js';
import { asVolume } from './window.js';

const unit: ConvTransposeAxis = {
  input: 1,
  kernel: 1,
  stride: 1,
  dilation: 1,
  padBegin: 0,
  padEnd: 0,
  tail: 0,
  output: 1,
};

/**
 * Sums in float64; arrays are row-major.
 * @param x [batch, inputChannels, …input]
 * @param w [inputChannels, outputChannels / group, …kernel]
 * @param bias one value an output channel
 * @param out [batch, outputChannels, …output]
 */
export function scatter(
  geometry: ConvTransposeGeometry,
  x: ArrayLike<number>,
  w: ArrayLike<number>,
  bias: ArrayLike<number> | undefined,
  out: { [index: number]: number },
): void {
  const { batch, inputChannels, outputChannels, group, axes } = geometry;
  const volume = asVolume(axes, unit);
  const groupIn = inputChannels / group;
  const groupOut = outputChannels / group;
  const inputPlane = elementCount(axes.map((axis) => axis.input));
  const kernelPlane = elementCount(axes.map((axis) => axis.kernel));
  const sums = new Float64Array(elementCount(axes.map((axis) => axis.output)));

  for (let n = 0; n < batch; n++) {
    for (let m = 0; m < outputChannels; m++) {
      sums.fill(bias === undefined ? 0 : bias[m]!);
      const firstChannel = Math.floor(m / groupOut) * groupIn;
      for (let c = firstChannel; c < firstChannel + groupIn; c++) {
        const xStart = (n * inputChannels + c) * inputPlane;
        const wStart = (c * groupOut + (m % groupOut)) * kernelPlane;
        scatterPlane(volume, x, xStart, w, wStart, sums);
      }
      const outStart = (n * outputChannels + m) * sums.length;
      for (let i = 0; i < sums.length; i++) out[outStart + i] = sums[i]!;
    }
  }
}

function scatterPlane(
  [depth, height, width]: readonly [ConvTransposeAxis, ConvTransposeAxis, ConvTransposeAxis],
  x: ArrayLike<number>,
  xStart: number,
  w: ArrayLike<number>,
  wStart: number,
  sums: Float64Array,
): void {
  const landing = (i: number, k: number, axis: ConvTransposeAxis) =>
    i * axis.stride + k * axis.dilation - axis.padBegin;
  let tap = wStart;
  for (let kd = 0; kd < depth.kernel; kd++) {
    for (let kh = 0; kh < height.kernel; kh++) {
      for (let kw = 0; kw < width.kernel; kw++) {
        const weight = w[tap++]!;
        let row = xStart;
        for (let d = 0; d < depth.input; d++) {
          const od = landing(d, kd, depth);
          for (let h = 0; h < height.input; h++, row += width.input) {
            const oh = landing(h, kh, height);
            if (od < 0 || od >= depth.output || oh < 0 || oh >= height.output) continue;
            const outRow = (od * height.output + oh) * width.output;
            let ow = landing(0, kw, width);
            for (let i = row; i < row + width.input; i++, ow += width.stride) {
              if (ow >= 0 && ow < width.output) sums[outRow + ow]! += weight * x[i]!;
            }
          }
        }
      }
    }
  }
}
