/** ArgMax, ArgMin. */
import { defineProblem, fail } from '../../diagnostics.js';
import { isBigInt } from '../../ir/element-type.js';
import { numbersOf } from '../../ir/numeric.js';
import { tensorType } from '../../ir/shape.js';
import { elementCount, Tensor } from '../../ir/tensor.js';
import { normalizeAxis, tensorAt } from '../arguments.js';
import { flag, int } from '../attributes.js';
import { requireNonEmpty } from '../elementwise/symbolic.js';
import { defineOperator, family } from '../operator.js';
import { required } from '../signature.js';
import { bfloat16s, int64s, numbers } from '../type-set.js';
import { reducedShape } from './axes.js';
import { linesAlong } from './lines.js';

type Element = number | bigint;

const nothingToChoose = defineProblem('US2007', { axis: 'integer' }, ({ axis }) => ({
  message: `axis ${axis} has no elements to choose from`,
  expected: 'at least 1',
  actual: '0',
}));

/** The index of the best element of each line; NaN wins over any number, as in numpy. */
function bestIndices(
  x: Tensor,
  axis: number,
  isBetter: (a: Element, b: Element) => boolean,
  takesLast: boolean,
): BigInt64Array {
  const { length, stride, starts } = linesAlong(x.dims, axis);
  const out = new BigInt64Array(elementCount(x.dims.toSpliced(axis, 1)));
  if (length === 0 && out.length > 0) {
    fail(nothingToChoose({ axis }));
  }
  const values: ArrayLike<Element> = isBigInt(x.type) ? (x.data as BigInt64Array) : numbersOf(x);
  let line = 0;
  for (const start of starts) {
    let best = 0;
    let bestValue = values[start]!;
    for (let i = 1; i < length; i++) {
      const value = values[start + i * stride]!;
      const isTie = value === bestValue || (Number.isNaN(value) && Number.isNaN(bestValue));
      const replaces = isTie
        ? takesLast
        : !Number.isNaN(bestValue) && (isBetter(value, bestValue) || Number.isNaN(value));
      if (!replaces) continue;
      best = i;
      bestValue = value;
    }
    out[line++] = BigInt(best);
  }
  return out;
}

function defineArg<const N extends string>(name: N, isBetter: (a: Element, b: Element) => boolean) {
  return defineOperator({
    name,
    versions: [1, 11, 12, 13],
    inputs: [required('data', 'T')],
    outputs: [required('reduced', int64s)],
    types: { T: numbers.from(13, bfloat16s) },
    attributes: { axis: int(0), keepdims: flag(true), select_last_index: flag(false).from(12) },
    infer: (context) => {
      const shape = context.shape(0);
      if (shape === undefined) return [tensorType('int64', undefined)];
      const axis = normalizeAxis(context.attributes.axis, shape.length);
      const isReduced = shape.map((_, i) => i === axis);
      requireNonEmpty(context, shape[axis]!, `the elements along axis ${axis}`, () => nothingToChoose({ axis }));
      return [tensorType('int64', reducedShape(shape, isReduced, context.attributes.keepdims))];
    },
    reference: (context) => {
      const { keepdims, select_last_index } = context.attributes;
      const x = tensorAt(context, 0);
      const axis = normalizeAxis(context.attributes.axis, x.dims.length);
      const isReduced = x.dims.map((_, i) => i === axis);
      const indices = bestIndices(x, axis, isBetter, select_last_index);
      return [new Tensor('int64', reducedShape(x.dims, isReduced, keepdims), indices)];
    },
  });
}

export const argExtrema = family(
  defineArg('ArgMax', (a, b) => a > b),
  defineArg('ArgMin', (a, b) => a < b),
);
