/** Optional, OptionalHasElement and OptionalGetElement: values that may be absent. */
import { defineProblem, fail } from '../../diagnostics.js';
import type { ElementType } from '../../ir/element-type.js';
import { heldType } from '../../ir/graph.js';
import { symbolicTensor } from '../../ir/quantity.js';
import { OptionalTensor } from '../../ir/sequence.js';
import { innermostElement, sequenceOf, type TensorType, tensorType } from '../../ir/shape.js';
import { bool } from '../../ir/tensor.js';
import { tensorAt } from '../arguments.js';
import { valueType } from '../attributes.js';
import type { InferContext } from '../infer-context.js';
import { defineOperator, family } from '../operator.js';
import { attributeRequired } from '../problems.js';
import { optional, required } from '../signature.js';
import { bools, classicTypes } from '../type-set.js';
import { oneOf } from './types.js';

const unknown = tensorType(undefined, undefined);

const nothingInside = defineProblem('US1211', {
  message: 'the optional has no element',
  expected: 'an optional that has one',
  actual: 'an empty optional',
  hint: 'OptionalHasElement tells whether there is one, for an If around this node',
});

/** Whether the value is there; undefined if only a run knows. */
function isPresent({ inputs: [type] }: Pick<InferContext<unknown>, 'inputs'>): boolean | undefined {
  if (type === undefined) return false;
  const { elementType, sequence } = type;
  if (sequence?.isOptional !== true) return elementType === undefined && sequence === undefined ? undefined : true;
  return typeof sequence.length === 'number' ? sequence.length === 1 : undefined;
}

export const optionals = family(
  defineOperator({
    name: 'Optional',
    versions: [15],
    inputs: [optional('input', 'V').orSequence(15)],
    outputs: [required('output', 'O').orOptional(15, Number.POSITIVE_INFINITY)],
    types: { V: classicTypes, O: classicTypes },
    attributes: { type: valueType() },
    infer: (context) => {
      const [element] = context.inputs;
      const { type } = context.attributes;
      if (element !== undefined) return [sequenceOf({ element, length: 1, isOptional: true })];
      if (type === undefined) fail(attributeRequired({ attribute: 'type' }));
      return [sequenceOf({ element: heldType(type) ?? unknown, length: 0, isOptional: true })];
    },
    reference: ({ attributes: { type }, inputs: [element] }) => {
      if (element === undefined && type === undefined) fail(attributeRequired({ attribute: 'type' }));
      const elementType: ElementType = element?.type ?? innermostElement(type && heldType(type)) ?? 'float32';
      return [new OptionalTensor(elementType, element)];
    },
  }),
  defineOperator({
    name: 'OptionalHasElement',
    versions: [15, 18],
    inputs: [optional('input', 'O').requiredBefore(18).orOptional(15, 18).orSequence(18)],
    outputs: [required('output', 'B')],
    types: { O: classicTypes, B: bools },
    attributes: {},
    infer: () => [tensorType('bool', [])],
    symbolic: (context) => {
      const present = isPresent(context);
      return present === undefined ? undefined : [symbolicTensor('bool', [], [Number(present)])];
    },
    reference: ({ inputs: [value] }) => [
      bool([], [value instanceof OptionalTensor ? value.element !== undefined : value !== undefined]),
    ],
  }),
  defineOperator({
    name: 'OptionalGetElement',
    versions: [15, 18],
    inputs: [required('input', 'O').orOptional(15, 18).orSequence(18)],
    outputs: [required('output', 'V').orSequence(15)],
    types: { O: classicTypes, V: classicTypes },
    attributes: {},
    infer: (context): readonly TensorType[] => {
      const [type = unknown] = context.inputs;
      const { sequence } = type;
      if (sequence?.isOptional !== true) return [type];
      if (sequence.length === 0) fail(nothingInside());
      return [oneOf(context, sequence)];
    },
    reference: (context) => {
      const value = tensorAt(context, 0);
      if (!(value instanceof OptionalTensor)) return [value];
      if (value.element === undefined) fail(nothingInside());
      return [value.element];
    },
  }),
);
