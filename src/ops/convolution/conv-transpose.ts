/**
 * ConvTranspose, over one to three spatial axes.
 *
 * Which attribute decides, in order (Operators.md, ConvTranspose), per axis with
 * natural = (input − 1)·stride + (kernel − 1)·dilation + 1 + output_padding:
 *
 * 1. `output_shape`: the output has that size (of rank + 2 entries the last count). `pads` are not read. What natural
 *    has too much is cropped on both sides, the odd element at the end for SAME_UPPER and at the beginning otherwise.
 *    What natural has too little is added at the end; no kernel reaches there, so it is bias alone.
 * 2. `auto_pad` SAME_UPPER or SAME_LOWER: the output has the size input · stride, cropped or extended as above.
 *    `pads` are not read; `output_padding` moves only the crop.
 * 3. `auto_pad` VALID: no padding. `pads` are not read.
 * 4. NOTSET: natural − padBegin − padEnd.
 *
 * Where others differ. onnxruntime does the same, but SAME with a kernel smaller than the stride gives its natural size,
 * and the odd element was on the other side before 1.13 (before 1.14 for output_shape with NOTSET or VALID). ONNX's own
 * shape inference adds output_padding to the size of SAME. PyTorch has neither output_shape nor auto_pad; its exporters
 * write pads and output_padding, for which all agree. docs/rules (US1401 to US1410) says more of each tool.
 */
import { defineProblem, fail } from '../../diagnostics.js';
import { add, type Dim, mul, rangeOf, sub } from '../../ir/dim.js';
import { elementCountOf } from '../../ir/element-count-of.js';
import { type Shape, tensorType } from '../../ir/shape.js';
import { shapeOfRank } from '../arguments.js';
import { ints } from '../attributes.js';
import type { InferContext } from '../infer-context.js';
import { laterReferences } from '../later-references.js';
import { defineOperator, family } from '../operator.js';
import { optional, required } from '../signature.js';
import { bfloat16s, reals } from '../type-set.js';
import {
  type ConvolutionAttributes,
  checkBias,
  checkGroups,
  convolutionAttributes,
  kernelShapeOf,
  openKernelSizes,
  unifyChannels,
} from './conv.js';
import { type ConvTransposeAxis, type ConvTransposeGeometry, kernelExtent } from './conv-transpose-geometry.js';
import { requireList, splitPads, type WindowAxis, windowAxes } from './window.js';

const convTransposeAttributes = { ...convolutionAttributes, output_padding: ints(), output_shape: ints() };

export interface ConvTransposeAttributes extends ConvolutionAttributes {
  readonly output_padding: readonly number[] | undefined;
  readonly output_shape: readonly number[] | undefined;
}

/** One axis with what the attributes request for it. */
export interface RequestedAxis {
  readonly window: WindowAxis;
  readonly outputPadding: number;
  /** The size that output_shape or SAME gives; undefined if the pads decide. */
  readonly wanted: Dim | undefined;
  readonly natural: Dim;
}

/** @throws ProblemError when the attributes do not fit the kernel */
export function requestedAxes(
  attributes: ConvTransposeAttributes,
  kernel: readonly number[],
  inputs: Shape,
): RequestedAxis[] {
  const rank = kernel.length;
  const { auto_pad, output_padding = new Array<number>(rank).fill(0), output_shape } = attributes;
  requireList('output_padding', output_padding, rank, 0);
  const sizes = output_shape?.slice(-rank);
  if (sizes !== undefined) {
    const lengths = output_shape!.length === rank || output_shape!.length === rank + 2;
    requireList('output_shape', lengths ? sizes : output_shape!, rank, 0);
  }
  const isSame = auto_pad === 'SAME_UPPER' || auto_pad === 'SAME_LOWER';
  return windowAxes(attributes, kernel).map((window, i) => {
    const input = inputs[i]!;
    const { stride } = window;
    const natural = add(mul(sub(input, 1), stride), kernelExtent(window), output_padding[i]!);
    const wanted = sizes?.[i] ?? (isSame ? mul(input, stride) : undefined);
    return { window, outputPadding: output_padding[i]!, wanted, natural };
  });
}

