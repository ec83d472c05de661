/** Steps of functions that are emitted for several vectors of four lanes, side by side. */
import { floats, integers } from '../arithmetic.js';
import { type Local, type Operand, op } from '../expression.js';
import type { FunctionBuilder } from '../function.js';
import { multiplyAdd, type Tier } from './kernel.js';

/** Emits a function of several vectors, side by side. */
export type EmitFunction = (f: FunctionBuilder, tier: Tier, x: readonly Operand[]) => Local[];

/** One operation for each vector, kept in locals. */
export function each(f: FunctionBuilder, xs: readonly Operand[], make: (x: Operand, i: number) => Operand): Local[] {
  return xs.map((x, i) => f.local('v128', make(x, i)));
}

/** c[0] + c[1] x + c[2] x^2 + ... */
export function polynomial(
  f: FunctionBuilder,
  tier: Tier,
  x: readonly Operand[],
  coefficients: readonly number[],
): Local[] {
  const [highest, ...others] = [...coefficients].reverse() as [number, ...number[]];
  let sum: Operand[] = x.map(() => floats(f, highest));
  for (const coefficient of others) sum = each(f, x, (v, i) => multiplyAdd(tier, sum[i]!, v, floats(f, coefficient)));
  return sum as Local[];
}

export function absolute(f: FunctionBuilder, x: readonly Operand[]): Local[] {
  return each(f, x, (v) => op('f32x4.abs', v));
}

/** The magnitude of one vector with the signs of another. */
export function withSign(f: FunctionBuilder, magnitude: readonly Operand[], sign: readonly Operand[]): Local[] {
  return each(f, magnitude, (v, i) => op('v128.or', v, op('v128.and', sign[i]!, integers(f, -(2 ** 31)))));
}

export function choose(
  f: FunctionBuilder,
  masks: readonly Operand[],
  a: readonly Operand[],
  b: readonly Operand[],
): Local[] {
  return each(f, masks, (mask, i) => op('v128.bitselect', a[i]!, b[i]!, mask));
}
