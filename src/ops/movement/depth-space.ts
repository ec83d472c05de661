/**
 * DepthToSpace and SpaceToDepth: move blocks of pixels to channels and back (Shi et al., "sub-pixel convolution",
 * 2016).
 */
import { defineProblem, fail } from '../../diagnostics.js';
import { type Dim, floorDiv, mul } from '../../ir/dim.js';
import { formatShape, type Shape, tensorType } from '../../ir/shape.js';
import { rowMajorStrides, type Tensor } from '../../ir/tensor.js';
import { shapeOfRank, tensorAt } from '../arguments.js';
import { int, text } from '../attributes.js';
import type { InferContext } from '../infer-context.js';
import { defineOperator, family } from '../operator.js';
import { required } from '../signature.js';
import { stridedIndices } from '../strided.js';
import { anyType } from '../type-set.js';
import { pickTensor } from './elements.js';

/** The largest block side: larger than any picture, and its square is still an exact number. */
const maxBlock = 2 ** 26;

const blockSizeTooSmall = defineProblem('US1304', { blockSize: 'integer' }, ({ blockSize }) => ({
  message: "the attribute 'blocksize' is out of range",
  value: 'blocksize',
  expected: `1 to ${maxBlock - 1}`,
  actual: String(blockSize),
}));

function checkBlock(block: number): void {
  if (block >= 1 && block < maxBlock) return;
  fail(blockSizeTooSmall({ blockSize: block }));
}

const blocksDoNotFit = defineProblem(
  'US1211',
  { what: 'string', divisor: 'integer', size: 'size' },
  ({ what, divisor, size }) => ({
    message: `${what} do not divide into blocks`,
    expected: `a multiple of ${divisor}`,
    actual: String(size),
  }),
);

/** size / divisor, which must be an integer. */
function quotient(context: Pick<InferContext<unknown>, 'unify'>, size: Dim, divisor: number, what: string): Dim {
  const whole = floorDiv(size, divisor);
  context.unify(size, mul(whole, divisor), `${what} and a multiple of ${divisor}`, {
    otherwise: () => blocksDoNotFit({ what, divisor, size }),
  });
  return whole;
}

/** @throws ProblemError if the tensor is not [N, C, H, W] or its sizes on `axes` are not multiples of `divisor` */
function checkImage({ dims }: Tensor, axes: readonly number[], divisor: number, what: string): void {
  shapeOfRank({ shape: () => dims }, 0, 'input', { min: 4, max: 4 });
  for (const axis of axes) {
    if (dims[axis]! % divisor === 0) continue;
    fail(blocksDoNotFit({ what, divisor, size: dims[axis]! }));
  }
}

/** Reads [N, C, H, W] as six axes and writes them in another order. */
function regroup(tensor: Tensor, split: readonly number[], order: readonly number[], dims: readonly number[]): Tensor {
  const strides = rowMajorStrides(split);
  const target = order.map((axis) => split[axis]!);
  const indices = stridedIndices(
    target,
    order.map((axis) => strides[axis]!),
  );
  return pickTensor(tensor, { dims, indices });
}

function imageShape(context: InferContext<unknown>): Shape | undefined {
  return shapeOfRank(context, 0, 'input', { min: 4, max: 4 });
}

function unknownImage(context: InferContext<unknown>): Shape {
  return Array.from({ length: 4 }, () => context.fresh('the shape is not known'));
}

export const depthSpace = family(
  defineOperator({
    name: 'DepthToSpace',
    versions: [1, 11, 13],
    inputs: [required('input', 'T')],
    outputs: [required('output', 'T')],
    types: { T: anyType },
    attributes: { blocksize: int().required(), mode: text('DCR').oneOf('DCR', 'CRD').from(11) },
    infer: (context) => {
      const { blocksize } = context.attributes;
      checkBlock(blocksize);
      const shape = imageShape(context);
      if (shape === undefined) return [tensorType(context.elementType(0), unknownImage(context))];
      const [n, c, h, w] = shape as readonly [Dim, Dim, Dim, Dim];
      const channels = quotient(context, c, blocksize * blocksize, `the channels of ${formatShape(shape)}`);
      return [tensorType(context.elementType(0), [n, channels, mul(h, blocksize), mul(w, blocksize)])];
    },
    reference: (context) => {
      const tensor = tensorAt(context, 0);
      const { blocksize: b, mode } = context.attributes;
      checkBlock(b);
      checkImage(tensor, [1], b * b, 'the channels');
      const [n, c, h, w] = tensor.dims as readonly [number, number, number, number];
      const channels = c / (b * b);
      const dims = [n, channels, h * b, w * b];
      return [
        mode === 'DCR'
          ? regroup(tensor, [n, b, b, channels, h, w], [0, 3, 4, 1, 5, 2], dims)
          : regroup(tensor, [n, channels, b, b, h, w], [0, 1, 4, 2, 5, 3], dims),
      ];
    },
  }),
  defineOperator({
    name: 'SpaceToDepth',
    versions: [1, 13],
    inputs: [required('input', 'T')],
    outputs: [required('output', 'T')],
    types: { T: anyType },
    attributes: { blocksize: int().required() },
    infer: (context) => {
      const { blocksize } = context.attributes;
      checkBlock(blocksize);
      const shape = imageShape(context);
      if (shape === undefined) return [tensorType(context.elementType(0), unknownImage(context))];
      const [n, c, h, w] = shape as readonly [Dim, Dim, Dim, Dim];
      const rows = quotient(context, h, blocksize, `the rows of ${formatShape(shape)}`);
      const columns = quotient(context, w, blocksize, `the columns of ${formatShape(shape)}`);
      return [tensorType(context.elementType(0), [n, mul(c, blocksize * blocksize), rows, columns])];
    },
    reference: (context) => {
      const tensor = tensorAt(context, 0);
      const b = context.attributes.blocksize;
      checkBlock(b);
      checkImage(tensor, [2, 3], b, 'the rows or columns');
      const [n, c, h, w] = tensor.dims as readonly [number, number, number, number];
      const [rows, columns] = [h / b, w / b];
      return [regroup(tensor, [n, c, rows, b, columns, b], [0, 3, 5, 1, 2, 4], [n, c * b * b, rows, columns])];
    },
  }),
);
