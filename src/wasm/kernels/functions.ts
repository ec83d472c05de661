/**
 * exp, log, tanh, sigmoid, erf and softplus in four lanes, for several vectors side by side, accurate to a few units
 * in the last place. The polynomials are minimax fits of the functions named, made in double precision by weighted least squares
 * on Chebyshev nodes, then rounded to f32.
 */
import { floats, integers } from '../arithmetic.js';
import { type Expression, type Operand, op } from '../expression.js';
import { multiplyAdd } from './kernel.js';
import { absolute, choose, type EmitFunction, each, polynomial, withSign } from './lanes.js';

export type TranscendentalName = 'exp' | 'log' | 'tanh' | 'sigmoid' | 'erf' | 'softplus';

/** Adding it leaves the nearest integer in the low bits of the sum, for numbers below 2^22. */
const roundingConstant = 1.5 * 2 ** 23;
const roundingBits = 0x4b400000;
/** ln 2 in two parts: multiples of the first, up to 2^9, are exact. */
const ln2High = 0.693359375;
const ln2Low = Math.LN2 - ln2High;

/** (exp(r) - 1 - r) / r^2 for |r| <= ln(2) / 2. */
const expPolynomial = [0.5, 0.16666665673, 0.041666295379, 0.0083334976807, 0.00139447581, 0.00019790243824];

/** One instruction each, where f32x4.min and max are several, for the sake of zeros and NaN: a NaN stays one here as well. */
function atLeast(value: Operand, bound: Operand): Expression {
  return op('f32x4.pmax', value, bound);
}

function atMost(value: Operand, bound: Operand): Expression {
  return op('f32x4.pmin', value, bound);
}

/** exp(x) = 2^n exp(r); 2^n in two factors, so that what overflows becomes infinite and what underflows 0. */
const exp: EmitFunction = (f, tier, x) => {
  const clamped = each(f, x, (v) => atMost(atLeast(v, floats(f, -104)), floats(f, 89)));
  const shifted = each(f, clamped, (v) =>
    op('f32x4.add', op('f32x4.mul', v, floats(f, Math.LOG2E)), floats(f, roundingConstant)),
  );
  const n = each(f, shifted, (v) => op('f32x4.sub', v, floats(f, roundingConstant)));
  const high = each(f, n, (v, i) => op('f32x4.sub', clamped[i]!, op('f32x4.mul', v, floats(f, ln2High))));
  const r = each(f, n, (v, i) => op('f32x4.sub', high[i]!, op('f32x4.mul', v, floats(f, ln2Low))));
  const tail = polynomial(f, tier, r, expPolynomial);
  const square = each(f, r, (v) => op('f32x4.mul', v, v));
  const rest = each(f, tail, (v, i) => multiplyAdd(tier, v, square[i]!, r[i]!));
  const mantissa = each(f, rest, (v) => op('f32x4.add', v, floats(f, 1)));
  const exponent = each(f, shifted, (v) => op('i32x4.sub', v, integers(f, roundingBits)));
  const half = each(f, exponent, (v) => op('i32x4.shr_s', v, 1));
  const power = (e: readonly Operand[]) => each(f, e, (v) => op('i32x4.shl', op('i32x4.add', v, integers(f, 127)), 23));
  const first = power(half);
  const second = power(each(f, exponent, (v, i) => op('i32x4.sub', v, half[i]!)));
  return each(f, mantissa, (v, i) => op('f32x4.mul', op('f32x4.mul', v, first[i]!), second[i]!));
};

/** (log(1 + r) - r + r^2 / 2) / r^3 for 1 + r from sqrt(1/2) to sqrt(2). */
const logPolynomial = [
  0.33333313465, -0.25000008941, 0.20002123713, -0.16668005287, 0.14219452441, -0.12405340374, 0.11888696998,
  -0.11677515507, 0.067477308214,
];

/** log(x) = e ln 2 + log(1 + r); below the normal numbers it is that of the smallest, -Infinity at 0, NaN below. */
const log: EmitFunction = (f, tier, x) => {
  const normal = each(f, x, (v) => atLeast(v, floats(f, 2 ** -126)));
  // The exponent of x / sqrt(1/2), so that the rest is around 1.
  const bits = each(f, normal, (v) => op('i32x4.sub', v, integers(f, 0x3f3504f3)));
  const e = each(f, bits, (v) => op('i32x4.shr_s', v, 23));
  const exponent = each(f, e, (v) => op('f32x4.convert_i32x4_s', v));
  const mantissa = each(f, e, (v, i) => op('i32x4.sub', normal[i]!, op('i32x4.shl', v, 23)));
  const r = each(f, mantissa, (v) => op('f32x4.sub', v, floats(f, 1)));
  const square = each(f, r, (v) => op('f32x4.mul', v, v));
  const tail = polynomial(f, tier, r, logPolynomial);
  const cube = each(f, square, (v, i) => op('f32x4.mul', v, r[i]!));
  const low = each(f, exponent, (v) => op('f32x4.mul', v, floats(f, ln2Low)));
  const correction = each(f, tail, (v, i) => multiplyAdd(tier, v, cube[i]!, low[i]!));
  const second = each(f, square, (v, i) => op('f32x4.sub', correction[i]!, op('f32x4.mul', v, floats(f, 0.5))));
  const near = each(f, second, (v, i) => op('f32x4.add', v, r[i]!));
  const finite = each(f, exponent, (v, i) => multiplyAdd(tier, v, floats(f, ln2High), near[i]!));
  const isPositive = each(f, x, (v) => op('f32x4.gt', v, floats(f, 0)));
  // 0 gives -Infinity; NaN and below 0 give NaN.
  const special = each(f, x, (v) => op('f32x4.add', op('f32x4.sqrt', v), floats(f, Number.NEGATIVE_INFINITY)));
  const isInfinite = each(f, x, (v) => op('f32x4.eq', v, floats(f, Number.POSITIVE_INFINITY)));
  return choose(f, isInfinite, x, choose(f, isPositive, finite, special));
};

