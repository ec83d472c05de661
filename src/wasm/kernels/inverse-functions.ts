/**
 * Hyperbolic functions and the inverses of trigonometric and hyperbolic ones in four lanes, for several vectors side by side,
 * accurate to a few units in the last place. The polynomials, and where one gives way to another, are those of the Cephes library
 * (S. L. Moshier, "Methods and Programs for Mathematical Functions"), single precision.
 */
import { floats } from '../arithmetic.js';
import { type Local, type Operand, op } from '../expression.js';
import type { FunctionBuilder } from '../function.js';
import { functions } from './functions.js';
import { multiplyAdd, type Tier } from './kernel.js';
import { absolute, choose, type EmitFunction, each, polynomial, withSign } from './lanes.js';

export type InverseFunctionName = 'sinh' | 'cosh' | 'asin' | 'acos' | 'atan' | 'asinh' | 'acosh' | 'atanh';

/** exp(|x|) / 2, by way of the root, since exp(|x|) overflows before its half does. */
function halfPower(f: FunctionBuilder, tier: Tier, magnitude: readonly Operand[]): Local[] {
  const halves = each(f, magnitude, (v) => op('f32x4.mul', v, floats(f, 0.5)));
  const roots = functions.exp(f, tier, halves);
  return each(f, roots, (v) => op('f32x4.mul', op('f32x4.mul', v, floats(f, 0.5)), v));
}

/** 1 / (4 h), which is exp(-|x|) / 2 for h = exp(|x|) / 2. */
function otherHalf(f: FunctionBuilder, half: Operand): Operand {
  return op('f32x4.div', floats(f, 0.25), half);
}

/** (sinh(x) / x - 1) / x^2 in powers of x^2, for |x| <= 1. */
const sinhPolynomial = [0.166667160211, 0.00833028376239, 0.000203721912945];

const sinh: EmitFunction = (f, tier, x) => {
  const magnitude = absolute(f, x);
  const half = halfPower(f, tier, magnitude);
  const large = each(f, half, (v) => op('f32x4.sub', v, otherHalf(f, v)));
  const isSmall = each(f, magnitude, (v) => op('f32x4.le', v, floats(f, 1)));
  return choose(f, isSmall, odd(f, tier, x, sinhPolynomial), withSign(f, large, x));
};

const cosh: EmitFunction = (f, tier, x) =>
  each(f, halfPower(f, tier, absolute(f, x)), (v) => op('f32x4.add', v, otherHalf(f, v)));

/** x + x^3 p(x^2) */
function odd(f: FunctionBuilder, tier: Tier, x: readonly Operand[], coefficients: readonly number[]): Local[] {
  const squares = each(f, x, (v) => op('f32x4.mul', v, v));
  const tail = polynomial(f, tier, squares, coefficients);
  const cubes = each(f, squares, (v, i) => op('f32x4.mul', v, x[i]!));
  return each(f, tail, (v, i) => multiplyAdd(tier, v, cubes[i]!, x[i]!));
}

/** (atan(x) / x - 1) / x^2 in powers of x^2, for |x| <= tan(pi/8). */
const atanPolynomial = [-0.333329491539, 0.199777106478, -0.138776856032, 0.0805374449538];

const atan: EmitFunction = (f, tier, x) => {
  const magnitude = absolute(f, x);
  const isLarge = each(f, magnitude, (v) => op('f32x4.gt', v, floats(f, Math.tan((3 * Math.PI) / 8))));
  const isMiddle = each(f, magnitude, (v) => op('f32x4.gt', v, floats(f, Math.tan(Math.PI / 8))));
  const one = magnitude.map(() => floats(f, 1));
  // atan(a) = pi/4 + atan((a - 1) / (a + 1)) = pi/2 + atan(-1 / a).
  const above = choose(
    f,
    isLarge,
    one.map(() => floats(f, -1)),
    choose(
      f,
      isMiddle,
      each(f, magnitude, (v) => op('f32x4.sub', v, floats(f, 1))),
      magnitude,
    ),
  );
  const sums = each(f, magnitude, (v) => op('f32x4.add', v, floats(f, 1)));
  const below = choose(f, isLarge, magnitude, choose(f, isMiddle, sums, one));
  const quotients = each(f, above, (v, i) => op('f32x4.div', v, below[i]!));
  const rest = odd(f, tier, quotients, atanPolynomial);
  const quarter = each(f, isMiddle, (mask) => op('v128.and', mask, floats(f, Math.PI / 4)));
  const turned = choose(
    f,
    isLarge,
    one.map(() => floats(f, Math.PI / 2)),
    quarter,
  );
  const values = each(f, rest, (v, i) => op('f32x4.add', turned[i]!, v));
  return withSign(f, values, x);
};

/** (asin(x) / x - 1) / x^2 in powers of x^2, for |x| <= 1/2. */
const asinPolynomial = [0.16666752422, 0.074953002686, 0.045470025998, 0.024181311049, 0.042163199048];

