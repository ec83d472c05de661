/**
 * MaxUnpool: puts each value back where MaxPool took it from; zeros elsewhere.
 *
 * Indices are row-major positions in the whole tensor [N, C, …] that was pooled, as in MaxPool's Indices output
 * (PyTorch's are per plane). Without `output_shape` that tensor has the natural size (input − 1)·stride − pads +
 * kernel. With it, the specification leaves open whether indices are positions in the output or in the natural tensor
 * at its front. onnxruntime takes them as positions in the output, which is right after pooling odd sizes; the
 * specification's example takes them as positions in the natural tensor. Each index must lie in the window that its
 * value was pooled from, so the interpretation is taken for which all do, or the output's if neither fits.
 */
import { defineProblem, fail } from '../../diagnostics.js';
import { add, type Dim, mul, sub } from '../../ir/dim.js';
import { integersOf } from '../../ir/numeric.js';
import { formatShape, type Shape, tensorType } from '../../ir/shape.js';
import { elementCount, rowMajorStrides, type Tensor, zeros } from '../../ir/tensor.js';
import { shapeOfRank, tensorAt } from '../arguments.js';
import { ints } from '../attributes.js';
import { requireKernelRank, type WindowAxis, windowAxes } from '../convolution/window.js';
import { partlyKnownDims, requestedShape } from '../creation/target-shape.js';
import type { InferContext } from '../infer-context.js';
import { defineOperator, family } from '../operator.js';
import { optional, required } from '../signature.js';
import { bfloat16s, int64s, reals } from '../type-set.js';
import { failUnpooled } from './unpooled.js';

const unpoolAttributes = { kernel_shape: ints().required(), pads: ints(), strides: ints() };

interface UnpoolAttributes {
  readonly kernel_shape: readonly number[];
  readonly pads: readonly number[] | undefined;
  readonly strides: readonly number[] | undefined;
}

function unpoolAxes({ kernel_shape, pads, strides }: UnpoolAttributes, spatialRank: number): WindowAxis[] {
  requireKernelRank(kernel_shape, spatialRank);
  return windowAxes({ auto_pad: 'NOTSET', pads, strides }, kernel_shape);
}

/** The smallest size that pooling with these windows reduces to `input`, but for a last window that hangs over the end. */
function naturalSize({ kernel, stride, padBegin, padEnd }: WindowAxis, input: Dim): Dim {
  return add(mul(sub(input, 1), stride), kernel - padBegin - padEnd);
}

/** The whole natural shape for an X of these sizes. */
export function naturalSizes(attributes: UnpoolAttributes, x: readonly number[]): number[] {
  const spatial = unpoolAxes(attributes, x.length - 2).map((axis, i) => naturalSize(axis, x[i + 2]!) as number);
  return [...x.slice(0, 2), ...spatial];
}

const outputShapeRank = defineProblem(
  'US1202',
  { expectedRank: 'integer', outputShape: 'shape' },
  ({ expectedRank, outputShape }) => ({
    message: 'output_shape must give the whole shape, batch and channels included',
    value: 'output_shape',
    expected: `${expectedRank} sizes`,
    actual: formatShape(outputShape),
  }),
);

function unpoolShape(context: InferContext<UnpoolAttributes>): Shape | undefined {
  const x = shapeOfRank(context, 0, 'X', { min: 3 });
  if (x === undefined) return undefined;
  const indices = shapeOfRank(context, 1, 'I', { min: x.length, max: x.length });
  const sizes = x.map((dim, axis) => context.unify(indices?.[axis] ?? dim, dim, `sizes of I and X at axis ${axis}`));
  const axes = unpoolAxes(context.attributes, x.length - 2);
  if (context.inputs[2] === undefined)
    return asPooled(context, [sizes[0]!, sizes[1]!, ...axes.map((axis, i) => naturalSize(axis, sizes[i + 2]!))]);
  const output = requestedShape(context, 2, (axis) => `output_shape[${axis}] is computed at run time`);
  if (output === undefined) return x.map((_, axis) => context.fresh(`output_shape[${axis}] is computed at run time`));
  if (output.length !== x.length) {
    fail(outputShapeRank({ expectedRank: x.length, outputShape: output }));
  }
  const known = partlyKnownDims(context, 2);
  const shared = (axis: 0 | 1, what: string) =>
    known?.[axis] === undefined ? sizes[axis]! : context.unify(output[axis]!, sizes[axis]!, what);
  const batch = shared(0, 'batch of output_shape and X');
  const channels = shared(1, 'channels of output_shape and X');
  const shape = [batch, channels, ...output.slice(2)];
  return known === undefined || known.includes(undefined) ? shape : asPooled(context, shape);
}

