/**
 * DeformConv: a convolution in which each read is moved by its own offset and weighted by a mask.
 *
 * Offsets are [N, offset_group · kernel · axes, …output]: one plane for each group of channels, kernel element and
 * axis. Masks are alike but without the axes. Reads between elements are interpolated linearly, with zeros around the
 * input.
 */
import { defineProblem, fail } from '../../diagnostics.js';
import type { Dim } from '../../ir/dim.js';
import { floatsOf, tensorFromNumbers } from '../../ir/numeric.js';
import { type Shape, tensorType } from '../../ir/shape.js';
import { elementCount, type Tensor } from '../../ir/tensor.js';
import { agree } from '../agree.js';
import { shapeOfRank, tensorAt } from '../arguments.js';
import { int, ints } from '../attributes.js';
import { resultArray } from '../elementwise/element-types.js';
import type { InferContext } from '../infer-context.js';
import { defineOperator, type Operator } from '../operator.js';
import { optional, required } from '../signature.js';
import { bfloat16s, reals } from '../type-set.js';
import { checkBias, convolutionMacs, convolutionShape, kernelShapeOf } from './conv.js';
import { expandDeformConv } from './deform-expansion.js';
import { type ConcreteWindow, concreteWindows, type SpatialAttributes, windowAxes } from './window.js';

interface DeformAttributes {
  readonly dilations: readonly number[] | undefined;
  readonly group: number;
  readonly kernel_shape: readonly number[] | undefined;
  readonly offset_group: number;
  readonly pads: readonly number[] | undefined;
  readonly strides: readonly number[] | undefined;
}

function spatial({ dilations, pads, strides }: DeformAttributes): SpatialAttributes {
  return { auto_pad: 'NOTSET', dilations, pads, strides };
}

function deformShape(context: InferContext<DeformAttributes>): Shape | undefined {
  const { attributes } = context;
  const shape = convolutionShape(
    {
      attributes: { ...spatial(attributes), group: attributes.group, kernel_shape: attributes.kernel_shape },
      shape: (i) => context.shape(i),
      unify: context.unify.bind(context),
      atLeast: context.atLeast.bind(context),
      fresh: context.fresh.bind(context),
    },
    0,
    1,
  );
  const channels = context.shape(0)?.[1];
  if (channels !== undefined) checkOffsetGroups(attributes.offset_group, channels);
  const w = context.shape(1);
  if (shape === undefined || w === undefined) return undefined;
  const kernel = kernelShapeOf(attributes.kernel_shape, w);
  const reads = elementCount(kernel) * attributes.offset_group;
  checkPlanes(context, 2, 'offset', reads * kernel.length, shape);
  checkPlanes(context, 4, 'mask', reads, shape);
  return shape;
}

const channelsNotDivisible = defineProblem(
  'US1205',
  { groups: 'integer', channels: 'size' },
  ({ groups, channels }) => ({
    message: 'the channels of X do not divide into groups of offsets',
    value: 'offset_group',
    expected: `a multiple of offset_group = ${groups}`,
    actual: String(channels),
  }),
);

function checkOffsetGroups(groups: number, channels: Dim): void {
  if (groups >= 1 && (typeof channels !== 'number' || channels % groups === 0)) return;
  fail(channelsNotDivisible({ groups, channels }));
}

const planesDiffer = defineProblem(
  'US1202',
  { input: 'string', expected: 'size', actual: 'size' },
  ({ input, expected, actual }) => ({
    message: `${input} does not have the channels that the kernel and offset_group need`,
    value: input,
    expected: String(expected),
    actual: String(actual),
  }),
);

/** Checks that input `i` has a plane of the output's size for each read. */
function checkPlanes(context: InferContext<unknown>, i: number, name: string, planes: number, output: Shape): void {
  const shape = shapeOfRank(context, i, name, { min: output.length, max: output.length });
  if (shape === undefined) return;
  agree(context, planes, shape[1]!, `planes of ${name}`, (sizes) => planesDiffer({ input: name, ...sizes }));
  output.forEach((dim, axis) => {
    if (axis !== 1) context.unify(dim, shape[axis]!, `sizes of ${name} and the output at axis ${axis}`);
  });
}

/** A position between elements: the row-major indices of the surrounding elements in a plane, and their weights. */
class InterpolatedRead {
  count = 0;
  readonly indices: Int32Array;
  readonly weights: Float64Array;

  constructor(private readonly sizes: readonly number[]) {
    this.indices = new Int32Array(2 ** sizes.length);
    this.weights = new Float64Array(2 ** sizes.length);
  }

  /** Elements outside the plane are zeros and are left out. */
  move(position: readonly number[], factor: number): void {
    const { sizes, indices, weights } = this;
    this.count = 0;
    for (let corner = 0; corner < indices.length; corner++) {
      let index = 0;
      let weight = factor;
      for (let axis = 0; axis < sizes.length; axis++) {
        const low = Math.floor(position[axis]!);
        const isHigh = ((corner >> axis) & 1) === 1;
        const element = isHigh ? low + 1 : low;
        const share = position[axis]! - low;
        weight *= element < 0 || element >= sizes[axis]! ? 0 : isHigh ? share : 1 - share;
        index = index * sizes[axis]! + element;
      }
      if (weight === 0) continue;
      indices[this.count] = index;
      weights[this.count++] = weight;
    }
  }

  from(data: ArrayLike<number>, start: number): number {
    let sum = 0;
    for (let i = 0; i < this.count; i++) sum += this.weights[i]! * data[start + this.indices[i]!]!;
    return sum;
  }
}