/** (tanh(x) / x - 1) / x^2 in powers of x^2, for |x| <= 0.65. */
const tanhPolynomial = [
  -0.33333328366, 0.13333152235, -0.053939942271, 0.021663403139, -0.0080856261775, 0.0020595807582,
];

const tanh: EmitFunction = (f, tier, x) => {
  const magnitude = absolute(f, x);
  const square = each(f, x, (v) => op('f32x4.mul', v, v));
  const tail = polynomial(f, tier, square, tanhPolynomial);
  const cube = each(f, square, (v, i) => op('f32x4.mul', v, x[i]!));
  const small = each(f, tail, (v, i) => multiplyAdd(tier, v, cube[i]!, x[i]!));
  const powers = exp(
    f,
    tier,
    each(f, magnitude, (v) => op('f32x4.add', v, v)),
  );
  const large = each(f, powers, (v) =>
    op('f32x4.sub', floats(f, 1), op('f32x4.div', floats(f, 2), op('f32x4.add', v, floats(f, 1)))),
  );
  const isSmall = each(f, magnitude, (v) => op('f32x4.lt', v, floats(f, 0.625)));
  return choose(f, isSmall, small, withSign(f, large, x));
};

const sigmoid: EmitFunction = (f, tier, x) => {
  const powers = exp(
    f,
    tier,
    each(f, x, (v) => op('f32x4.neg', v)),
  );
  return each(f, powers, (v) => op('f32x4.div', floats(f, 1), op('f32x4.add', v, floats(f, 1))));
};

/** erf(x) / x in powers of x^2, for |x| <= 1. */
const erfSmall = [
  1.1283791065, -0.37612625957, 0.11283585429, -0.026853812858, 0.0051883277483, -0.00080101937056, 0.000078538614664,
];
/** -log(1 - erf(x)) for x from 0.95 to 4.1. */
const erfLarge = [
  -0.00018245937827, 1.1295520067, 0.63327240944, 0.10836154222, -0.025171803311, 0.0041908533312, -0.00043852944509,
  0.00002144552127,
];

const erf: EmitFunction = (f, tier, x) => {
  const magnitude = absolute(f, x);
  // Above 4, erf is 1 in f32.
  const bounded = each(f, magnitude, (v) => atMost(v, floats(f, 4)));
  const square = each(f, bounded, (v) => op('f32x4.mul', v, v));
  const quotient = polynomial(f, tier, square, erfSmall);
  const small = each(f, quotient, (v, i) => op('f32x4.mul', v, x[i]!));
  const exponents = polynomial(f, tier, bounded, erfLarge);
  const powers = exp(
    f,
    tier,
    each(f, exponents, (v) => op('f32x4.neg', v)),
  );
  const large = each(f, powers, (v) => op('f32x4.sub', floats(f, 1), v));
  const isSmall = each(f, magnitude, (v) => op('f32x4.lt', v, floats(f, 1)));
  return choose(f, isSmall, small, withSign(f, large, x));
};

/** log(1 + exp(x)) = max(x, 0) + log1p(exp(-|x|)). */
const softplus: EmitFunction = (f, tier, x) => {
  const powers = exp(
    f,
    tier,
    each(f, x, (v) => op('f32x4.neg', op('f32x4.abs', v))),
  );
  // log1p(e) = log(u) e / (u - 1) for u = 1 + e as rounded, and e where u is 1.
  const u = each(f, powers, (v) => op('f32x4.add', v, floats(f, 1)));
  const logs = log(f, tier, u);
  const ratio = each(f, u, (v, i) => op('f32x4.div', powers[i]!, op('f32x4.sub', v, floats(f, 1))));
  const scaled = each(f, ratio, (v, i) => op('f32x4.mul', v, logs[i]!));
  const isOne = each(f, u, (v) => op('f32x4.eq', v, floats(f, 1)));
  const log1p = choose(f, isOne, powers, scaled);
  return each(f, log1p, (v, i) => op('f32x4.add', v, atLeast(x[i]!, floats(f, 0))));
};

export const functions: Readonly<Record<TranscendentalName, EmitFunction>> = {
  exp,
  log,
  tanh,
  sigmoid,
  erf,
  softplus,
};
