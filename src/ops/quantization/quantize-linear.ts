/** QuantizeLinear and DequantizeLinear. */
import { defineProblem, fail } from '../../diagnostics.js';
import { type ElementType, isFloat } from '../../ir/element-type.js';
import { numbersOf, tensorFromNumbers } from '../../ir/numeric.js';
import { tensorType } from '../../ir/shape.js';
import type { Tensor } from '../../ir/tensor.js';
import { tensorAt } from '../arguments.js';
import { resultArray } from '../elementwise/element-types.js';
import { defineOperator, type Operator } from '../operator.js';
import { checkGranularity, type GranularityAttributes, scaleIndices } from './granularity.js';
import { quantize, roundedTo, roundNumbers, typeAttribute } from './quantized-storage.js';
import { dequantizeLinearSchema, quantizeLinearSchema } from './schemas.js';

const outputTypeDiffers = defineProblem(
  'US1210',
  { zeroPoint: 'string', outputType: 'string' },
  ({ zeroPoint, outputType }) => ({
    message: 'output_dtype differs from the type of the zero point',
    expected: zeroPoint,
    actual: outputType,
  }),
);

/** The type of the zero point or the one in output_dtype, which must be the same. */
function quantizedType(zeroPoint: ElementType | undefined, code: number): ElementType {
  const asked = typeAttribute('output_dtype', code);
  if (asked !== undefined && zeroPoint !== undefined && asked !== zeroPoint) {
    fail(outputTypeDiffers({ zeroPoint, outputType: asked }));
  }
  return asked ?? zeroPoint ?? 'uint8';
}

/**
 * The type in which x is divided by its scale: the scale's, unless `precision` names one. float8e8m0 scales divide in
 * float32.
 */
function divisionType(scale: ElementType, code: number): ElementType {
  const type = typeAttribute('precision', code) ?? scale;
  return isFloat(type) && type !== 'float8e8m0' ? type : 'float32';
}

interface QuantizeAttributes extends GranularityAttributes {
  readonly output_dtype: number;
  readonly precision: number;
  readonly saturate: boolean;
}

export function quantizeTensor(attributes: QuantizeAttributes, inputs: readonly (Tensor | undefined)[]): Tensor {
  const { output_dtype, precision, saturate } = attributes;
  const x = tensorAt({ inputs }, 0);
  const scale = tensorAt({ inputs }, 1);
  const zeroPoint = inputs[2];
  const scaleOf = scaleIndices(x.dims, scale.dims, zeroPoint?.dims, attributes);
  const type = divisionType(scale.type, precision);
  const [numbers, scales] = [roundedTo(type, x), roundedTo(type, scale)];
  const quotients = new Float64Array(numbers).map((value, i) => value / scales[scaleOf[i]!]!);
  const zeros = zeroPoint && numbersOf(zeroPoint);
  return quantize(
    quantizedType(zeroPoint?.type, output_dtype),
    x.dims,
    new Float64Array(roundNumbers(type, quotients)),
    (i) => (zeros === undefined ? 0 : zeros[scaleOf[i]!]!),
    saturate,
  );
}

const quantizeLinear = defineOperator({
  ...quantizeLinearSchema,
  infer: (context) => {
    checkGranularity(context);
    return [tensorType(quantizedType(context.elementType(2), context.attributes.output_dtype), context.shape(0))];
  },
  reference: (context) => [quantizeTensor(context.attributes, context.inputs)],
});

const outputTypeUnknown = defineProblem('US1210', {
  message: 'a scale of type float8e8m0 does not say what type the output has',
  value: 'output_dtype',
  hint: 'set output_dtype',
});

/** The type in output_dtype, or else the scale's. */
function realType(scale: ElementType | undefined, code: number): ElementType | undefined {
  const type = typeAttribute('output_dtype', code) ?? scale;
  if (type === 'float8e8m0') {
    fail(outputTypeUnknown());
  }
  return type;
}

interface DequantizeAttributes extends GranularityAttributes {
  readonly output_dtype: number;
}

export function dequantizeTensor(attributes: DequantizeAttributes, inputs: readonly (Tensor | undefined)[]): Tensor {
  const x = tensorAt({ inputs }, 0);
  const scale = tensorAt({ inputs }, 1);
  const zeroPoint = inputs[2];
  const type = realType(scale.type, attributes.output_dtype) ?? scale.type;
  const scaleOf = scaleIndices(x.dims, scale.dims, zeroPoint?.dims, attributes);
  const [numbers, scales] = [numbersOf(x), numbersOf(scale)];
  const zeros = zeroPoint && numbersOf(zeroPoint);
  const out = resultArray(type, x.size);
  for (let i = 0; i < out.length; i++) {
    const at = scaleOf[i]!;
    out[i] = (numbers[i]! - (zeros === undefined ? 0 : zeros[at]!)) * scales[at]!;
  }
  return tensorFromNumbers(type, x.dims, out);
}

const dequantizeLinear = defineOperator({
  ...dequantizeLinearSchema,
  infer: (context) => {
    checkGranularity(context);
    return [tensorType(realType(context.elementType(1), context.attributes.output_dtype), context.shape(0))];
  },
  reference: (context) => [dequantizeTensor(context.attributes, context.inputs)],
});

export const linearQuantization: readonly Operator[] = [quantizeLinear, dequantizeLinear];
