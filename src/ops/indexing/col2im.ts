/**
 * Col2Im: adds blocks, one from each column, into an image, summing where they overlap. The adjoint of unfolding an
 * image into columns (torch.nn.Fold), for any number of spatial axes.
 */
import { defineProblem, fail } from '../../diagnostics.js';
import { type Dim, divideExact, mul } from '../../ir/dim.js';
import { integersOf } from '../../ir/numeric.js';
import { constantsOf, dimsOf } from '../../ir/quantity.js';
import { formatShape, type Shape, tensorType } from '../../ir/shape.js';
import { elementCount, rowMajorStrides, Tensor } from '../../ir/tensor.js';
import { agree } from '../agree.js';
import { shapeOfRank, tensorOfRank } from '../arguments.js';
import { type WindowAxis, windowAxes, windowCount } from '../convolution/window.js';
import { allocateChecked, checkSizes, unknownShape } from '../creation/target-shape.js';
import { requireKind } from '../elementwise/element-types.js';
import type { InferContext } from '../infer-context.js';
import { defineOperator, type Operator } from '../operator.js';
import { reduceInto } from './reduction.js';
import { col2ImSchema } from './schemas.js';

interface Col2ImAttributes {
  readonly dilations: readonly number[] | undefined;
  readonly pads: readonly number[] | undefined;
  readonly strides: readonly number[] | undefined;
}

export function blockAxes(attributes: Col2ImAttributes, block: readonly number[]): WindowAxis[] {
  return windowAxes({ auto_pad: 'NOTSET', ...attributes }, block);
}

const blockRowsMisfit = defineProblem(
  'US1205',
  { rows: 'integer', block: 'shape', size: 'integer' },
  ({ rows, block, size }) => ({
    message: `${rows} rows do not hold blocks of shape ${formatShape(block)}`,
    value: 'input',
    expected: `a multiple of ${size}`,
    actual: String(rows),
  }),
);

/** The number of channels in `rows` rows of blocks. */
function channelsOf(rows: Dim, block: readonly number[]): Dim | undefined {
  const size = elementCount(block);
  const channels = divideExact(rows, size);
  if (channels !== undefined || typeof rows !== 'number') return channels;
  fail(blockRowsMisfit({ rows, block, size }));
}

const blockRankMisfit = defineProblem('US1202', { image: 'shape', block: 'shape' }, ({ image, block }) => ({
  message: 'image_shape and block_shape must have one length',
  value: 'block_shape',
  expected: `${image.length} sizes, as image_shape ${formatShape(image)}`,
  actual: formatShape(block),
}));

function checkRanks(image: Shape, block: Shape): void {
  if (image.length === block.length) return;
  fail(blockRankMisfit({ image, block }));
}

const columnsDiffer = defineProblem(
  'US1202',
  { image: 'shape', block: 'shape', expected: 'size', actual: 'size' },
  ({ image, block, expected, actual }) => ({
    message: `the input does not have a column for each place of a block ${formatShape(block)} in the image ${formatShape(image)}`,
    value: 'input',
    expected: String(expected),
    actual: String(actual),
  }),
);

function imageShape(context: InferContext<Col2ImAttributes>): Shape | undefined {
  requireKind(context.elementType(0), 'ordered', 'input');
  const input = shapeOfRank(context, 0, 'input', { min: 3, max: 3 });
  shapeOfRank(context, 1, 'image_shape', { min: 1, max: 1 });
  const known = context.known(1);
  const image = known && dimsOf(known);
  const knownBlock = context.known(2);
  const block = knownBlock && constantsOf(knownBlock);
  const sizes = image ?? unknownShape(context, 1, () => 'image_shape is computed at run time');
  if (sizes === undefined) return undefined;
  const batch = input?.[0] ?? context.fresh('the batch of the input is not known');
  const channels = input && block && channelsOf(input[1]!, block);
  if (input !== undefined && image !== undefined && block !== undefined) {
    checkRanks(image, block);
    checkSizes(image, 'image_shape');
    const axes = blockAxes(context.attributes, block);
    const counts = axes.map((axis, i) => windowCount(axis, image[i]!, false, context));
    agree(context, mul(...counts), input[2]!, 'number of blocks and columns', (sizes) =>
      columnsDiffer({ image, block, ...sizes }),
    );
  }
  return [batch, channels ?? context.fresh('the channels show at run time'), ...sizes];
}

/**
 * For each element of a channel's blocks (taps outermost, then columns), its index in the image, or −1 in the padding.
 */
function imagePlaces(axes: readonly WindowAxis[], image: readonly number[], counts: readonly number[]): Float64Array {
  const block = axes.map((axis) => axis.kernel);
  const columns = elementCount(counts);
  const places = new Float64Array(elementCount(block) * columns);
  const [tapStrides, columnStrides, imageStrides] = [block, counts, image].map(rowMajorStrides) as [
    number[],
    number[],
    number[],
  ];
  for (let i = 0; i < places.length; i++) {
    const tap = Math.floor(i / columns);
    const column = i % columns;
    let place = 0;
    for (const [a, { kernel, stride, dilation, padBegin }] of axes.entries()) {
      const k = Math.floor(tap / tapStrides[a]!) % kernel;
      const window = Math.floor(column / columnStrides[a]!) % counts[a]!;
      const position = window * stride + k * dilation - padBegin;
      place = position < 0 || position >= image[a]! ? Number.NEGATIVE_INFINITY : place + position * imageStrides[a]!;
    }
    places[i] = Math.max(place, -1);
  }
  return places;
}

function col2im(
  input: Tensor,
  image: readonly number[],
  block: readonly number[],
  attributes: Col2ImAttributes,
): Tensor {
  checkRanks(image, block);
  const axes = blockAxes(attributes, block);
  const [batch, rows, columns] = input.dims as [number, number, number];
  const channels = channelsOf(rows, block) as number;
  const counts = axes.map((axis, i) => windowCount(axis, image[i]!) as number);
  if (elementCount(counts) !== columns) {
    fail(columnsDiffer({ image, block, expected: elementCount(counts), actual: columns }));
  }
  const dims = [batch, channels, ...image];
  const plane = elementCount(image);
  const blank = new Tensor(input.type, dims, allocateChecked(input.type, dims));
  if (input.size === 0) return blank;
  const places = imagePlaces(axes, image, counts);
  return reduceInto(blank, input, 'add', (combine) => {
    for (let channel = 0; channel < batch * channels; channel++) {
      for (let i = 0; i < places.length; i++) {
        if (places[i]! >= 0) combine(channel * plane + places[i]!, channel * places.length + i, 1);
      }
    }
  });
}

export const col2ims: readonly Operator[] = [
  defineOperator({
    ...col2ImSchema,
    infer: (context) => [tensorType(context.elementType(0), imageShape(context))],
    reference: (context) => {
      const input = tensorOfRank(context, 0, 'input', { min: 3, max: 3 });
      const image = tensorOfRank(context, 1, 'image_shape', { min: 1, max: 1 });
      const block = tensorOfRank(context, 2, 'block_shape', { min: 1, max: 1 });
      return [col2im(input, integersOf(image), integersOf(block), context.attributes)];
    },
  }),
];
