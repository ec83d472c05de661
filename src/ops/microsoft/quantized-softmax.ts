/** QLinearSoftmax, which says itself of which operator set's Softmax it is. */
import { intAttribute } from '../../ir/graph-editor.js';
import { numbersOf } from '../../ir/numeric.js';
import { tensorType } from '../../ir/shape.js';
import { float32 } from '../../ir/tensor.js';
import { normalizeAxis, tensorAt } from '../arguments.js';
import { int } from '../attributes.js';
import { defineOperator, family } from '../operator.js';
import { checkParameters } from '../quantization/parameters.js';
import { linesOf, mapLines, softmaxLine } from '../reduction/softmax.js';
import { optional, required } from '../signature.js';
import { bytes, float32s } from '../type-set.js';
import { dequantized, quantized } from './affine.js';

const inputs = [
  required('X', 'T'),
  required('X_scale', float32s),
  optional('x_zero_point', 'T'),
  required('y_scale', float32s),
  required('y_zero_point', 'T'),
] as const;

/** Versions of Softmax: before 13 all axes from the given one on are one. */
const versions = { flattening: 11, alongAxis: 13 };

export const quantizedSoftmax = family(
  defineOperator({
    domain: 'com.microsoft',
    name: 'QLinearSoftmax',
    versions: [1],
    inputs,
    outputs: [required('Y', 'T')],
    types: { T: bytes },
    attributes: { axis: int(-1), opset: int().required() },
    infer: (context) => {
      checkParameters(context, inputs, [1, 2, 3, 4]);
      const shape = context.shape(0);
      if (shape !== undefined) normalizeAxis(context.attributes.axis, shape.length);
      return [tensorType(context.elementType(0), shape)];
    },
    reference: (context) => {
      const { axis, opset } = context.attributes;
      const x = tensorAt(context, 0);
      const values = dequantized(x, tensorAt(context, 1), context.inputs[2]);
      const out = new Float32Array(x.size);
      mapLines(numbersOf(values), out, linesOf(opset, x.dims, axis), softmaxLine);
      return [quantized(float32(x.dims, out), tensorAt(context, 3), context.inputs[4], x.type)];
    },
    expand: ({ attributes: { axis, opset }, inputs: values, outputs }, expansion) => {
      const type = expansion.facts.elementType(values.X);
      if (type === undefined) return 'a type that is not known';
      const x = expansion.dequantize(values.X, values.X_scale, values.x_zero_point);
      const result = expansion.add('Softmax', [x], {
        attributes: { axis: intAttribute(axis) },
        opset: opset < versions.alongAxis ? versions.flattening : versions.alongAxis,
      });
      expansion.quantize(result, values.y_scale, values.y_zero_point, type, outputs.Y);
      return undefined;
    },
  }),
);
