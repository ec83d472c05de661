/** Activations beyond those of plain convolutional networks: functions of one number with constants from attributes. */
import { float, text } from '../attributes.js';
import { family } from '../operator.js';
import { bfloat16s, float32s, numbers, reals, realsAndBfloat16s } from '../type-set.js';
import { sigmoid } from './activation.js';
import { erfc } from './erf.js';
import { defineUnary } from './unary.js';

function hardSwish(x: number): number {
  return x * Math.max(0, Math.min(1, x / 6 + 0.5));
}

/** ln(1 + eˣ) without overflow. */
function softplus(x: number): number {
  return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
}

/** ½x·(1 + erf(x/√2)). */
function gelu(x: number): number {
  return x * 0.5 * erfc(-x * Math.SQRT1_2);
}

function geluTanh(x: number): number {
  return 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)));
}

export const smoothActivation = family(
  defineUnary({
    name: 'ThresholdedRelu',
    versions: [10, 22],
    takes: reals.from(22, bfloat16s),
    attributes: { alpha: float(1) },
    kernel: ({ alpha }) => ({ number: (x) => (x <= alpha ? 0 : x) }),
  }),
  defineUnary({
    name: 'Elu',
    versions: [1, 6, 22],
    takes: reals.from(22, bfloat16s),
    attributes: { alpha: float(1) },
    kernel: ({ alpha }) => ({ number: (x) => (x < 0 ? alpha * Math.expm1(x) : x) }),
  }),
  defineUnary({
    name: 'Selu',
    versions: [1, 6, 22],
    takes: reals.from(22, bfloat16s),
    // Version 1 has the rounded defaults 1.6732 and 1.0507.
    attributes: { alpha: float(1.6732632423543772), gamma: float(1.0507009873554805) },
    kernel: ({ alpha, gamma }) => ({ number: (x) => gamma * (x <= 0 ? alpha * Math.expm1(x) : x) }),
  }),
  defineUnary({
    name: 'Celu',
    versions: [12, 28],
    takes: float32s.from(28, realsAndBfloat16s),
    attributes: { alpha: float(1) },
    kernel: ({ alpha }) => ({ number: (x) => Math.max(0, x) + Math.min(0, alpha * Math.expm1(x / alpha)) }),
  }),
  defineUnary({
    name: 'HardSigmoid',
    versions: [1, 6, 22],
    takes: reals.from(22, bfloat16s),
    attributes: { alpha: float(0.2), beta: float(0.5) },
    kernel: ({ alpha, beta }) => ({ number: (x) => Math.max(0, Math.min(1, alpha * x + beta)) }),
  }),
  defineUnary({
    name: 'HardSwish',
    versions: [14, 22],
    takes: reals.from(22, bfloat16s),
    kernel: () => ({
      number: hardSwish,
      loop: (x, out) => {
        for (let i = 0; i < x.length; i++) out[i] = hardSwish(x[i]!);
      },
    }),
  }),
  defineUnary({
    name: 'Swish',
    versions: [24],
    takes: realsAndBfloat16s,
    attributes: { alpha: float(1) },
    kernel: ({ alpha }) => ({ number: (x) => x * sigmoid(alpha * x) }),
  }),
  defineUnary({
    name: 'Mish',
    versions: [18, 22],
    takes: reals.from(22, bfloat16s),
    kernel: () => ({ number: (x) => x * Math.tanh(softplus(x)) }),
  }),
  defineUnary({
    name: 'Softplus',
    versions: [1, 22],
    takes: reals.from(22, bfloat16s),
    kernel: () => ({ number: softplus }),
  }),
  defineUnary({
    name: 'Softsign',
    versions: [1, 22],
    takes: reals.from(22, bfloat16s),
    names: ['input', 'output'],
    kernel: () => ({ number: (x) => x / (1 + Math.abs(x)) }),
  }),
  defineUnary({
    name: 'Gelu',
    versions: [20],
    takes: realsAndBfloat16s,
    attributes: { approximate: text('none').oneOf('none', 'tanh') },
    kernel: ({ approximate }) => ({ number: approximate === 'tanh' ? geluTanh : gelu }),
  }),
  defineUnary({
    name: 'Shrink',
    versions: [9],
    takes: numbers,
    names: ['input', 'output'],
    attributes: { bias: float(0), lambd: float(0.5) },
    kernel: ({ bias, lambd }) => ({ number: (x) => (x < -lambd ? x + bias : x > lambd ? x - bias : 0) }),
  }),
);
