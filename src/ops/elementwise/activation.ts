/** The activations of plain convolutional networks: functions of one number. */
import { float } from '../attributes.js';
import { family } from '../operator.js';
import { bfloat16s, reals, signed } from '../type-set.js';
import { defineUnary } from './unary.js';

export function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x));
}

export const activation = family(
  defineUnary({
    name: 'Relu',
    versions: [1, 6, 13, 14],
    takes: reals.from(13, bfloat16s).from(14, signed),
    kernel: () => ({
      number: (x) => Math.max(x, 0),
      bigint: (x) => (x < 0n ? 0n : x),
      loop: (x, out) => {
        for (let i = 0; i < x.length; i++) out[i] = Math.max(x[i]!, 0);
      },
    }),
  }),
  defineUnary({
    name: 'LeakyRelu',
    versions: [1, 6, 16],
    takes: reals.from(16, bfloat16s),
    attributes: { alpha: float(0.01) },
    kernel: ({ alpha }) => ({
      number: (x) => (x < 0 ? alpha * x : x),
      loop: (x, out) => {
        for (let i = 0; i < x.length; i++) out[i] = x[i]! < 0 ? alpha * x[i]! : x[i]!;
      },
    }),
  }),
  defineUnary({
    name: 'Sigmoid',
    versions: [1, 6, 13],
    takes: reals.from(13, bfloat16s),
    kernel: () => ({
      number: sigmoid,
      loop: (x, out) => {
        for (let i = 0; i < x.length; i++) out[i] = sigmoid(x[i]!);
      },
    }),
  }),
);
