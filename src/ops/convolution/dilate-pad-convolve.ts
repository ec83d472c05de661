/**
 * A transposed convolution as four steps that can be printed and executed: dilate the input with zeros, pad it, crop
 * and extend it, convolve it at stride 1 with the flipped kernel (Dumoulin and Visin, "A guide to convolution
 * arithmetic for deep learning", chapter 4).
 */
import { elementCount, rowMajorStrides } from '../../ir/tensor.js';
import { type ConvTransposeAxis, type ConvTransposeGeometry, kernelExtent } from './conv-transpose-geometry.js';

/** The four steps along one axis, with the size after each. */
export interface DilatePadConvolveAxis {
  readonly input: number;
  /** 1. Zeros between adjacent inputs: stride − 1. */
  readonly zerosBetween: number;
  readonly dilated: number;
  /** 2. Zeros on both sides: the kernel's extent − 1. */
  readonly zerosAround: number;
  readonly padded: number;
  /** 3. Elements cropped from the front and the end, and zeros added at the end. */
  readonly cropBegin: number;
  readonly cropEnd: number;
  readonly addEnd: number;
  readonly cropped: number;
  /** 4. The flipped kernel, slid at stride 1 with this dilation. */
  readonly kernel: number;
  readonly dilation: number;
  readonly output: number;
}

export interface DilatePadConvolve {
  readonly kind: 'DilatePadConvolve';
  readonly batch: number;
  readonly inputChannels: number;
  readonly outputChannels: number;
  readonly group: number;
  readonly axes: readonly DilatePadConvolveAxis[];
}

export function dilatePadConvolve(geometry: ConvTransposeGeometry): DilatePadConvolve {
  const { batch, inputChannels, outputChannels, group } = geometry;
  return { kind: 'DilatePadConvolve', batch, inputChannels, outputChannels, group, axes: geometry.axes.map(planAxis) };
}

function planAxis({
  input,
  kernel,
  stride,
  dilation,
  padBegin,
  padEnd,
  tail,
  output,
}: ConvTransposeAxis): DilatePadConvolveAxis {
  const zerosAround = kernelExtent({ kernel, dilation }) - 1;
  const dilated = (input - 1) * stride + 1;
  const padded = dilated + 2 * zerosAround;
  // Elements added at the end first cancel those that the padding crops there; otherwise inputs would be lost.
  const cropEnd = Math.max(0, padEnd - tail);
  const addEnd = Math.max(0, tail - padEnd);
  return {
    input,
    zerosBetween: stride - 1,
    dilated,
    zerosAround,
    padded,
    cropBegin: padBegin,
    cropEnd,
    addEnd,
    cropped: padded - padBegin - cropEnd + addEnd,
    kernel,
    dilation,
    output,
  };
}

/** The plan in words, one line for each step. */
export function formatDilatePadConvolve(plan: DilatePadConvolve): string {
  const sizes = (pick: (axis: DilatePadConvolveAxis) => number | string) => plan.axes.map(pick).join('×');
  const { group } = plan;
  return [
    `input     ${sizes((axis) => axis.input)}, ${plan.inputChannels} channels`,
    `dilate    ${sizes((axis) => axis.zerosBetween)} zeros between inputs → ${sizes((axis) => axis.dilated)}`,
    `pad       ${sizes((axis) => axis.zerosAround)} zeros around → ${sizes((axis) => axis.padded)}`,
    `crop      ${sizes((axis) => `${axis.cropBegin}+${axis.cropEnd}`)} off, ${sizes((axis) => axis.addEnd)} added at the end → ${sizes((axis) => axis.cropped)}`,
    `convolve  ${sizes((axis) => axis.kernel)} kernel, flipped, dilation ${sizes((axis) => axis.dilation)}${group > 1 ? `, ${group} groups` : ''} → ${sizes((axis) => axis.output)}, ${plan.outputChannels} channels`,
  ].join('\n');
}

/**
 * Executes the four steps as written; arrays are row-major.
 * @param x [batch, inputChannels, …input]
 * @param w [inputChannels, outputChannels / group, …kernel]
 * @param bias one value for each output channel
 * @returns [batch, outputChannels, …output]
 */
