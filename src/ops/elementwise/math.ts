/** Functions of one number: signs, roots, exponentials, trigonometry, the error function. */
import { negateQuantity } from '../../ir/quantity.js';
import type { Operator } from '../operator.js';
import { erf } from './erf.js';
import { absQuantity, signQuantity } from './symbolic.js';
import { defineUnary } from './unary.js';

const floatFunctions: readonly (readonly [name: string, versions: readonly number[], apply: (x: number) => number])[] =
  [
    ['Sqrt', [1, 6, 13], Math.sqrt],
    ['Exp', [1, 6, 13], Math.exp],
    ['Log', [1, 6, 13], Math.log],
    ['Reciprocal', [1, 6, 13], (x) => 1 / x],
    ['Sin', [7, 22], Math.sin],
    ['Cos', [7, 22], Math.cos],
    ['Tan', [7, 22], Math.tan],
    ['Asin', [7, 22], Math.asin],
    ['Acos', [7, 22], Math.acos],
    ['Atan', [7, 22], Math.atan],
    ['Sinh', [9, 22], Math.sinh],
    ['Cosh', [9, 22], Math.cosh],
    ['Tanh', [1, 6, 13], Math.tanh],
    ['Asinh', [9, 22], Math.asinh],
    ['Acosh', [9, 22], Math.acosh],
    ['Atanh', [9, 22], Math.atanh],
  ];

export const math: readonly Operator[] = [
  ...floatFunctions.map(([name, versions, apply]) =>
    defineUnary({ name, versions, takes: 'float', kernel: () => ({ number: apply }) }),
  ),
  // Version 9 takes integers too: their results are cut to whole numbers.
  defineUnary({ name: 'Erf', versions: [9, 13], takes: 'number', kernel: () => ({ number: erf }) }),
  defineUnary({
    name: 'Abs',
    versions: [1, 6, 13],
    takes: 'number',
    kernel: () => ({ number: Math.abs, bigint: (x) => (x < 0n ? -x : x) }),
    quantity: absQuantity,
  }),
  defineUnary({
    name: 'Neg',
    versions: [1, 6, 13],
    takes: 'signed',
    kernel: () => ({ number: (x) => -x, bigint: (x) => -x }),
    quantity: negateQuantity,
  }),
  defineUnary({
    name: 'Sign',
    versions: [9, 13],
    takes: 'number',
    kernel: () => ({ number: Math.sign, bigint: (x) => (x > 0n ? 1n : x < 0n ? -1n : 0n) }),
    quantity: signQuantity,
  }),
];
