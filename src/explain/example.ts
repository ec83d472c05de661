/** A transposed convolution on small numbers, each step written out; and by the naive definition, to compare. */
import { elementCount, rowMajorStrides } from '../ir/tensor.js';
import type { ConvTransposeAxis, ConvTransposeGeometry } from '../ops/convolution/conv-transpose-geometry.js';
import { dilatePadConvolve, executeDilatePadConvolve } from '../ops/convolution/dilate-pad-convolve.js';
import { scatter } from '../ops/convolution/scatter.js';
import type { ConvTransposeExample, ExampleArray } from './explanation.js';
import { countsAlong } from './overlap.js';

/** The longest axis of a step that is written out. */
export const longestExample = 19;

/** One channel, inputs and kernel counting from 1; null where a step has an axis that is too long. */
export function exampleOf(axes: readonly ConvTransposeAxis[]): ConvTransposeExample | null {
  const geometry: ConvTransposeGeometry = { batch: 1, inputChannels: 1, outputChannels: 1, group: 1, axes };
  const plan = dilatePadConvolve(geometry);
  const longest = Math.max(...plan.axes.flatMap(({ padded, cropped }) => [padded, cropped]));
  if (longest > longestExample) return null;
  const input = counting(axes.map((axis) => axis.input));
  const kernel = counting(axes.map((axis) => axis.kernel));
  const outputDims = axes.map((axis) => axis.output);
  const scattered = new Array<number>(elementCount(outputDims)).fill(0);
  const [x, w] = [Float64Array.from(input.data), Float64Array.from(kernel.data)];
  scatter(geometry, x, w, undefined, scattered);
  const step = plan.axes.map(({ zerosBetween }) => zerosBetween + 1);
  const around = plan.axes.map(({ zerosAround }) => zerosAround);
  const kept = plan.axes.map(({ zerosAround, cropBegin }) => zerosAround - cropBegin);
  const none = axes.map(() => 0);
  return {
    input,
    kernel,
    dilated: placed(
      input,
      plan.axes.map(({ dilated }) => dilated),
      step,
      none,
    ),
    padded: placed(
      input,
      plan.axes.map(({ padded }) => padded),
      step,
      around,
    ),
    cropped: placed(
      input,
      plan.axes.map(({ cropped }) => cropped),
      step,
      kept,
    ),
    flipped: { dims: kernel.dims, data: [...kernel.data].reverse() },
    output: { dims: outputDims, data: Array.from(executeDilatePadConvolve(plan, x, w)) },
    scattered: { dims: outputDims, data: scattered },
    counts: outerProduct(axes.map((axis) => countsAlong(axis) ?? [])),
  };
}

function counting(dims: readonly number[]): ExampleArray {
  return { dims, data: Array.from({ length: elementCount(dims) }, (_, i) => i + 1) };
}

/** The input among zeros: element i of an axis at i·step + offset. */
function placed(
  input: ExampleArray,
  dims: readonly number[],
  step: readonly number[],
  offset: readonly number[],
): ExampleArray {
  const data = new Array<number>(elementCount(dims)).fill(0);
  const [from, to] = [rowMajorStrides(input.dims), rowMajorStrides(dims)];
  input.data.forEach((value, i) => {
    let at = 0;
    for (let axis = 0; axis < dims.length; axis++) {
      const position = (Math.floor(i / from[axis]!) % input.dims[axis]!) * step[axis]! + offset[axis]!;
      if (position < 0 || position >= dims[axis]!) return;
      at += position * to[axis]!;
    }
    data[at] = value;
  });
  return { dims, data };
}

/** Products of an element of each axis. */
export function outerProduct(axes: readonly (readonly number[])[]): ExampleArray {
  const data = axes.reduce<number[]>(
    (product, axis) => product.flatMap((value) => axis.map((item) => value * item)),
    [1],
  );
  return { dims: axes.map(({ length }) => length), data };
}
