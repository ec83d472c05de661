/**
 * Transposed convolution by its definition: every input element adds its scaled kernel to the output. The scaled
 * kernels are summed over the input channels first. Nothing here is shared with the implementations that are tested
 * against it.
 */
import type { NumberArray } from '../../ir/numeric.js';
import { allocateLike, elementCount } from '../../ir/tensor.js';
import { multiplyRows, type Rows } from '../linear/row-products.js';
import type { ConvTransposeAxis, ConvTransposeGeometry } from './conv-transpose-geometry.js';
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
 * @param bias one value for each output channel
 * @param out [batch, outputChannels, …output]
 */
export function scatter(
  geometry: ConvTransposeGeometry,
  x: NumberArray,
  w: NumberArray,
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

  for (let g = 0; g < group; g++) {
    // Channels last, so that the sum over them runs along rows: w [output channel, kernel element, input channel].
    const kernels = transposed(w, g * groupIn * groupOut * kernelPlane, groupIn, groupOut * kernelPlane);
    for (let n = 0; n < batch; n++) {
      const pixels = transposed(x, (n * inputChannels + g * groupIn) * inputPlane, groupIn, inputPlane);
      for (let m = 0; m < groupOut; m++) {
        const channel = g * groupOut + m;
        sums.fill(bias === undefined ? 0 : bias[channel]!);
        const kernel = { data: kernels, start: m * kernelPlane * groupIn, count: kernelPlane };
        scatterPlane(volume, pixels, kernel, groupIn, sums);
        const outStart = (n * outputChannels + channel) * sums.length;
        for (let i = 0; i < sums.length; i++) out[outStart + i] = sums[i]!;
      }
    }
  }
}

/** The matrix [rows, columns] at `start`, as [columns, rows]. */
function transposed(data: NumberArray, start: number, rows: number, columns: number): NumberArray {
  const result = allocateLike(data, rows * columns);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++)
      result[column * rows + row] = data[start + row * columns + column]!;
  }
  return result;
}

/**
 * Adds every input element's kernel into one output plane, a row of the input at a time.
 * @param pixels [input element, channel]
 * @param kernel rows of channels, one for each kernel element
 */
function scatterPlane(
  [depth, height, width]: readonly [ConvTransposeAxis, ConvTransposeAxis, ConvTransposeAxis],
  pixels: NumberArray,
  kernel: Rows,
  channels: number,
  sums: Float64Array,
): void {
  const landing = (i: number, k: number, axis: ConvTransposeAxis) =>
    i * axis.stride + k * axis.dilation - axis.padBegin;
  const scaled = new Float64Array(width.input * kernel.count);
  for (let d = 0; d < depth.input; d++) {
    for (let h = 0; h < height.input; h++) {
      const start = (d * height.input + h) * width.input * channels;
      multiplyRows({ data: pixels, start, count: width.input }, kernel, channels, scaled);
      let tap = 0;
      for (let kd = 0; kd < depth.kernel; kd++) {
        const od = landing(d, kd, depth);
        for (let kh = 0; kh < height.kernel; kh++) {
          const oh = landing(h, kh, height);
          const isInside = od >= 0 && od < depth.output && oh >= 0 && oh < height.output;
          const outRow = (od * height.output + oh) * width.output;
          for (let kw = 0; kw < width.kernel; kw++, tap++) {
            if (!isInside) continue;
            let ow = landing(0, kw, width);
            for (let i = tap; i < scaled.length; i += kernel.count, ow += width.stride) {
              if (ow >= 0 && ow < width.output) sums[outRow + ow]! += scaled[i]!;
            }
          }
        }
      }
    }
  }
}
