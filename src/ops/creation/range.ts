/** Range: start, start + delta, … up to limit, which is not reached. */
import { fail } from '../../diagnostics.js';
import { add, ceilDiv, type Dim, max, mul, negate, sub } from '../../ir/dim.js';
import { isBigInt } from '../../ir/element-type.js';
import { numbersOf, tensorFromNumbers } from '../../ir/numeric.js';
import { isDim, maxKnownElements, type Quantity, symbolicTensor } from '../../ir/quantity.js';
import { tensorType } from '../../ir/shape.js';
import { Tensor } from '../../ir/tensor.js';
import { defineOperator, type InferContext, type Operator, shapeOfRank, tensorAt } from '../operator.js';
import { allocateChecked } from './target-shape.js';

const names = ['start', 'limit', 'delta'] as const;

/** The scalar inputs where they are known; exporters also write [1]-shaped ones. */
function knownBounds(context: InferContext<unknown>): readonly (Quantity | undefined)[] {
  return names.map((name, i) => {
    shapeOfRank(context, i, name, { max: 1 });
    return context.known(i)?.elements[0];
  });
}

/** max(0, ceil((limit − start) / delta)) for whole bounds and a known step. */
function countOf([start, limit, delta]: readonly (Quantity | undefined)[]): Dim | undefined {
  if (start === undefined || limit === undefined || typeof delta !== 'number') return undefined;
  if (!isDim(start) || !isDim(limit) || !Number.isInteger(delta)) return undefined;
  checkStep(delta);
  const distance = sub(limit, start);
  return max(0, delta > 0 ? ceilDiv(distance, delta) : ceilDiv(negate(distance), -delta));
}

function checkStep(delta: number): void {
  if (delta === 0)
    fail('US1211', 'the step of a Range is 0', { value: 'delta', expected: 'a step other than 0', actual: '0' });
}

export const range: readonly Operator[] = [
  defineOperator({
    name: 'Range',
    versions: [11, 27],
    inputs: [3, 3],
    outputs: [1, 1],
    attributes: {},
    infer: (context) => {
      const count = countOf(knownBounds(context)) ?? context.fresh('the length of the Range is computed at run time');
      return [tensorType(context.elementType(0), [count])];
    },
    symbolic: (context) => {
      const bounds = knownBounds(context);
      const count = countOf(bounds);
      const type = context.elementType(0);
      if (typeof count !== 'number' || count > maxKnownElements || type === undefined) return undefined;
      const [start, , delta] = bounds as readonly [Dim, Dim, number];
      return [
        symbolicTensor(
          type,
          [count],
          Array.from({ length: count }, (_, i) => add(start, mul(i, delta))),
        ),
      ];
    },
    reference: (context) => {
      const [start, limit, delta] = names.map((_, i) => tensorAt(context, i)) as [Tensor, Tensor, Tensor];
      const { type } = start;
      const [first, last, step] = [start, limit, delta].map((tensor) => numbersOf(tensor)[0]!) as [
        number,
        number,
        number,
      ];
      checkStep(step);
      const count = Math.max(0, Math.ceil((last - first) / step));
      const out = allocateChecked(type, [Number.isFinite(count) ? count : 2 ** 52]);
      if (isBigInt(type)) {
        const [from, by] = [start.data[0] as bigint, delta.data[0] as bigint];
        for (let i = 0; i < count; i++) (out as BigInt64Array)[i] = from + BigInt(i) * by;
        return [new Tensor(type, [count], out)];
      }
      return [
        tensorFromNumbers(
          type,
          [count],
          Float64Array.from({ length: count }, (_, i) => first + i * step),
        ),
      ];
    },
  }),
];
