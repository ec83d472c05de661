/** Functions of one number: signs, roots, exponentials, trigonometry, the error function. */
import { negateQuantity } from '../../ir/quantity.js';
import { family } from '../operator.js';
import { erf } from './erf.js';
import { absQuantity, signQuantity } from './symbolic.js';
import { defineUnary } from './unary.js';

function floatFunction<const N extends string>(name: N, versions: readonly number[], apply: (x: number) => number) {
  return defineUnary({ name, versions, takes: 'float', kernel: () => ({ number: apply }) });
}

export const math = family(
  floatFunction('Sqrt', [1, 6, 13], Math.sqrt),
  floatFunction('Exp', [1, 6, 13], Math.exp),
  floatFunction('Log', [1, 6, 13], Math.log),
  floatFunction('Reciprocal', [1, 6, 13], (x) => 1 / x),
  floatFunction('Sin', [7, 22], Math.sin),
  floatFunction('Cos', [7, 22], Math.cos),
  floatFunction('Tan', [7, 22], Math.tan),
  floatFunction('Asin', [7, 22], Math.asin),
  floatFunction('Acos', [7, 22], Math.acos),
  floatFunction('Atan', [7, 22], Math.atan),
  floatFunction('Sinh', [9, 22], Math.sinh),
  floatFunction('Cosh', [9, 22], Math.cosh),
  floatFunction('Tanh', [1, 6, 13], Math.tanh),
  floatFunction('Asinh', [9, 22], Math.asinh),
  floatFunction('Acosh', [9, 22], Math.acosh),
  floatFunction('Atanh', [9, 22], Math.atanh),
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
);
