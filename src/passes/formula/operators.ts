/** Mathematics as exporters spell it: each of these is the operator of its name, or other nodes that mean the same. */
import { activation } from '../../ops/elementwise/activation.js';
import { arithmetic } from '../../ops/elementwise/arithmetic.js';
import { clipping } from '../../ops/elementwise/clip.js';
import { comparison } from '../../ops/elementwise/comparison.js';
import { math } from '../../ops/elementwise/math.js';
import { powers } from '../../ops/elementwise/power.js';
import { variadic } from '../../ops/elementwise/variadic.js';
import { where as selecting } from '../../ops/elementwise/where.js';
import { scalarOf } from '../constants.js';
import { commutative, type Either, type Expression, either, mul, type NumberLike, operation } from './expression.js';

export const erf = (x: Expression) => operation(math.Erf, { input: x });
export const tanh = (x: Expression) => operation(math.Tanh, { input: x });
export const relu = (x: Expression) => operation(activation.Relu, { X: x });
export const where = (condition: Expression, yes: Expression, no: Expression) =>
  operation(selecting.Where, { condition, X: yes, Y: no });
export const max = (a: Expression, b: Expression) => commutative(variadic.Max, a, b);

/** One Mul, whose operands may be constants of any shape; a product of more nodes, or with numbers, is `mul`. */
export const times = (a: Expression, b: Expression) => commutative(arithmetic.Mul, a, b);

/** One Add, or a Sub of the opposite number. */
export function add(a: Expression | number, b: Expression): Expression {
  const sum = commutative(arithmetic.Add, a, b);
  return typeof a === 'number' ? either(sum, operation(arithmetic.Sub, { A: b, B: -a })) : sum;
}

export const sub = (a: Expression, b: Expression) => operation(arithmetic.Sub, { A: a, B: b });

/** −x. */
export const neg = (x: Expression) => either(operation(math.Neg, { X: x }), mul(-1, x));

/** x to the power of 2 or 3: by Pow, by Mul, or by both. */
export function pow(x: Expression, exponent: 2 | 3): Either {
  const power = (of: number) => operation(powers.Pow, { X: x, Y: of });
  const products = exponent === 2 ? [[power(2)], [x, x]] : [[power(3)], [x, power(2)], [x, x, x]];
  return either(...products.map((factors) => mul(...factors)));
}

export function sqrt(x: Expression): Either {
  return { ...either(operation(math.Sqrt, { X: x }), operation(powers.Pow, { X: x, Y: 0.5 })), radicand: x };
}

/** 1/x. */
export function reciprocal(x: Expression): Expression {
  const quotients = [operation(math.Reciprocal, { X: x }), operation(arithmetic.Div, { A: 1, B: x })];
  const radicand = x.kind === 'either' ? x.radicand : undefined;
  return either(...quotients, ...(radicand === undefined ? [] : [operation(powers.Pow, { X: radicand, Y: -0.5 })]));
}

/** a/b, or a times the reciprocal of b; a quotient by a number is `mul` by its reciprocal. */
export const div = (a: Expression, b: Expression) =>
  either(operation(arithmetic.Div, { A: a, B: b }), times(a, reciprocal(b)));

/** max(low, min(high, x)): by Clip, by Min and Max in either order, by Min of a Relu. */
export function clip(x: Expression, low: 0, high: NumberLike): Expression {
  const clipped = operation(clipping.Clip, { input: x }, ({ attributes, inputs }, { editor }) => {
    // Bounds are inputs from version 11 on, which has no attributes for them.
    const least = attributes.min ?? scalarOf(inputs.min, editor);
    const most = attributes.max ?? scalarOf(inputs.max, editor);
    if (least === undefined || most === undefined) return undefined;
    return [
      [low, least],
      [high, most],
    ];
  });
  const atLeast = either(commutative(variadic.Max, x, low), relu(x));
  const atMost = commutative(variadic.Min, x, high);
  return either(clipped, commutative(variadic.Min, atLeast, high), commutative(variadic.Max, atMost, low));
}

/** x > 0 or x ≥ 0, however it is asked. */
export const isPositive = (x: Expression) =>
  either(
    ...[comparison.Greater, comparison.GreaterOrEqual].map((operator) => operation(operator, { A: x, B: 0 })),
    ...[comparison.Less, comparison.LessOrEqual].map((operator) => operation(operator, { A: 0, B: x })),
  );

/** x < 0 or x ≤ 0, however it is asked. */
export const isNegative = (x: Expression) =>
  either(
    ...[comparison.Less, comparison.LessOrEqual].map((operator) => operation(operator, { A: x, B: 0 })),
    ...[comparison.Greater, comparison.GreaterOrEqual].map((operator) => operation(operator, { A: 0, B: x })),
  );
