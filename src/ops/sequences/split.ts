/** SplitToSequence and ConcatFromSequence: between a tensor and a sequence of its parts. */
import { defineProblem, fail } from '../../diagnostics.js';
import { add, ceilDiv, type Dim } from '../../ir/dim.js';
import { integersOf } from '../../ir/numeric.js';
import { dimsOf } from '../../ir/quantity.js';
import { mostItems, TensorSequence } from '../../ir/sequence.js';
import { formatShape, type SequenceType, type Shape, sequenceOf, type TensorType, tensorType } from '../../ir/shape.js';
import { rowMajorStrides, Tensor } from '../../ir/tensor.js';
import { agree } from '../agree.js';
import { normalizeAxis, tensorAt } from '../arguments.js';
import { flag, int } from '../attributes.js';
import type { InferContext } from '../infer-context.js';
import { checkConcatenated, concatenate, concatShape } from '../movement/concat.js';
import { pickTensor } from '../movement/elements.js';
import { requireList } from '../movement/integer-list.js';
import { defineOperator, family } from '../operator.js';
import { sizesDiffer } from '../problems.js';
import { optional, required, sequence } from '../signature.js';
import { stridedIndices } from '../strided.js';
import { bfloat16s, classicTypes, indexTypes } from '../type-set.js';
import { seenAs } from '../view.js';
import { oneOf, sequenceAt, sequenceOfItems, sequenceTypeAt } from './types.js';

interface SplitAttributes {
  readonly axis: number;
  readonly keepdims: boolean;
}

const partsDoNotFill = defineProblem('US1211', { size: 'size', parts: 'shape' }, ({ size, parts }) => ({
  message: `the parts do not fill the axis of size ${size}`,
  value: 'split',
  expected: `sizes that add up to ${size}`,
  actual: formatShape(parts),
}));

const partTooSmall = defineProblem('US1211', { part: 'integer' }, ({ part }) => ({
  message: 'the size of a part is too small',
  value: 'split',
  expected: 'at least 1, or sizes of at least 0',
  actual: String(part),
}));

/** Parts of `part` elements along an axis of `size`; the last may be smaller. */
function evenParts(size: number, part: number): number[] {
  if (part < 1) fail(partTooSmall({ part }));
  return Array.from({ length: Math.ceil(size / part) }, (_, i) => Math.min(part, size - i * part));
}

/** Parts that are not known one by one. */
function uniform(
  data: Shape,
  axis: number,
  part: Dim | undefined,
  length: Dim | undefined,
  type: TensorType,
): SequenceType {
  const shape = part === undefined ? data.toSpliced(axis, 1) : data.with(axis, part);
  return { element: tensorType(type.elementType, shape), length };
}

function splitSequence(context: InferContext<SplitAttributes>): SequenceType {
  const { keepdims } = context.attributes;
  const type = context.inputs[0] ?? tensorType(undefined, undefined);
  const data = context.shape(0);
  if (data === undefined) return { element: tensorType(type.elementType, undefined), length: undefined };
  const axis = normalizeAxis(context.attributes.axis, data.length);
  const size = data[axis]!;
  const parts = (sizes: readonly Dim[]) =>
    sequenceOfItems(
      context,
      sizes.map((part) => tensorType(type.elementType, data.with(axis, part))),
      type.elementType,
    );
  if (context.inputs[1] === undefined) {
    if (typeof size !== 'number' || size > mostItems || !keepdims)
      return uniform(data, axis, keepdims ? 1 : undefined, size, type);
    return parts(new Array<number>(size).fill(1));
  }
  const split = context.shape(1);
  const known = context.known(1);
  const sizes = known && dimsOf(known);
  const open = () => context.fresh('the parts are computed at run time');
  if (split === undefined) return uniform(data, axis, open(), undefined, type);
  if (split.length === 0) {
    const [part] = sizes ?? [];
    if (typeof part !== 'number') return uniform(data, axis, open(), undefined, type);
    if (part < 1) fail(partTooSmall({ part }));
    const length = ceilDiv(size, part);
    if (typeof size === 'number' && typeof length === 'number' && length <= mostItems)
      return parts(evenParts(size, part));
    return uniform(data, axis, open(), length, type);
  }
  requireList(context, 1, 'split');
  if (sizes === undefined) return uniform(data, axis, open(), split[0], type);
  const total = add(0, ...sizes);
  agree(context, size, total, 'an axis and the parts it is split into', () => partsDoNotFill({ size, parts: sizes }));
  return parts(sizes);
}

