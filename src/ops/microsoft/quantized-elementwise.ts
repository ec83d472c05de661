/**
 * QLinearAdd, QLinearMul, QLinearWhere, QLinearSigmoid and QLinearLeakyRelu: onnxruntime's elementwise operators on
 * quantized tensors.
 */

import type { Attribute } from '../../ir/graph.js';
import { floatAttribute } from '../../ir/graph-editor.js';
import { numbersOf } from '../../ir/numeric.js';
import { tensorType } from '../../ir/shape.js';
import { elementCount, float32, type Tensor } from '../../ir/tensor.js';
import { tensorAt } from '../arguments.js';
import { type AttributeSpecs, type AttributeValues, float } from '../attributes.js';
import { broadcastDims, broadcastIndices, broadcastShapes } from '../broadcast.js';
import { sigmoid } from '../elementwise/activation.js';
import { applyBinary } from '../elementwise/binary.js';
import { applyUnary } from '../elementwise/unary.js';
import { defineOperator, family } from '../operator.js';
import { checkParameters } from '../quantization/parameters.js';
import { optional, required } from '../signature.js';
import { bools, bytes, float32s } from '../type-set.js';
import { dequantized, quantized } from './affine.js';

const common = { domain: 'com.microsoft', versions: [1], types: { T: bytes }, isElementwise: true } as const;

function defineBinary<const N extends string>(name: N, opType: string, apply: (a: number, b: number) => number) {
  const inputs = [
    required('A', 'T'),
    required('A_scale', float32s),
    optional('A_zero_point', 'T'),
    required('B', 'T'),
    required('B_scale', float32s),
    optional('B_zero_point', 'T'),
    required('C_scale', float32s),
    optional('C_zero_point', 'T'),
  ] as const;
  return defineOperator({
    ...common,
    name,
    inputs,
    outputs: [required('C', 'T')],
    attributes: {},
    infer: (context) => {
      checkParameters(context, inputs, [1, 2, 4, 5, 6, 7]);
      return [tensorType(context.elementType(0), broadcastShapes(context, [context.shape(0), context.shape(3)]))];
    },
    reference: (context) => {
      const a = dequantized(tensorAt(context, 0), tensorAt(context, 1), context.inputs[2]);
      const b = dequantized(tensorAt(context, 3), tensorAt(context, 4), context.inputs[5]);
      const result = applyBinary(a, b, { number: apply });
      return [quantized(result, tensorAt(context, 6), context.inputs[7], tensorAt(context, 0).type)];
    },
    expand: ({ inputs, outputs }, expansion) => {
      const type = expansion.facts.elementType(inputs.A);
      if (type === undefined) return 'a type that is not known';
      const a = expansion.dequantize(inputs.A, inputs.A_scale, inputs.A_zero_point);
      const b = expansion.dequantize(inputs.B, inputs.B_scale, inputs.B_zero_point);
      expansion.quantize(expansion.add(opType, [a, b]), inputs.C_scale, inputs.C_zero_point, type, outputs.C);
      return undefined;
    },
  });
}

function defineActivation<const N extends string, const S extends AttributeSpecs>(
  name: N,
  opType: string,
  attributes: S,
  {
    apply,
    written,
  }: {
    apply(attributes: AttributeValues<S>): (x: number) => number;
    /** The attributes of the float operator. */
    written(attributes: AttributeValues<S>): Readonly<Record<string, Attribute>>;
  },
) {
  const inputs = [
    required('X', 'T'),
    required('X_scale', float32s),
    optional('X_zero_point', 'T'),
    required('Y_scale', float32s),
    optional('Y_zero_point', 'T'),
  ] as const;
  return defineOperator({
    ...common,
    name,
    inputs,
    outputs: [required('Y', 'T')],
    attributes,
    infer: (context) => {
      checkParameters(context, inputs, [1, 2, 3, 4]);
      return [tensorType(context.elementType(0), context.shape(0))];
    },
    reference: (context) => {
      const x = dequantized(tensorAt(context, 0), tensorAt(context, 1), context.inputs[2]);
      const result = applyUnary(x, { number: apply(context.attributes) });
      return [quantized(result, tensorAt(context, 3), context.inputs[4], tensorAt(context, 0).type)];
    },
    expand: ({ attributes: values, inputs, outputs }, expansion) => {
      const type = expansion.facts.elementType(inputs.X);
      if (type === undefined) return 'a type that is not known';
      const x = expansion.dequantize(inputs.X, inputs.X_scale, inputs.X_zero_point);
      const result = expansion.add(opType, [x], { attributes: written(values) });
      expansion.quantize(result, inputs.Y_scale, inputs.Y_zero_point, type, outputs.Y);
      return undefined;
    },
  });
}

