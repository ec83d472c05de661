/** Range: start, start + delta, … up to limit, which is not reached. */
import { defineProblem, fail } from '../../diagnostics.js';
import { type Dim, max } from '../../ir/dim.js';
import { isBigInt } from '../../ir/element-type.js';
import { tensorFromNumbers } from '../../ir/numeric.js';
import {
  addQuantities,
  ceilQuantity,
  divideQuantities,
  maxKnownElements,
  multiplyQuantities,
  negateQuantity,
  numberOf,
  type Quantity,
  type SymbolicTensor,
  symbolicTensor,
} from '../../ir/quantity.js';
import { tensorType } from '../../ir/shape.js';
import { Tensor } from '../../ir/tensor.js';
import { int } from '../attributes.js';
import { commonElementType } from '../elementwise/binary.js';
import { allKnown, asElement } from '../elementwise/symbolic.js';
import type { InferContext } from '../infer-context.js';
import { defineOperator, family } from '../operator.js';
import { knownScalar, scalarAt, scalarTensorAt } from '../scalar-input.js';
import { required } from '../signature.js';
import { realsAndBfloat16s, TypeSet } from '../type-set.js';
import { allocateChecked, checkTensorSize } from './target-shape.js';

const names = ['start', 'limit', 'delta'] as const;

const rangeStepZero = defineProblem('US1211', {
  message: 'the step of a Range is 0',
  value: 'delta',
  expected: 'a step other than 0',
  actual: '0',
});

function checkStep(isZero: boolean): void {
  if (!isZero) return;
  fail(rangeStepZero());
}

const rangeNotFinite = defineProblem(
  'US1211',
  { start: 'number', limit: 'number', delta: 'number' },
  ({ start, limit, delta }) => ({
    message: 'the bounds of a Range are not numbers',
    expected: 'finite numbers',
    actual: `${start} to ${limit} by ${delta}`,
  }),
);

/** max(0, ceil((limit − start) / delta)) */
function countNumbers(start: number, limit: number, delta: number): number {
  checkStep(delta === 0);
  const count = Math.ceil((limit - start) / delta);
  if (!Number.isNaN(count)) return Math.max(0, count);
  fail(rangeNotFinite({ start, limit, delta }));
}

/** `countNumbers` for exact 64-bit integers. */
function countBigInts(start: bigint, limit: bigint, delta: bigint): number {
  checkStep(delta === 0n);
  const distance = limit - start;
  if (distance === 0n || distance > 0n !== delta > 0n) return 0;
  return Number(distance / delta + (distance % delta === 0n ? 0n : 1n));
}

/** The bounds if they are known and exact. */
function knownBounds(context: InferContext<unknown>): readonly Quantity[] | undefined {
  const bounds = names.map((name, i) => {
    const bound = knownScalar(context, i, name);
    return typeof bound === 'number' && !Number.isSafeInteger(bound) ? undefined : bound;
  });
  return allKnown(bounds) ? bounds : undefined;
}

function countKnown(bounds: readonly Quantity[]): Dim | undefined {
  const [start, limit, delta] = bounds as [Quantity, Quantity, Quantity];
  const [first, last, step] = bounds.map(numberOf);
  if (first !== undefined && last !== undefined && step !== undefined) return countNumbers(first, last, step);
  checkStep(step === 0);
  const distance = addQuantities(limit, negateQuantity(start));
  const count = distance === undefined ? undefined : divideQuantities(distance, delta);
  return count === undefined ? undefined : max(0, ceilQuantity(count));
}

/** The elements of a range of known length whose bounds may contain symbols. */
function followRange(context: InferContext<unknown>): readonly SymbolicTensor[] | undefined {
  const bounds = knownBounds(context);
  const type = context.elementType(0);
  const count = bounds === undefined ? undefined : countKnown(bounds);
  if (bounds === undefined || type === undefined || typeof count !== 'number' || count > maxKnownElements)
    return undefined;
  const [start, , delta] = bounds as [Quantity, Quantity, Quantity];
  const elements = Array.from({ length: count }, (_, i) => {
    const distance = multiplyQuantities(i, delta);
    const element = distance === undefined ? undefined : addQuantities(start, distance);
    return element === undefined ? undefined : asElement(element, type);
  });
  return allKnown(elements) ? [symbolicTensor(type, [count], elements)] : undefined;
}

export const range = family(
  defineOperator({
    name: 'Range',
    versions: [11, 27],
    inputs: [required('start', 'T'), required('limit', 'T'), required('delta', 'T')],
    outputs: [required('output', 'T')],
    types: { T: TypeSet.of('float32', 'float64', 'int16', 'int32', 'int64').from(27, realsAndBfloat16s) },
    // Sums are computed in float64 and rounded once, which is at least as precise as any stash type.
    attributes: { stash_type: int(1).from(27) },
    infer: (context) => {
      const bounds = knownBounds(context);
      const count = bounds === undefined ? undefined : countKnown(bounds);
      const length = count ?? context.fresh('the length of the Range is computed at run time');
      return [tensorType(commonElementType(context.inputs), [length])];
    },
    symbolic: followRange,
    reference: (context) => {
      const [start, limit, delta] = names.map((name, i) => scalarTensorAt(context, i, name)) as [
        Tensor,
        Tensor,
        Tensor,
      ];
      const { type } = start;
      commonElementType([start, limit, delta].map((tensor) => tensorType(tensor.type, tensor.dims)));
      if (isBigInt(type)) {
        const [first, last, step] = [start, limit, delta].map(({ data }) => data[0] as bigint) as [
          bigint,
          bigint,
          bigint,
        ];
        const count = countBigInts(first, last, step);
        const out = allocateChecked(type, [count]) as BigInt64Array;
        let element = first;
        for (let i = 0; i < count; i++, element += step) out[i] = element;
        return [new Tensor(type, [count], out)];
      }
      const [first, last, step] = names.map((name, i) => scalarAt(context, i, name)) as [number, number, number];
      const count = countNumbers(first, last, step);
      checkTensorSize(type, [count]);
      const values = allocateChecked('float64', [count]) as Float64Array;
      for (let i = 0; i < count; i++) values[i] = first + i * step;
      return [tensorFromNumbers(type, [count], values)];
    },
  }),
);