/** The coordinates of element `flat` of a row-major box. */
function unravel(flat: number, sizes: readonly number[], into: number[]): void {
  let rest = flat;
  for (let axis = sizes.length - 1; axis >= 0; axis--) {
    into[axis] = rest % sizes[axis]!;
    rest = Math.floor(rest / sizes[axis]!);
  }
}

interface DeformInputs {
  readonly x: Tensor;
  readonly w: Tensor;
  readonly offset: Tensor;
  readonly bias: Tensor | undefined;
  readonly mask: Tensor | undefined;
}

/**
 * For each output position, gathers a column [channel, kernel element] and multiplies it with the weights of every
 * output channel.
 */
function deformConv(attributes: DeformAttributes, inputs: DeformInputs): Tensor {
  const { x, w } = inputs;
  const { group, offset_group } = attributes;
  const kernelShape = kernelShapeOf(attributes.kernel_shape, w.dims);
  const windows = concreteWindows(windowAxes(spatial(attributes), kernelShape), x.dims.slice(2));
  const [batch, channels] = x.dims as [number, number];
  const outputChannels = w.dims[0]!;
  const outputs = windows.map((window) => window.output);
  const dims = [batch, outputChannels, ...outputs];
  const out = resultArray(x.type, elementCount(dims));
  const [weights, bias] = [floatsOf(w), inputs.bias && floatsOf(inputs.bias)];
  const plane = elementCount(outputs);
  const row = (channels / group) * elementCount(kernelShape);
  const gather = columnGatherer(inputs, windows, kernelShape, offset_group);
  for (let n = 0; n < batch; n++) {
    for (let o = 0; o < plane; o++) {
      const column = gather(n, o);
      for (let m = 0; m < outputChannels; m++) {
        const first = Math.floor((m * group) / outputChannels) * row;
        let sum = bias?.[m] ?? 0;
        for (let i = 0; i < row; i++) sum += weights[m * row + i]! * column[first + i]!;
        out[(n * outputChannels + m) * plane + o] = sum;
      }
    }
  }
  return tensorFromNumbers(x.type, dims, out);
}

/** Returns a function that reads the column of output position `o` of sample `n`. */
function columnGatherer(
  { x, offset, mask }: DeformInputs,
  windows: readonly ConcreteWindow[],
  kernelShape: readonly number[],
  offsetGroups: number,
): (n: number, o: number) => Float64Array {
  const channels = x.dims[1]!;
  const sizes = x.dims.slice(2);
  const rank = sizes.length;
  const outputs = windows.map((window) => window.output);
  const [inputPlane, outputPlane, kernel] = [elementCount(sizes), elementCount(outputs), elementCount(kernelShape)];
  const [data, offsets, factors] = [floatsOf(x), floatsOf(offset), mask && floatsOf(mask)];
  const perGroup = channels / offsetGroups;
  const column = new Float64Array(channels * kernel);
  const read = new InterpolatedRead(sizes);
  const [place, tap, position] = [new Array<number>(rank), new Array<number>(rank), new Array<number>(rank)];
  return (n, o) => {
    unravel(o, outputs, place);
    for (let g = 0; g < offsetGroups; g++) {
      for (let k = 0; k < kernel; k++) {
        unravel(k, kernelShape, tap);
        const plane = (n * offsetGroups + g) * kernel + k;
        for (let axis = 0; axis < rank; axis++) {
          const { stride, dilation, padBegin } = windows[axis]!;
          const still = place[axis]! * stride + tap[axis]! * dilation - padBegin;
          position[axis] = still + offsets[(plane * rank + axis) * outputPlane + o]!;
        }
        read.move(position, factors?.[plane * outputPlane + o] ?? 1);
        for (let c = g * perGroup; c < (g + 1) * perGroup; c++) {
          column[c * kernel + k] = read.from(data, (n * channels + c) * inputPlane);
        }
      }
    }
    return column;
  };
}

export const deformConvs: readonly Operator[] = [
  defineOperator({
    name: 'DeformConv',
    versions: [19, 22],
    inputs: [
      required('X', 'T'),
      required('W', 'T'),
      required('offset', 'T'),
      optional('B', 'T'),
      optional('mask', 'T'),
    ],
    outputs: [required('Y', 'T')],
    types: { T: reals.from(22, bfloat16s) },
    attributes: {
      dilations: ints(),
      group: int(1),
      kernel_shape: ints(),
      offset_group: int(1),
      pads: ints(),
      strides: ints(),
    },
    infer: (context) => {
      const shape = deformShape(context);
      checkBias(context, 3, shape?.[1]);
      return [tensorType(context.elementType(0), shape)];
    },
    reference: (context) => [
      deformConv(context.attributes, {
        x: tensorAt(context, 0),
        w: tensorAt(context, 1),
        offset: tensorAt(context, 2),
        bias: context.inputs[3],
        mask: context.inputs[4],
      }),
    ],
    expand: ({ attributes, inputs, outputs }, expansion) =>
      expandDeformConv(expansion, {
        x: inputs.X,
        w: inputs.W,
        offset: inputs.offset,
        bias: inputs.B,
        mask: inputs.mask,
        output: outputs.Y,
        group: attributes.group,
        offsetGroups: attributes.offset_group,
        windowsOf: (x, w) =>
          concreteWindows(windowAxes(spatial(attributes), kernelShapeOf(attributes.kernel_shape, w)), x.slice(2)),
      }),
    /** The convolution's MACs; interpolation is not counted. */
    macs: ({ inputs, outputs }) => convolutionMacs(outputs[0], inputs[1]),
  }),
];