const whereInputs = [
  required('condition', 'B'),
  required('X', 'T'),
  required('x_scale', 'TF'),
  required('x_zero_point', 'T'),
  required('Y', 'T'),
  required('y_scale', 'TF'),
  required('y_zero_point', 'T'),
  required('z_scale', 'TF'),
  required('z_zero_point', 'T'),
] as const;

/** Where over three tensors that broadcast. */
function select(condition: Tensor, a: Tensor, b: Tensor): Tensor {
  const dims = broadcastDims(condition.dims, a.dims, b.dims);
  const [from, x, y] = [condition, a, b].map((tensor) => ({
    numbers: numbersOf(tensor),
    at: broadcastIndices(tensor.dims, dims),
  }));
  const values = Float32Array.from({ length: elementCount(dims) }, (_, i) =>
    from!.numbers[from!.at[i]!] ? x!.numbers[x!.at[i]!]! : y!.numbers[y!.at[i]!]!,
  );
  return float32(dims, values);
}

export const quantizedElementwise = family(
  defineBinary('QLinearAdd', 'Add', (a, b) => a + b),
  defineBinary('QLinearMul', 'Mul', (a, b) => a * b),
  defineActivation('QLinearSigmoid', 'Sigmoid', {}, { apply: () => sigmoid, written: () => ({}) }),
  defineActivation(
    'QLinearLeakyRelu',
    'LeakyRelu',
    { alpha: float(0.01) },
    {
      apply:
        ({ alpha }) =>
        (x) =>
          x >= 0 ? x : alpha * x,
      written: ({ alpha }) => ({ alpha: floatAttribute(alpha) }),
    },
  ),
  defineOperator({
    ...common,
    name: 'QLinearWhere',
    inputs: whereInputs,
    outputs: [required('Z', 'T')],
    types: { B: bools, TF: float32s, T: bytes },
    attributes: {},
    infer: (context) => {
      checkParameters(context, whereInputs, [2, 3, 5, 6, 7, 8]);
      const shapes = [context.shape(0), context.shape(1), context.shape(4)];
      return [tensorType(context.elementType(1), broadcastShapes(context, shapes))];
    },
    reference: (context) => {
      const x = dequantized(tensorAt(context, 1), tensorAt(context, 2), context.inputs[3]);
      const y = dequantized(tensorAt(context, 4), tensorAt(context, 5), context.inputs[6]);
      const result = select(tensorAt(context, 0), x, y);
      return [quantized(result, tensorAt(context, 7), context.inputs[8], tensorAt(context, 1).type)];
    },
    expand: ({ inputs, outputs }, expansion) => {
      const type = expansion.facts.elementType(inputs.X);
      if (type === undefined) return 'a type that is not known';
      const x = expansion.dequantize(inputs.X, inputs.x_scale, inputs.x_zero_point);
      const y = expansion.dequantize(inputs.Y, inputs.y_scale, inputs.y_zero_point);
      const result = expansion.add('Where', [inputs.condition, x, y]);
      expansion.quantize(result, inputs.z_scale, inputs.z_zero_point, type, outputs.Z);
      return undefined;
    },
  }),
);