/** asin(|x|) where |x| <= 1/2, and asin(sqrt((1 - |x|) / 2)), half of acos(|x|), elsewhere. */
function arcs(f: FunctionBuilder, tier: Tier, x: readonly Operand[]) {
  const magnitude = absolute(f, x);
  const isLarge = each(f, magnitude, (v) => op('f32x4.gt', v, floats(f, 0.5)));
  const roots = each(f, magnitude, (v) =>
    op('f32x4.sqrt', op('f32x4.mul', op('f32x4.sub', floats(f, 1), v), floats(f, 0.5))),
  );
  return { isLarge, arcs: odd(f, tier, choose(f, isLarge, roots, magnitude), asinPolynomial) };
}

const asin: EmitFunction = (f, tier, x) => {
  const { isLarge, arcs: values } = arcs(f, tier, x);
  const large = each(f, values, (v) => op('f32x4.sub', floats(f, Math.PI / 2), op('f32x4.add', v, v)));
  return withSign(f, choose(f, isLarge, large, values), x);
};

const acos: EmitFunction = (f, tier, x) => {
  const { isLarge, arcs: values } = arcs(f, tier, x);
  const twice = each(f, values, (v) => op('f32x4.add', v, v));
  const isNegative = each(f, x, (v) => op('f32x4.lt', v, floats(f, 0)));
  const large = choose(
    f,
    isNegative,
    each(f, twice, (v) => op('f32x4.sub', floats(f, Math.PI), v)),
    twice,
  );
  const small = each(f, withSign(f, values, x), (v) => op('f32x4.sub', floats(f, Math.PI / 2), v));
  return choose(f, isLarge, large, small);
};

/** log(1 + x) for x that is not below 0, and for x below -1, of which it is NaN. */
function log1p(f: FunctionBuilder, tier: Tier, x: readonly Operand[]): Local[] {
  // log(u) x / (u - 1) for u = 1 + x as rounded, and x where u is 1.
  const u = each(f, x, (v) => op('f32x4.add', v, floats(f, 1)));
  const logs = functions.log(f, tier, u);
  const ratios = each(f, u, (v, i) => op('f32x4.div', x[i]!, op('f32x4.sub', v, floats(f, 1))));
  const scaled = each(f, logs, (v, i) => op('f32x4.mul', v, ratios[i]!));
  const isOne = each(f, u, (v) => op('f32x4.eq', v, floats(f, 1)));
  const isInfinite = each(f, u, (v) => op('f32x4.eq', v, floats(f, Number.POSITIVE_INFINITY)));
  return choose(f, isInfinite, u, choose(f, isOne, x, scaled));
}

/** From here on the square of x is all of x^2 + 1 and x^2 - 1 that float32 has. */
const large = 2 ** 13;

/** log(2x) where x is large. */
function logOfDouble(f: FunctionBuilder, tier: Tier, x: readonly Operand[]): Local[] {
  return each(f, functions.log(f, tier, x), (v) => op('f32x4.add', v, floats(f, Math.LN2)));
}

/** log1p(x + x^2 / (1 + sqrt(1 + x^2))) */
const asinh: EmitFunction = (f, tier, x) => {
  const magnitude = absolute(f, x);
  const isLarge = each(f, magnitude, (v) => op('f32x4.gt', v, floats(f, large)));
  const squares = each(f, magnitude, (v) => op('f32x4.mul', v, v));
  const roots = each(f, squares, (v) => op('f32x4.sqrt', op('f32x4.add', v, floats(f, 1))));
  const excess = each(f, squares, (v, i) => op('f32x4.div', v, op('f32x4.add', roots[i]!, floats(f, 1))));
  const near = log1p(
    f,
    tier,
    each(f, excess, (v, i) => op('f32x4.add', v, magnitude[i]!)),
  );
  return withSign(f, choose(f, isLarge, logOfDouble(f, tier, magnitude), near), x);
};

/** log1p(t + sqrt(2t + t^2)) for t = x - 1 */
const acosh: EmitFunction = (f, tier, x) => {
  const isLarge = each(f, x, (v) => op('f32x4.gt', v, floats(f, large)));
  const t = each(f, x, (v) => op('f32x4.sub', v, floats(f, 1)));
  const roots = each(f, t, (v) => op('f32x4.sqrt', op('f32x4.mul', v, op('f32x4.add', v, floats(f, 2)))));
  const near = log1p(
    f,
    tier,
    each(f, roots, (v, i) => op('f32x4.add', v, t[i]!)),
  );
  const isBelow = each(f, x, (v) => op('f32x4.lt', v, floats(f, 1)));
  const values = choose(f, isLarge, logOfDouble(f, tier, x), near);
  return choose(
    f,
    isBelow,
    x.map(() => floats(f, Number.NaN)),
    values,
  );
};

/** log1p(2x / (1 - x)) / 2 */
const atanh: EmitFunction = (f, tier, x) => {
  const magnitude = absolute(f, x);
  const twice = each(f, magnitude, (v) => op('f32x4.add', v, v));
  const quotients = each(f, twice, (v, i) => op('f32x4.div', v, op('f32x4.sub', floats(f, 1), magnitude[i]!)));
  const values = each(f, log1p(f, tier, quotients), (v) => op('f32x4.mul', v, floats(f, 0.5)));
  return withSign(f, values, x);
};

export const inverseFunctions: Readonly<Record<InverseFunctionName, EmitFunction>> = {
  sinh,
  cosh,
  asin,
  acos,
  atan,
  asinh,
  acosh,
  atanh,
};
