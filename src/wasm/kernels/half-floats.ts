/** float32 rounded to what float16 and bfloat16 have, to nearest, ties to even: the numbers stay float32. */
import { floats, integers } from '../arithmetic.js';
import { type Local, type Operand, op } from '../expression.js';
import type { FunctionBuilder } from '../function.js';

export type RoundingName = 'float16' | 'bfloat16';

/** Drops the low bits, after adding a number that carries where they are above half, or half and the rest is odd. */
export function withoutLowBits(f: FunctionBuilder, words: Operand, bits: number): Operand {
  const odd = op('v128.and', op('i32x4.shr_u', words, bits), integers(f, 1));
  const carried = op('i32x4.add', op('i32x4.add', words, integers(f, (1 << (bits - 1)) - 1)), odd);
  return op('v128.and', carried, integers(f, -(1 << bits)));
}

function orNaN(f: FunctionBuilder, x: Operand, rounded: Operand): Local {
  return f.local('v128', op('v128.bitselect', rounded, x, op('f32x4.eq', x, x)));
}

function toBfloat16(f: FunctionBuilder, x: Operand): Local {
  return orNaN(f, x, withoutLowBits(f, x, 16));
}

function toFloat16(f: FunctionBuilder, x: Operand): Local {
  const magnitude = f.local('v128', op('f32x4.abs', x));
  const normal = f.local('v128', withoutLowBits(f, magnitude, 13));
  // Below 2^-14 the unit is 2^-24, which is that of float32 from 0.5 on: the addition rounds.
  const small = op('f32x4.sub', op('f32x4.add', magnitude, floats(f, 0.5)), floats(f, 0.5));
  const isSmall = op('f32x4.lt', magnitude, floats(f, 2 ** -14));
  const finite = f.local('v128', op('v128.bitselect', small, normal, isSmall));
  const isBeyond = op('f32x4.gt', finite, floats(f, 65504));
  const rounded = op('v128.bitselect', floats(f, Number.POSITIVE_INFINITY), finite, isBeyond);
  const sign = op('v128.and', x, integers(f, -(2 ** 31)));
  return orNaN(f, x, op('v128.or', rounded, sign));
}

export const roundings = {
  float16: toFloat16,
  bfloat16: toBfloat16,
};