export function executeDilatePadConvolve(
  plan: DilatePadConvolve,
  x: ArrayLike<number>,
  w: ArrayLike<number>,
  bias?: ArrayLike<number>,
): Float64Array {
  const { batch, inputChannels, outputChannels, group, axes } = plan;
  const groupIn = inputChannels / group;
  const groupOut = outputChannels / group;
  const inputPlane = elementCount(axes.map((axis) => axis.input));
  const kernel = axes.map((axis) => axis.kernel);
  const kernelPlane = elementCount(kernel);
  const output = axes.map((axis) => axis.output);
  const outputPlane = elementCount(output);
  const result = new Float64Array(batch * outputChannels * outputPlane);

  const windows = placesOf(
    axes,
    (axis) => axis.output,
    () => 1,
  );
  const taps = placesOf(
    axes,
    (axis) => axis.kernel,
    (axis) => axis.dilation,
  );

  for (let n = 0; n < batch; n++) {
    const prepared = Array.from({ length: inputChannels }, (_, c) => {
      const start = (n * inputChannels + c) * inputPlane;
      return prepare(axes, Array.prototype.slice.call(x, start, start + inputPlane));
    });
    for (let m = 0; m < outputChannels; m++) {
      const start = (n * outputChannels + m) * outputPlane;
      const plane = result.subarray(start, start + outputPlane);
      plane.fill(bias?.[m] ?? 0);
      const firstChannel = Math.floor(m / groupOut) * groupIn;
      for (let c = firstChannel; c < firstChannel + groupIn; c++) {
        const weights = (c * groupOut + (m % groupOut)) * kernelPlane;
        const flipped = Float64Array.from({ length: kernelPlane }, (_, k) => w[weights + kernelPlane - 1 - k]!);
        convolve(prepared[c]!, windows, taps, flipped, plane);
      }
    }
  }
  return result;
}

/** The most elements that the four steps hold at one time, of one image: every channel after the crop. */
export function preparedElements({ inputChannels, axes }: DilatePadConvolve): number {
  return inputChannels * elementCount(axes.map((axis) => axis.cropped));
}

/** Steps 1 to 3 for one channel: places each input among the zeros. */
function prepare(axes: readonly DilatePadConvolveAxis[], plane: readonly number[]): Float64Array {
  const cropped = axes.map((axis) => axis.cropped);
  const strides = rowMajorStrides(cropped);
  const out = new Float64Array(elementCount(cropped));
  for (const [index, position] of positions(axes.map((axis) => axis.input))) {
    const landing = axes.map(
      ({ zerosBetween, zerosAround, cropBegin }, i) => position[i]! * (zerosBetween + 1) + zerosAround - cropBegin,
    );
    if (landing.every((at, i) => at >= 0 && at < cropped[i]!)) {
      out[landing.reduce((sum, at, i) => sum + at * strides[i]!, 0)] = plane[index]!;
    }
  }
  return out;
}

/** Indices into a prepared channel of the positions 0, step, 2·step, … of each axis, the last axis fastest. */
function placesOf(
  axes: readonly DilatePadConvolveAxis[],
  count: (axis: DilatePadConvolveAxis) => number,
  step: (axis: DilatePadConvolveAxis) => number,
): Float64Array {
  const strides = rowMajorStrides(axes.map((axis) => axis.cropped));
  const counts = axes.map(count);
  const places = new Float64Array(elementCount(counts));
  for (const [index, position] of positions(counts))
    places[index] = axes.reduce((sum, axis, i) => sum + position[i]! * step(axis) * strides[i]!, 0);
  return places;
}

/** Step 4: adds the convolution of one prepared channel, at stride 1, to one output channel. */
function convolve(
  channel: Float64Array,
  windows: Float64Array,
  taps: Float64Array,
  kernel: Float64Array,
  out: Float64Array,
): void {
  for (let o = 0; o < windows.length; o++) {
    let sum = 0;
    for (let k = 0; k < taps.length; k++) sum += channel[windows[o]! + taps[k]!]! * kernel[k]!;
    out[o]! += sum;
  }
}

/** Every position of a row-major array with its index; the position is reused between steps. */
function* positions(dims: readonly number[]): Iterable<readonly [number, readonly number[]]> {
  const count = elementCount(dims);
  const position = new Array<number>(dims.length).fill(0);
  for (let index = 0; index < count; index++) {
    yield [index, position];
    for (let axis = dims.length - 1; axis >= 0; axis--) {
      if (++position[axis]! < dims[axis]!) break;
      position[axis] = 0;
    }
  }
}
