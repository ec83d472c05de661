/** QuantizeLinear and DequantizeLinear as onnxruntime has them, with 16 and 4 bits before ONNX had them. */
import { intAttribute } from '../../ir/graph-editor.js';
import { tensorType } from '../../ir/shape.js';
import { int } from '../attributes.js';
import type { InferContext } from '../infer-context.js';
import { defineOperator, family } from '../operator.js';
import { checkGranularity } from '../quantization/granularity.js';
import { dequantizeTensor, quantizeTensor } from '../quantization/quantize-linear.js';
import { optional, required } from '../signature.js';
import { int32s, TypeSet } from '../type-set.js';
import { seenAs } from '../view.js';

const common = { domain: 'com.microsoft', versions: [1], attributes: { axis: int() } } as const;
const scaleFloats = TypeSet.of('float16', 'float32');
const shortIntegers = TypeSet.of('uint4', 'int4', 'uint8', 'int8', 'uint16', 'int16');

/** The version of ONNX's operators that has the same types; these attributes of it are not in this domain. */
const sameVersion = 21;
const others = { block_size: 0, output_dtype: 0, precision: 0, saturate: true };

/** onnxruntime takes axis 1 if the attribute is absent. */
const attributesOf = ({ axis = 1 }: { readonly axis: number | undefined }) => ({ axis, ...others });

function checkScale(context: InferContext<{ readonly axis: number | undefined }>): void {
  const { inputs } = context;
  checkGranularity(seenAs(context, { version: sameVersion, attributes: attributesOf(context.attributes), inputs }));
}

export const microsoftQuantization = family(
  defineOperator({
    ...common,
    name: 'QuantizeLinear',
    inputs: [required('x', 'T1'), required('y_scale', 'T1'), optional('y_zero_point', 'T2')],
    outputs: [required('y', 'T2')],
    types: { T1: scaleFloats, T2: shortIntegers },
    infer: (context) => {
      checkScale(context);
      const hasZeroPoint = context.inputs[2] !== undefined;
      return [tensorType(hasZeroPoint ? context.elementType(2) : 'uint8', context.shape(0))];
    },
    reference: ({ attributes, inputs }) => [quantizeTensor(attributesOf(attributes), inputs)],
    expand: ({ attributes: { axis = 1 }, inputs, outputs }, expansion) => {
      expansion.add('QuantizeLinear', [inputs.x, inputs.y_scale, inputs.y_zero_point], {
        attributes: { axis: intAttribute(axis) },
        output: outputs.y,
      });
      return undefined;
    },
  }),
  defineOperator({
    ...common,
    name: 'DequantizeLinear',
    inputs: [required('x', 'T1'), required('x_scale', 'T2'), optional('x_zero_point', 'T1')],
    outputs: [required('y', 'T2')],
    types: { T1: shortIntegers.and(int32s), T2: scaleFloats },
    infer: (context) => {
      checkScale(context);
      return [tensorType(context.elementType(1), context.shape(0))];
    },
    reference: ({ attributes, inputs }) => [dequantizeTensor(attributesOf(attributes), inputs)],
    expand: ({ attributes: { axis = 1 }, inputs, outputs }, expansion) => {
      expansion.add('DequantizeLinear', [inputs.x, inputs.x_scale, inputs.x_zero_point], {
        attributes: { axis: intAttribute(axis) },
        output: outputs.y,
      });
      return undefined;
    },
  }),
);
