/** Cast, CastLike, BitCast. */
import { defineProblem, fail } from '../../diagnostics.js';
import { type ElementType, elementTypeFacts, elementTypeFromCode } from '../../ir/element-type.js';
import { castQuantity, type SymbolicTensor } from '../../ir/quantity.js';
import { tensorType } from '../../ir/shape.js';
import { Tensor, type TensorData } from '../../ir/tensor.js';
import { tensorAt } from '../arguments.js';
import { flag, int, text } from '../attributes.js';
import type { InferContext } from '../infer-context.js';
import { defineOperator, family } from '../operator.js';
import { required } from '../signature.js';
import { typeAttribute, unknownType } from '../type-attribute.js';
import { anyBits, castTypes, numbersAndBool } from '../type-set.js';
import { type ConversionOptions, convertTensor, type RoundMode } from './conversion.js';
import { mapSymbolic, symbolicInputs } from './symbolic.js';

const conversionAttributes = {
  saturate: flag(true).from(19),
  round_mode: text('up').oneOf('up', 'down', 'nearest').from(24),
};

function conversionOptions(context: {
  readonly version: number;
  readonly attributes: { readonly saturate: boolean; readonly round_mode: RoundMode };
}): ConversionOptions {
  const { saturate, round_mode } = context.attributes;
  return { saturate, roundMode: round_mode, saturatesInfinity: context.version >= 24 };
}

const castTargetUnknown = defineProblem('US1304', { code: 'integer' }, ({ code }) => ({
  message: `the attribute 'to' names no element type`,
  value: 'to',
  expected: 'a TensorProto.DataType',
  actual: String(code),
}));

function elementTypeOf(code: number): ElementType {
  const type = elementTypeFromCode(code);
  if (type === undefined) {
    fail(castTargetUnknown({ code }));
  }
  return type;
}

function castSymbolic(
  context: InferContext<unknown>,
  to: ElementType | undefined,
): readonly (SymbolicTensor | undefined)[] | undefined {
  const inputs = symbolicInputs(context, 1);
  if (inputs === undefined || to === undefined || to === 'string') return undefined;
  return [
    mapSymbolic(
      inputs,
      to,
      ([x]) => castQuantity(x!, to),
      () => context.unknownElement(),
    ),
  ];
}

const sizesInBitsDiffer = defineProblem(
  'US1210',
  { from: 'string', to: 'string', bits: 'integer' },
  ({ from, to, bits }) => ({
    message: `the bits of ${from} cannot be read as ${to}`,
    expected: `a type of ${bits} bits`,
    actual: to,
  }),
);

/** The elements' bit patterns in unsigned storage of the type's width. */
function bitCast(tensor: Tensor, to: ElementType): Tensor {
  const { bits } = elementTypeFacts(tensor.type);
  const target = elementTypeFacts(to);
  if (target.bits !== bits || target.array === undefined || tensor.type === 'string') {
    fail(sizesInBitsDiffer({ from: tensor.type, to, bits }));
  }
  const { buffer, byteOffset, length } = tensor.data as Exclude<TensorData, string[]>;
  const data = new target.array(buffer, byteOffset, length);
  return new Tensor(
    to,
    tensor.dims,
    bits < 8 ? withCleanSign(data as Uint8Array | Int8Array, bits, target.kind) : data,
  );
}

/** Sub-byte types are stored one in each byte; signed ones are sign-extended. */
function withCleanSign<D extends Uint8Array | Int8Array>(data: D, bits: number, kind: string): D {
  const unused = 32 - bits;
  return data.map((value) => (kind === 'signed' ? (value << unused) >> unused : (value << unused) >>> unused)) as D;
}

export const casts = family(
  defineOperator({
    name: 'Cast',
    versions: [1, 6, 9, 13, 19, 21, 23, 24, 25],
    inputs: [required('input', 'T1')],
    outputs: [required('output', 'T2')],
    types: { T1: numbersAndBool.from(9, castTypes), T2: numbersAndBool.from(9, castTypes) },
    isElementwise: true,
    attributes: { to: int().required(), ...conversionAttributes },
    infer: (context) => [tensorType(elementTypeOf(context.attributes.to), context.shape(0))],
    symbolic: (context) => castSymbolic(context, elementTypeOf(context.attributes.to)),
    reference: (context) => [
      convertTensor(tensorAt(context, 0), elementTypeOf(context.attributes.to), conversionOptions(context)),
    ],
  }),
  defineOperator({
    name: 'CastLike',
    versions: [15, 19, 21, 23, 24, 25],
    inputs: [required('input', 'T1'), required('target_type', 'T2')],
    outputs: [required('output', 'T2')],
    types: { T1: castTypes, T2: castTypes },
    isElementwise: true,
    attributes: conversionAttributes,
    infer: (context) => [tensorType(context.elementType(1), context.shape(0))],
    symbolic: (context) => castSymbolic(context, context.elementType(1)),
    reference: (context) => [
      convertTensor(tensorAt(context, 0), tensorAt(context, 1).type, conversionOptions(context)),
    ],
    expand: ({ inputs, outputs, version }, expansion) => {
      const type = expansion.facts.elementType(inputs.target_type);
      if (type === undefined) return unknownType;
      const attributes = { to: typeAttribute(type), ...expansion.copied(Object.keys(conversionAttributes)) };
      expansion.add('Cast', [inputs.input], { attributes, output: outputs.output, opset: version });
      return undefined;
    },
  }),
  defineOperator({
    name: 'BitCast',
    versions: [26],
    inputs: [required('input', 'T1')],
    outputs: [required('output', 'T2')],
    types: { T1: anyBits, T2: anyBits },
    isElementwise: true,
    attributes: { to: int().required() },
    infer: (context) => {
      const to = elementTypeOf(context.attributes.to);
      const from = context.elementType(0);
      if (from !== undefined && elementTypeFacts(from).bits !== elementTypeFacts(to).bits) {
        fail(sizesInBitsDiffer({ from, to, bits: elementTypeFacts(from).bits }));
      }
      return [tensorType(to, context.shape(0))];
    },
    reference: (context) => [bitCast(tensorAt(context, 0), elementTypeOf(context.attributes.to))],
  }),
);