function splitTensor(attributes: SplitAttributes, data: Tensor, split: Tensor | undefined): TensorSequence {
  const axis = normalizeAxis(attributes.axis, data.dims.length);
  const size = data.dims[axis]!;
  const given = split && integersOf(split);
  const sizes = split?.dims.length === 1 ? [...given!] : evenParts(size, given?.[0] ?? 1);
  const total = sizes.reduce((sum, part) => sum + part, 0);
  if (total !== size || sizes.some((part) => part < 0)) fail(partsDoNotFill({ size, parts: sizes }));
  const strides = rowMajorStrides(data.dims);
  let begin = 0;
  const tensors = sizes.map((part) => {
    const dims = data.dims.with(axis, part);
    const tensor = pickTensor(data, { dims, indices: stridedIndices(dims, strides, begin * strides[axis]!) });
    begin += part;
    return split === undefined && !attributes.keepdims ? tensor.reshape(dims.toSpliced(axis, 1)) : tensor;
  });
  return new TensorSequence(data.type, tensors);
}

interface ConcatAttributes {
  readonly axis: number;
  readonly new_axis: boolean;
}

const nothingToJoin = defineProblem('US1211', {
  message: 'the sequence has no tensors to join',
  expected: 'at least one tensor',
  actual: 'an empty sequence',
});

/** The version of Concat that tensors are joined as. */
const concatVersion = 13;

function joinedType(context: InferContext<ConcatAttributes>): TensorType {
  const { axis, new_axis: isStacked } = context.attributes;
  const from = sequenceTypeAt(context, 0);
  const { items, length } = from;
  if (length === 0) fail(nothingToJoin());
  const { elementType, shape } = oneOf(context, from);
  const open = (reason: string) => context.fresh(reason);
  if (isStacked) {
    const count = length ?? open('the length of the sequence shows at run time');
    const common = items === undefined ? shape : sameShapes(context, items);
    return tensorType(elementType, common?.toSpliced(normalizeAxis(axis, common.length + 1), 0, count));
  }
  if (items !== undefined) {
    const inputs = items;
    return tensorType(
      elementType,
      concatShape(seenAs(context, { version: concatVersion, attributes: { axis }, inputs })),
    );
  }
  if (shape === undefined) return tensorType(elementType, undefined);
  const at = normalizeAxis(axis, shape.length);
  return tensorType(elementType, shape.with(at, open('the sizes of the tensors of the sequence add up at run time')));
}

/** The shape that all tensors have to have. */
function sameShapes(context: InferContext<unknown>, items: readonly TensorType[]): Shape | undefined {
  const shapes = items.map(({ shape }) => shape);
  const [first] = shapes;
  if (first === undefined || shapes.some((shape) => shape?.length !== first.length)) return undefined;
  return first.map((dim, axis) =>
    shapes.reduce(
      (size, shape) => context.unify(size, shape![axis]!, `sizes at axis ${axis} of tensors that are stacked`),
      dim,
    ),
  );
}

function joinTensors({ axis, new_axis: isStacked }: ConcatAttributes, { type, tensors }: TensorSequence): Tensor {
  const [first] = tensors;
  if (first === undefined) fail(nothingToJoin());
  const rank = first.dims.length;
  const at = isStacked ? normalizeAxis(axis, rank + 1) : normalizeAxis(axis, rank);
  if (isStacked) {
    for (const { dims } of tensors) {
      if (dims.join() === first.dims.join()) continue;
      const odd = Math.max(
        0,
        dims.findIndex((size, i) => size !== first.dims[i]),
      );
      fail(
        sizesDiffer({
          what: 'sizes of tensors that are stacked',
          expected: first.dims[odd] ?? 0,
          actual: dims[odd] ?? 0,
        }),
      );
    }
  }
  const pieces = isStacked ? tensors.map((tensor) => tensor.reshape(tensor.dims.toSpliced(at, 0, 1))) : tensors;
  checkConcatenated({ version: concatVersion, attributes: { axis: at } }, pieces);
  const { dims, data } = concatenate(pieces, at);
  return new Tensor(type, dims, data);
}

export const sequenceParts = family(
  defineOperator({
    name: 'SplitToSequence',
    versions: [11, 24],
    inputs: [required('input', 'T'), optional('split', 'I')],
    outputs: [sequence('output_sequence', 'S')],
    types: { T: classicTypes.from(24, bfloat16s), I: indexTypes, S: classicTypes.from(24, bfloat16s) },
    attributes: { axis: int(0), keepdims: flag(true) },
    infer: (context) => [sequenceOf(splitSequence(context))],
    reference: (context) => [splitTensor(context.attributes, tensorAt(context, 0), context.inputs[1])],
  }),
  defineOperator({
    name: 'ConcatFromSequence',
    versions: [11],
    inputs: [sequence('input_sequence', 'S')],
    outputs: [required('concat_result', 'T')],
    types: { S: classicTypes, T: classicTypes },
    attributes: { axis: int().required(), new_axis: flag(false) },
    infer: (context) => [joinedType(context)],
    reference: (context) => [joinTensors(context.attributes, sequenceAt(context, 0))],
  }),
);