const pooledOtherwise = defineProblem('US1413', { pooled: 'shape', made: 'shape' }, ({ pooled, made }) => ({
  message: `the indices are positions in ${formatShape(pooled)}, the tensor that was pooled, but MaxUnpool makes ${formatShape(made)}`,
  expected: formatShape(pooled),
  actual: formatShape(made),
  hint: 'give MaxUnpool the shape that was pooled as its third input, output_shape',
}));

/**
 * The sizes, which must be those of the pooled tensor: the same index is another place in another shape. The slowest
 * axis may be longer or shorter, since it moves no position.
 */
function asPooled(context: InferContext<unknown>, made: Shape): Shape {
  const pooled = context.pooledShape(1);
  if (pooled === undefined || pooled.length !== made.length) return made;
  const slowest = pooled.findIndex((size, axis) => size !== 1 || made[axis] !== 1);
  return made.map((size, axis) => {
    if (axis <= slowest) return size;
    const what = `sizes at axis ${axis} of the output and of what was pooled`;
    return context.unify(size, pooled[axis]!, what, { otherwise: () => pooledOtherwise({ pooled, made }) });
  });
}

function unpool(attributes: UnpoolAttributes, x: Tensor, indexTensor: Tensor, outputShape: Tensor | undefined): Tensor {
  const axes = unpoolAxes(attributes, x.dims.length - 2);
  const natural = naturalSizes(attributes, x.dims);
  const output = outputShape === undefined ? natural : integersOf(outputShape);
  const indices = indexTensor.data as BigInt64Array;
  const counted = output.some((dim, axis) => dim !== natural[axis])
    ? countedIn(axes, x.dims, indices, output, natural)
    : output;
  return place(x, indices, counted, output);
}

/** The shape in which the indices are positions; see the head of the file. */
function countedIn(
  axes: readonly WindowAxis[],
  dims: readonly number[],
  indices: BigInt64Array,
  output: readonly number[],
  natural: readonly number[],
): readonly number[] {
  if (indicesFitWindows(axes, dims, indices, output)) return output;
  return natural.every((dim, axis) => dim <= output[axis]!) && indicesFitWindows(axes, dims, indices, natural)
    ? natural
    : output;
}

/** Whether every index, as a position in `shape`, lies in the plane and the window that its value came from. */
function indicesFitWindows(
  axes: readonly WindowAxis[],
  dims: readonly number[],
  indices: BigInt64Array,
  shape: readonly number[],
): boolean {
  const from = rowMajorStrides(dims);
  const to = rowMajorStrides(shape);
  for (let i = 0; i < indices.length; i++) {
    const index = Number(indices[i]);
    for (let axis = 0; axis < dims.length; axis++) {
      const position = Math.floor(i / from[axis]!) % dims[axis]!;
      const target = Math.floor(index / to[axis]!) % (axis === 0 ? Number.POSITIVE_INFINITY : shape[axis]!);
      const window = axes[axis - 2];
      const begin = window === undefined ? position : position * window.stride - window.padBegin;
      if (target < begin || target >= begin + (window?.kernel ?? 1)) return false;
    }
  }
  return true;
}

/** Puts each value at its index, a position in `counted`, into a zero tensor of shape `output`. */
function place(x: Tensor, indices: BigInt64Array, counted: readonly number[], output: readonly number[]): Tensor {
  const result = zeros(x.type, output);
  const limit = elementCount(counted);
  const from = rowMajorStrides(counted);
  const to = rowMajorStrides(output);
  const target = result.data as { [index: number]: unknown };
  for (let i = 0; i < indices.length; i++) {
    const index = Number(indices[i]);
    if (!(index >= 0 && index < limit)) failUnpooled(x.dims, i, indices[i]!, counted);
    if (counted === output) {
      target[index] = x.data[i];
      continue;
    }
    let flat = 0;
    for (let axis = 0; axis < output.length; axis++)
      flat += (Math.floor(index / from[axis]!) % counted[axis]!) * to[axis]!;
    target[flat] = x.data[i];
  }
  return result;
}

export const maxUnpool = family(
  defineOperator({
    name: 'MaxUnpool',
    versions: [9, 11, 22],
    inputs: [required('X', 'T1'), required('I', int64s), optional('output_shape', int64s)],
    outputs: [required('output', 'T1')],
    types: { T1: reals.from(22, bfloat16s) },
    attributes: unpoolAttributes,
    infer: (context) => [tensorType(context.elementType(0), unpoolShape(context))],
    reference: (context) => [unpool(context.attributes, tensorAt(context, 0), tensorAt(context, 1), context.inputs[2])],
  }),
);
