/** Functions of one number: signs, roots, exponentials, the error function. */
import { negateQuantity } from '../../ir/quantity.js';
import { family } from '../operator.js';
import { bfloat16s, numbers, reals, realsAndBfloat16s, signed } from '../type-set.js';
import { erf } from './erf.js';
import { absQuantity, signQuantity } from './symbolic.js';
import { defineUnary } from './unary.js';

/** A function of floats. The last version added bfloat16. */
export function realFunction<
  const N extends string,
  const I extends string = 'input',
  const O extends string = 'output',
>(
  name: N,
  versions: readonly number[],
  apply: (x: number) => number,
  names = ['input', 'output'] as unknown as readonly [I, O],
) {
  const takes = reals.from(versions.at(-1)!, bfloat16s);
  return defineUnary({ name, versions, names, takes, kernel: () => ({ number: apply }) });
}

export const math = family(
  realFunction('Sqrt', [1, 6, 13], Math.sqrt, ['X', 'Y']),
  realFunction('Exp', [1, 6, 13], Math.exp),
  realFunction('Log', [1, 6, 13], Math.log),
  realFunction('Reciprocal', [1, 6, 13], (x) => 1 / x, ['X', 'Y']),
  realFunction('Tanh', [1, 6, 13], Math.tanh),
  // Version 9 also takes integers; their results are truncated.
  defineUnary({
    name: 'Erf',
    versions: [9, 13],
    names: ['input', 'output'],
    takes: numbers.only(13, realsAndBfloat16s),
    kernel: () => ({ number: erf }),
  }),
  defineUnary({
    name: 'Abs',
    versions: [1, 6, 13],
    takes: reals.from(6, numbers).from(13, bfloat16s),
    kernel: () => ({ number: Math.abs, bigint: (x) => (x < 0n ? -x : x) }),
    quantity: absQuantity,
  }),
  defineUnary({
    name: 'Neg',
    versions: [1, 6, 13],
    takes: reals.from(6, signed).from(13, bfloat16s),
    kernel: () => ({ number: (x) => -x, bigint: (x) => -x }),
    quantity: negateQuantity,
  }),
  defineUnary({
    name: 'Sign',
    versions: [9, 13],
    takes: numbers.from(13, bfloat16s),
    names: ['input', 'output'],
    kernel: () => ({ number: Math.sign, bigint: (x) => (x > 0n ? 1n : x < 0n ? -1n : 0n) }),
    quantity: signQuantity,
  }),
);
