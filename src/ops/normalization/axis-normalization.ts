/** LpNormalization and MeanVarianceNormalization: normalizations along given axes, without parameters. */
import { numbersOf, tensorFromNumbers } from '../../ir/numeric.js';
import { tensorType } from '../../ir/shape.js';
import { normalizeAxis, tensorAt } from '../arguments.js';
import { int, ints } from '../attributes.js';
import { defineOperator, family } from '../operator.js';
import { required } from '../signature.js';
import { bfloat16s, reals } from '../type-set.js';
import { expandLpNormalization, expandMeanVariance } from './axis-expansion.js';
import { groupsOver, meanOf, meanSquareOf, minusMean } from './statistics.js';

/** If all elements along the axis are zero, the result is zero. */
const lpNormalization = defineOperator({
  name: 'LpNormalization',
  versions: [1, 22],
  inputs: [required('input', 'T')],
  outputs: [required('output', 'T')],
  types: { T: reals.from(22, bfloat16s) },
  attributes: { axis: int(-1), p: int(2).oneOf(1, 2) },
  infer: (context) => {
    const shape = context.shape(0);
    if (shape !== undefined) normalizeAxis(context.attributes.axis, shape.length);
    return [tensorType(context.elementType(0), shape)];
  },
  reference: (context) => {
    const { axis, p } = context.attributes;
    const x = tensorAt(context, 0);
    const numbers = numbersOf(x);
    const groups = groupsOver(x.dims, [normalizeAxis(axis, x.dims.length)]);
    const norms = new Float64Array(groups.count);
    for (let i = 0; i < numbers.length; i++) {
      norms[groups.of[i]!]! += p === 1 ? Math.abs(numbers[i]!) : numbers[i]! * numbers[i]!;
    }
    if (p === 2) for (let g = 0; g < norms.length; g++) norms[g] = Math.sqrt(norms[g]!);
    const values = new Float64Array(numbers).map((value, i) => {
      const norm = norms[groups.of[i]!]!;
      return norm === 0 ? 0 : value / norm;
    });
    return [tensorFromNumbers(x.type, x.dims, values)];
  },
  expand: ({ attributes, inputs, outputs }, expansion) =>
    expandLpNormalization(expansion, attributes, inputs.input, outputs.output),
});

/** Added to the standard deviation in the specification's function body. */
const deviationFloor = 1e-9;

const meanVarianceNormalization = defineOperator({
  name: 'MeanVarianceNormalization',
  versions: [9, 13],
  inputs: [required('X', 'T')],
  outputs: [required('Y', 'T')],
  types: { T: reals.from(13, bfloat16s) },
  attributes: { axes: ints([0, 2, 3]) },
  infer: (context) => {
    const shape = context.shape(0);
    if (shape !== undefined) for (const axis of context.attributes.axes) normalizeAxis(axis, shape.length);
    return [tensorType(context.elementType(0), shape)];
  },
  reference: (context) => {
    const x = tensorAt(context, 0);
    const numbers = numbersOf(x);
    const axes = context.attributes.axes.map((axis) => normalizeAxis(axis, x.dims.length));
    const groups = groupsOver(x.dims, [...new Set(axes)]);
    const values = minusMean(numbers, groups, meanOf(numbers, groups));
    const deviation = meanSquareOf(values, groups).map(Math.sqrt);
    for (let i = 0; i < values.length; i++) values[i]! /= deviation[groups.of[i]!]! + deviationFloor;
    return [tensorFromNumbers(x.type, x.dims, values)];
  },
  expand: ({ attributes: { axes }, inputs, outputs }, expansion) =>
    expandMeanVariance(expansion, axes, deviationFloor, inputs.X, outputs.Y),
});

export const axisNormalizations = family(lpNormalization, meanVarianceNormalization);
