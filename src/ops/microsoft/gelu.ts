/** Gelu, FastGelu, BiasGelu and QuickGelu, as onnxruntime's optimizer writes them; x·Φ(x), or x·σ(αx). */
import { floatAttribute, textAttribute } from '../../ir/graph-editor.js';
import { tensorType } from '../../ir/shape.js';
import type { Tensor } from '../../ir/tensor.js';
import { shapeOfRank, tensorAt } from '../arguments.js';
import { float } from '../attributes.js';
import { sigmoid } from '../elementwise/activation.js';
import { applyBinary } from '../elementwise/binary.js';
import { broadcastOnto } from '../elementwise/broadcast-onto.js';
import { erfc } from '../elementwise/erf.js';
import { applyUnary } from '../elementwise/unary.js';
import { defineOperator, family } from '../operator.js';
import { optional, required } from '../signature.js';
import { realsAndBfloat16s } from '../type-set.js';

const common = {
  domain: 'com.microsoft',
  versions: [1],
  types: { T: realsAndBfloat16s },
  isElementwise: true,
} as const;

function exact(x: number): number {
  return 0.5 * x * erfc(-x / Math.SQRT2);
}

/** √(2/π) · (x + 0.044715x³), with the factors that onnxruntime has. */
function fast(x: number): number {
  return 0.5 * x * (1 + Math.tanh(x * (0.7978845608028654 + 0.035677408136300125 * x * x)));
}

/** The sum with a bias, which has a number for each index of the last axis. */
function plus(x: Tensor, bias: Tensor | undefined): Tensor {
  return bias === undefined ? x : applyBinary(x, bias, { number: (a, b) => a + b });
}

export const microsoftGelus = family(
  defineOperator({
    ...common,
    name: 'Gelu',
    inputs: [required('X', 'T')],
    outputs: [required('Y', 'T')],
    attributes: {},
    infer: (context) => [tensorType(context.elementType(0), context.shape(0))],
    reference: (context) => [applyUnary(tensorAt(context, 0), { number: exact })],
    expand: ({ inputs, outputs }, expansion) => {
      expansion.add('Gelu', [inputs.X], { output: outputs.Y });
      return undefined;
    },
  }),
  defineOperator({
    ...common,
    name: 'FastGelu',
    inputs: [required('X', 'T'), optional('bias', 'T')],
    outputs: [required('Y', 'T')],
    attributes: {},
    infer: (context) => {
      shapeOfRank(context, 1, 'bias', { min: 1, max: 1 });
      return [tensorType(context.elementType(0), broadcastOnto(context, context.shape(0), context.shape(1), 'bias'))];
    },
    reference: ({ inputs }) => [applyUnary(plus(tensorAt({ inputs }, 0), inputs[1]), { number: fast })],
    expand: ({ inputs: { X, bias }, outputs }, expansion) => {
      const sum = bias === undefined ? X : expansion.add('Add', [X, bias]);
      expansion.add('Gelu', [sum], { attributes: { approximate: textAttribute('tanh') }, output: outputs.Y });
      return undefined;
    },
  }),
  defineOperator({
    ...common,
    name: 'BiasGelu',
    inputs: [required('A', 'T'), required('B', 'T')],
    outputs: [required('C', 'T')],
    attributes: {},
    infer: (context) => {
      shapeOfRank(context, 1, 'B', { min: 1, max: 1 });
      return [tensorType(context.elementType(0), broadcastOnto(context, context.shape(0), context.shape(1), 'B'))];
    },
    reference: ({ inputs }) => [applyUnary(plus(tensorAt({ inputs }, 0), inputs[1]), { number: exact })],
    expand: ({ inputs: { A, B }, outputs }, expansion) => {
      expansion.add('Gelu', [expansion.add('Add', [A, B])], { output: outputs.C });
      return undefined;
    },
  }),
  defineOperator({
    ...common,
    name: 'QuickGelu',
    inputs: [required('X', 'T')],
    outputs: [required('Y', 'T')],
    attributes: { alpha: float(1.702) },
    infer: (context) => [tensorType(context.elementType(0), context.shape(0))],
    reference: ({ attributes: { alpha }, inputs }) => [
      applyUnary(tensorAt({ inputs }, 0), { number: (x) => x * sigmoid(alpha * x) }),
    ],
    expand: ({ attributes: { alpha }, inputs, outputs }, expansion) => {
      expansion.add('Swish', [inputs.X], { attributes: { alpha: floatAttribute(alpha) }, output: outputs.Y });
      return undefined;
    },
  }),
);
