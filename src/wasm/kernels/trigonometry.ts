/**
 * sin and cos in four lanes. An angle is brought to [-pi/4, pi/4] by taking off a multiple of pi/2, in double precision, since
 * float32 has too few bits for both (W. J. Cody and W. Waite, "Software Manual for the Elementary Functions", chapter 8).
 */
import { floats, integers } from '../arithmetic.js';
import { type Local, type Operand, op, shuffle32, v128Const } from '../expression.js';
import type { FunctionBuilder } from '../function.js';
import { multiplyAdd } from './kernel.js';
import { choose, type EmitFunction, each, polynomial } from './lanes.js';

export type CircularName = 'sin' | 'cos';

/** pi/2 in parts; products of the first two, of 22 bits each, with integers below 2^31 are exact. */
const halfPi = [1.570796012878418, 3.139164164167596e-7, 6.223372171896613e-14] as const;
/** Adding it leaves the nearest integer in the low bits of the sum, for numbers below 2^51. */
const roundingConstant = 1.5 * 2 ** 52;

/** (sin(r) / r - 1) / r^2 in powers of r^2. */
const sinePolynomial = [-0.16666655242443085, 0.008332176133990288, -0.00019516977772582322];
/** (cos(r) - 1 + r^2 / 2) / r^4 in powers of r^2. */
const cosinePolynomial = [0.04166664555668831, -0.0013887364184483886, 0.000024438089894829318];

/** A number in two lanes of double precision. */
function doubles(f: FunctionBuilder, value: number): Local {
  return f.hoisted('v128', `f64x2 ${value}`, () => v128Const(new Uint8Array(new Float64Array(2).fill(value).buffer)));
}

interface Reduced {
  /** The nearest multiple of pi/2, modulo 2^32. */
  readonly quadrants: readonly Local[];
  readonly rests: readonly Local[];
}

function reduce(f: FunctionBuilder, x: readonly Operand[]): Reduced {
  const halves = [
    each(f, x, (v) => op('f64x2.promote_low_f32x4', v)),
    each(f, x, (v) => op('f64x2.promote_low_f32x4', shuffle32(v, v, [2, 3, 2, 3]))),
  ].map((angle) => {
    const shifted = each(f, angle, (v) =>
      op('f64x2.add', op('f64x2.mul', v, doubles(f, 2 / Math.PI)), doubles(f, roundingConstant)),
    );
    const n = each(f, shifted, (v) => op('f64x2.sub', v, doubles(f, roundingConstant)));
    let rest: readonly Local[] = angle;
    for (const part of halfPi) {
      rest = each(f, rest, (v, i) => op('f64x2.sub', v, op('f64x2.mul', n[i]!, doubles(f, part))));
    }
    return { shifted, rest: each(f, rest, (v) => op('f32x4.demote_f64x2_zero', v)) };
  });
  const [low, high] = halves as [(typeof halves)[0], (typeof halves)[0]];
  return {
    quadrants: each(f, low.shifted, (v, i) => shuffle32(v, high.shifted[i]!, [0, 2, 4, 6])),
    rests: each(f, low.rest, (v, i) => shuffle32(v, high.rest[i]!, [0, 1, 4, 5])),
  };
}

/**
 * sin(x + turn pi/2). Where x is beyond 3e9, multiples of pi/2 are rounded, and the result is within 1e-4 of the sine up to
 * 1e12; float32 has one number in each 65,536 there.
 */
function turned(turn: 0 | 1): EmitFunction {
  return (f, tier, x) => {
    const { quadrants, rests } = reduce(f, x);
    const quarters =
      turn === 0 ? quadrants : each(f, quadrants, (quadrant) => op('i32x4.add', quadrant, integers(f, turn)));
    const squares = each(f, rests, (r) => op('f32x4.mul', r, r));
    const sineTail = polynomial(f, tier, squares, sinePolynomial);
    const sines = each(f, sineTail, (tail, i) =>
      multiplyAdd(tier, tail, op('f32x4.mul', squares[i]!, rests[i]!), rests[i]!),
    );
    const cosineTail = polynomial(f, tier, squares, cosinePolynomial);
    const near = each(f, squares, (square) => op('f32x4.sub', floats(f, 1), op('f32x4.mul', square, floats(f, 0.5))));
    const cosines = each(f, cosineTail, (tail, i) =>
      multiplyAdd(tier, tail, op('f32x4.mul', squares[i]!, squares[i]!), near[i]!),
    );
    const isOdd = each(f, quarters, (quarter) => op('i32x4.shr_s', op('i32x4.shl', quarter, 31), 31));
    const signs = each(f, quarters, (quarter) => op('i32x4.shl', op('i32x4.shr_u', quarter, 1), 31));
    const values = choose(f, isOdd, cosines, sines);
    return each(f, values, (value, i) => op('v128.xor', value, signs[i]!));
  };
}

export const sine = turned(0);
export const cosine = turned(1);
