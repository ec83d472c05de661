/** SequenceConstruct, SequenceEmpty, SequenceInsert, SequenceErase, SequenceAt and SequenceLength. */
import { add } from '../../ir/dim.js';
import { type ElementType, elementTypeFromCode } from '../../ir/element-type.js';
import { symbolicTensor } from '../../ir/quantity.js';
import { mostItems, TensorSequence } from '../../ir/sequence.js';
import { type SequenceType, sequenceOf, tensorType } from '../../ir/shape.js';
import { int64 } from '../../ir/tensor.js';
import { tensorAt } from '../arguments.js';
import { int } from '../attributes.js';
import { joinElementTypes } from '../control/subgraph.js';
import type { InferContext } from '../infer-context.js';
import { defineOperator, family } from '../operator.js';
import { typeAttribute } from '../quantization/quantized-storage.js';
import { optional, required, sequence, variadic } from '../signature.js';
import { classicTypes, indexTypes, int64s } from '../type-set.js';
import {
  checkElementType,
  commonType,
  knownPosition,
  oneOf,
  positionAt,
  sequenceAt,
  sequenceOfItems,
  sequenceTypeAt,
} from './types.js';

const unknown = tensorType(undefined, undefined);
const versions = [11];
const types = { S: classicTypes, T: classicTypes };

/** The type of the tensors of an empty sequence; float32 by default. */
function emptyType(code: number): ElementType {
  return typeAttribute('dtype', code) ?? elementTypeFromCode(1)!;
}

/** The sequence with another length, of whose tensors one by one nothing is known. */
function withLength({ element, length }: SequenceType, by: number): SequenceType {
  return { element, length: length === undefined ? undefined : add(length, by) };
}

function inserted(context: InferContext<unknown>): SequenceType {
  const before = sequenceTypeAt(context, 0);
  const tensor = context.inputs[1] ?? unknown;
  const position = knownPosition(context, 2, before, 0);
  const element =
    before.length === 0
      ? tensorType(joinElementTypes(before.element, tensor, 'tensors of one sequence'), tensor.shape)
      : commonType(context, [before.element, tensor]);
  const { items } = before;
  if (items === undefined || position === undefined || items.length >= mostItems) {
    return withLength({ ...before, element }, 1);
  }
  return { element, items: items.toSpliced(position, 0, tensor), length: items.length + 1 };
}

function erased(context: InferContext<unknown>): SequenceType {
  const before = sequenceTypeAt(context, 0);
  const position = knownPosition(context, 1, before, -1);
  const { items, element } = before;
  if (items === undefined || position === undefined) return withLength(before, -1);
  return sequenceOfItems(context, items.toSpliced(position, 1), element.elementType);
}

export const sequences = family(
  defineOperator({
    name: 'SequenceConstruct',
    versions,
    inputs: [variadic('inputs', 'T')],
    outputs: [sequence('output_sequence', 'S')],
    types,
    attributes: {},
    infer: (context) => [
      sequenceOf(
        sequenceOfItems(
          context,
          context.inputs.map((type) => type ?? unknown),
        ),
      ),
    ],
    reference: (context) => {
      const tensors = context.inputs.map((_, i) => tensorAt(context, i));
      return [new TensorSequence(tensors[0]!.type, tensors)];
    },
  }),
  defineOperator({
    name: 'SequenceEmpty',
    versions,
    inputs: [],
    outputs: [sequence('output', 'S')],
    types: { S: classicTypes },
    attributes: { dtype: int() },
    infer: (context) => [sequenceOf(sequenceOfItems(context, [], emptyType(context.attributes.dtype ?? 0)))],
    reference: ({ attributes: { dtype = 0 } }) => [new TensorSequence(emptyType(dtype), [])],
  }),
  defineOperator({
    name: 'SequenceInsert',
    versions,
    inputs: [sequence('input_sequence', 'S'), required('tensor', 'T'), optional('position', 'I')],
    outputs: [sequence('output_sequence', 'S')],
    types: { ...types, I: indexTypes },
    attributes: {},
    infer: (context) => [sequenceOf(inserted(context))],
    reference: (context) => {
      const before = sequenceAt(context, 0);
      const tensor = tensorAt(context, 1);
      checkElementType(before, tensor);
      const position = positionAt(context, 2, before.tensors.length, 0);
      return [new TensorSequence(before.type, before.tensors.toSpliced(position, 0, tensor))];
    },
  }),
  defineOperator({
    name: 'SequenceErase',
    versions,
    inputs: [sequence('input_sequence', 'S'), optional('position', 'I')],
    outputs: [sequence('output_sequence', 'S')],
    types: { S: classicTypes, I: indexTypes },
    attributes: {},
    infer: (context) => [sequenceOf(erased(context))],
    reference: (context) => {
      const before = sequenceAt(context, 0);
      const position = positionAt(context, 1, before.tensors.length, -1);
      return [new TensorSequence(before.type, before.tensors.toSpliced(position, 1))];
    },
  }),
  defineOperator({
    name: 'SequenceAt',
    versions,
    inputs: [sequence('input_sequence', 'S'), required('position', 'I')],
    outputs: [required('tensor', 'T')],
    types: { ...types, I: indexTypes },
    attributes: {},
    infer: (context) => {
      const from = sequenceTypeAt(context, 0);
      const position = knownPosition(context, 1, from, -1);
      return [(position === undefined ? undefined : from.items?.[position]) ?? oneOf(context, from)];
    },
    reference: (context) => {
      const { tensors } = sequenceAt(context, 0);
      return [tensors[positionAt(context, 1, tensors.length, -1)]!];
    },
  }),
  defineOperator({
    name: 'SequenceLength',
    versions,
    inputs: [sequence('input_sequence', 'S')],
    outputs: [required('length', 'I')],
    types: { S: classicTypes, I: int64s },
    attributes: {},
    infer: () => [tensorType('int64', [])],
    symbolic: (context) => {
      const { length } = sequenceTypeAt(context, 0);
      return length === undefined ? undefined : [symbolicTensor('int64', [], [length])];
    },
    reference: (context) => [int64([], [sequenceAt(context, 0).tensors.length])],
  }),
);