const padsCropTooMuch = defineProblem(
  'US1207',
  { uncropped: 'size', padBegin: 'integer', padEnd: 'integer', size: 'size' },
  ({ uncropped, padBegin, padEnd, size }) => ({
    message: 'the pads crop more than there is',
    expected: 'a size of at least 0',
    actual: `${uncropped} − ${padBegin} − ${padEnd} = ${size}`,
    hint: 'make the pads smaller: (input − 1)·stride + (kernel − 1)·dilation + 1 + output_padding − pads must not be negative',
  }),
);

function outputSize({ window, wanted, natural }: RequestedAxis): Dim {
  const size = wanted ?? sub(natural, window.padBegin + window.padEnd);
  if (rangeOf(size).max < 0) {
    fail(padsCropTooMuch({ uncropped: natural, padBegin: window.padBegin, padEnd: window.padEnd, size }));
  }
  return size;
}

/** The geometry at known sizes. @throws ProblemError when the attributes do not fit the shapes. */
export function convTransposeGeometry(
  attributes: ConvTransposeAttributes,
  x: readonly number[],
  w: readonly number[],
): ConvTransposeGeometry {
  const requested = requestedAxes(attributes, kernelShapeOf(attributes.kernel_shape, w), x.slice(2));
  return {
    batch: x[0]!,
    inputChannels: x[1]!,
    outputChannels: w[1]! * attributes.group,
    group: attributes.group,
    axes: requested.map((axis, i) => concreteAxis(axis, x[i + 2]!)),
  };
}

function concreteAxis(axis: RequestedAxis, input: number): ConvTransposeAxis {
  const { window, wanted, outputPadding } = axis;
  const { kernel, stride, dilation, padBegin, padEnd, autoPad } = window;
  const output = outputSize(axis) as number;
  const common = { input, kernel, stride, dilation, output };
  if (wanted === undefined) return { ...common, padBegin, padEnd, tail: outputPadding };
  const excess = (axis.natural as number) - output;
  const { begin, end } = splitPads(Math.max(0, excess), autoPad);
  return { ...common, padBegin: begin, padEnd: end, tail: outputPadding + Math.max(0, -excess) };
}

const ranksDiffer = defineProblem(
  'US1201',
  { inputRank: 'integer', weightsRank: 'integer' },
  ({ inputRank, weightsRank }) => ({
    message: 'input and weights have different ranks',
    expected: `rank ${inputRank}`,
    actual: `rank ${weightsRank}`,
  }),
);

export function convTransposeShape(context: InferContext<ConvTransposeAttributes>): Shape | undefined {
  const x = shapeOfRank(context, 0, 'X', { min: 3, max: 5 });
  const w = shapeOfRank(context, 1, 'W', { min: 3, max: 5 });
  if (x === undefined || w === undefined) return undefined;
  if (x.length !== w.length) {
    fail(ranksDiffer({ inputRank: x.length, weightsRank: w.length }));
  }
  const { group, kernel_shape } = context.attributes;
  checkGroups(group, w[0]!, 'input channels of W');
  unifyChannels(context, x[1]!, w[0]!, `W [${w.join(', ')}]`);
  const open = openKernelSizes(context, kernel_shape, w);
  if (open !== undefined) return [x[0]!, mul(w[1]!, group), ...open];
  const requested = requestedAxes(context.attributes, kernelShapeOf(kernel_shape, w), x.slice(2));
  return [x[0]!, mul(w[1]!, group), ...requested.map(outputSize)];
}

export const convTranspose = family(
  defineOperator({
    name: 'ConvTranspose',
    versions: [1, 11, 22],
    inputs: [required('X', 'T'), required('W', 'T'), optional('B', 'T')],
    outputs: [required('Y', 'T')],
    types: { T: reals.from(22, bfloat16s) },
    attributes: convTransposeAttributes,
    infer: (context) => {
      const shape = convTransposeShape(context);
      checkBias(context, 2, shape?.[1]);
      return [tensorType(context.elementType(0), shape)];
    },
    reference: (context) => laterReferences.value.convTranspose(context),
    /** Every input element is multiplied with every kernel element of its group once, whatever the output's size. */
    macs: ({ inputs: [x, w] }) =>
      x === undefined || w === undefined ? 0 : mul(elementCountOf(x), elementCountOf(w.slice(1))),
  }),
);
