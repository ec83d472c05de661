/** ConvTranspose as steps, formulas, subconvolutions and overlap, with open sizes as symbols. */
import { type Dim, mul } from '../ir/dim.js';
import type { Shape } from '../ir/shape.js';
import { type ConvTransposeAttributes, type RequestedAxis, requestedAxes } from '../ops/convolution/conv-transpose.js';
import { type ConvTransposeAxis, kernelExtent } from '../ops/convolution/conv-transpose-geometry.js';
import { dilatePadConvolve } from '../ops/convolution/dilate-pad-convolve.js';
import type { WindowAxis } from '../ops/convolution/window.js';
import type { Interpolation } from '../rules/transposed/resize-only.js';
import { pictureAxisNames } from '../split/fields/fields.js';
import { type ResolvedPads, resolvePadding, stepSizes } from './axis-steps.js';
import type { AxisSteps, ConvTransposeAxisExplanation, ConvTransposeExplanation } from './explanation.js';
import { countsAlong, countsByPhase, overlapOf } from './overlap.js';
import { sizeOf } from './sizes.js';
import { multiplicationsOf, type PhaseDims, phasesAlong, subconvolutionsOf } from './subconvolutions.js';
import { transposedFormula } from './transposed-formula.js';

export interface TransposedLayer {
  readonly attributes: ConvTransposeAttributes;
  /** [batch, inputChannels, …input] */
  readonly x: Shape;
  readonly kernel: readonly number[];
  readonly outputChannels: Dim;
  /** What the weights are known to be. */
  readonly interpolation?: Interpolation | undefined;
}

type Explained = Omit<ConvTransposeExplanation, 'node' | 'input' | 'output' | 'fields' | 'frameworks' | 'example'>;

/** @throws ProblemError when the attributes do not fit, DimTooComplexError when open sizes get too long */
export function explainTransposed(layer: TransposedLayer): Explained {
  const { attributes, x, kernel, outputChannels, interpolation } = layer;
  const names = pictureAxisNames(kernel.length);
  const axes = requestedAxes(attributes, kernel, x.slice(2)).map((axis, i) =>
    explainAxis(axis, x[i + 2]!, names[i]!, i),
  );
  const explained = axes.map(({ explanation }) => explanation);
  const [batch, inputChannels] = [x[0]!, x[1]!];
  // Each output reads the input channels of its group, so input channels · output channels / group products of planes.
  const pairs = typeof inputChannels === 'number' ? mul(outputChannels, inputChannels / attributes.group) : undefined;
  return {
    kind: 'ConvTranspose',
    batch: sizeOf(batch),
    inputChannels: sizeOf(inputChannels),
    outputChannels: sizeOf(outputChannels),
    group: attributes.group,
    decidedBy: decidingAttribute(attributes),
    autoPad: attributes.auto_pad,
    axes: explained,
    subconvolutions: subconvolutionsOf(explained),
    multiplications: pairs === undefined ? null : multiplicationsOf(axes, mul(batch, pairs)),
    overlap: overlapOf(explained, interpolation),
  };
}

function decidingAttribute(attributes: ConvTransposeAttributes): ConvTransposeExplanation['decidedBy'] {
  if (attributes.output_shape !== undefined) return 'output_shape';
  if (attributes.auto_pad !== 'NOTSET') return 'auto_pad';
  return attributes.pads === undefined ? 'default' : 'pads';
}

interface ExplainedAxis {
  readonly explanation: ConvTransposeAxisExplanation;
  readonly kernel: number;
  readonly output: Dim;
  readonly phases: readonly PhaseDims[] | undefined;
}

function explainAxis(axis: RequestedAxis, input: Dim, name: string, place: number): ExplainedAxis {
  const { kernel, stride, dilation } = axis.window;
  const pads = resolvePadding(axis);
  const { output, ...sizes } = stepSizes(input, axis, pads);
  const steps: AxisSteps = {
    zerosBetween: sizes.zerosBetween,
    dilated: sizeOf(sizes.dilated),
    zerosAround: sizes.zerosAround,
    padded: sizeOf(sizes.padded),
    cropBegin: sizeOf(sizes.cropBegin),
    cropEnd: sizeOf(sizes.cropEnd),
    addEnd: sizeOf(sizes.addEnd),
    cropped: sizeOf(sizes.cropped),
    output: sizeOf(output),
  };
  const geometry = concrete(axis.window, input, pads, output);
  const phases = phasesAlong(axis.window, typeof pads.begin === 'number' ? pads.begin : undefined, output);
  const shared = {
    kernel,
    stride,
    dilation,
    padBegin: sizeOf(pads.begin),
    padEnd: sizeOf(pads.end),
    tail: sizeOf(pads.tail),
  };
  const [inputSize, outputSize] = [sizeOf(input), sizeOf(output)];
  const explanation: ConvTransposeAxisExplanation = {
    name,
    axis: place + 2,
    ...shared,
    extent: kernelExtent(axis.window),
    outputPadding: axis.outputPadding,
    input: inputSize,
    natural: sizeOf(axis.natural),
    wanted: axis.wanted === undefined ? null : sizeOf(axis.wanted),
    steps,
    output: outputSize,
    formula: transposedFormula({ ...shared, input: inputSize, output: outputSize }),
    phases: phases?.map((phase) => ({ ...phase, output: sizeOf(phase.output) })) ?? null,
    counts: geometry && countsAlong(geometry),
    countsByPhase: countsByPhase(shared),
    geometry,
    plan: geometry && planOf(geometry),
  };
  return { explanation, kernel, output, phases };
}

function planOf(geometry: ConvTransposeAxis) {
  const [plan] = dilatePadConvolve({ batch: 1, inputChannels: 1, outputChannels: 1, group: 1, axes: [geometry] }).axes;
  return plan ?? null;
}

/** The axis if all of it is numbers. */
function concrete(
  window: WindowAxis,
  input: Dim,
  { begin, end, tail }: ResolvedPads,
  output: Dim,
): ConvTransposeAxis | null {
  const { kernel, stride, dilation } = window;
  if (typeof input !== 'number' || typeof output !== 'number') return null;
  if (typeof begin !== 'number' || typeof end !== 'number' || typeof tail !== 'number') return null;
  return { input, kernel, stride, dilation, padBegin: begin, padEnd: end, tail, output };
}
