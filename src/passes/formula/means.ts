/** Means over axes, and what is made of them: values from which the mean is taken and which are divided by the deviation. */
import { reductions } from '../../ops/reduction/reduce.js';
import { integersAt } from '../constants.js';
import { rankOf } from '../output-channels.js';
import { type Any, type Expression, type Integers, operation, type Scalar } from './expression.js';
import { add, div, pow, reciprocal, sqrt, sub } from './operators.js';

/** The mean over axes, which stay with size 1. The axes are counted from the front. */
export function mean(of: Expression, axes: Integers): Expression {
  return operation(reductions.ReduceMean, { data: of }, ({ attributes, inputs }, { editor, inference }) => {
    const rank = rankOf(inputs.data, inference);
    const listed = attributes.axes ?? integersAt(inputs.axes, editor);
    if (!attributes.keepdims || rank === undefined || listed === undefined || listed.length === 0) return undefined;
    return [[axes, listed.map((axis) => (axis < 0 ? axis + rank : axis)).sort((a, b) => a - b)]];
  });
}

/** Parts of (x − mean)/Sqrt(variance + epsilon), mean and variance over the same axes. */
export interface Standardization {
  readonly mean: Expression;
  /** 1/Sqrt(variance + epsilon). */
  readonly reciprocal: Expression;
  readonly standardized: Expression;
}

export function standardization(x: Any, axes: Integers, epsilon: Scalar): Standardization {
  const average = mean(x, axes);
  const centered = sub(x, average);
  const variance = mean(pow(centered, 2), axes);
  const deviation = sqrt(add(variance, epsilon));
  return { mean: average, reciprocal: reciprocal(deviation), standardized: div(centered, deviation) };
}
