/** Equal, Greater, Less, GreaterOrEqual, LessOrEqual. */
import { isBigInt } from '../../ir/element-type.js';
import { numbersOf } from '../../ir/numeric.js';
import { isEqual, isLess, type Quantity } from '../../ir/quantity.js';
import { elementCount, Tensor, type TensorData } from '../../ir/tensor.js';
import { broadcastDims } from '../broadcast.js';
import { defineOperator, family } from '../operator.js';
import { required } from '../signature.js';
import { bfloat16s, bools, indexTypes, numbers, reals, strings, type TypeSet } from '../type-set.js';
import { alignedSymbolic, alignedTensors, inferAligned, legacyBroadcastAttributes } from './legacy-broadcast.js';
import { forEachBroadcastRun } from './runs.js';
import { mapSymbolic } from './symbolic.js';

/** Elements of tensors. JavaScript compares all of them by value, 64-bit integers exactly. */
type Scalar = number | bigint | string;

interface Comparison<N extends string = string> {
  readonly name: N;
  readonly versions: readonly number[];
  readonly takes: TypeSet;
  readonly holds: (a: Scalar, b: Scalar) => boolean;
  readonly quantity: (a: Quantity, b: Quantity) => boolean | undefined;
}

function comparable(tensor: Tensor): ArrayLike<Scalar> {
  const data: TensorData = tensor.type === 'string' || isBigInt(tensor.type) ? tensor.data : numbersOf(tensor);
  return data;
}

function compare(a: Tensor, b: Tensor, holds: Comparison['holds']): Tensor {
  const dims = broadcastDims(a.dims, b.dims);
  const x = comparable(a);
  const y = comparable(b);
  const out = new Uint8Array(elementCount(dims));
  forEachBroadcastRun([a.dims, b.dims], ({ start, length, from, step }) => {
    const [left, right] = from as [number, number];
    const [leftStep, rightStep] = step as [number, number];
    for (let i = 0; i < length; i++) out[start + i] = Number(holds(x[left + i * leftStep]!, y[right + i * rightStep]!));
  });
  return new Tensor('bool', dims, out);
}

function defineComparison<const N extends string>({ name, versions, takes, holds, quantity }: Comparison<N>) {
  return defineOperator({
    name,
    versions,
    inputs: [required('A', 'T'), required('B', 'T')],
    outputs: [required('C', bools)],
    types: { T: takes },
    isElementwise: true,
    attributes: legacyBroadcastAttributes,
    infer: (context) => [inferAligned(context, 'bool')],
    symbolic: (context) => {
      const inputs = alignedSymbolic(context);
      if (inputs === undefined) return undefined;
      return [
        mapSymbolic(
          inputs,
          'bool',
          ([a, b]) => {
            const result = quantity(a!, b!);
            return result === undefined ? undefined : Number(result);
          },
          () => context.unknownElement(),
        ),
      ];
    },
    reference: (context) => {
      const [a, b] = alignedTensors(context);
      return [compare(a, b, holds)];
    },
  });
}

function not(truth: boolean | undefined): boolean | undefined {
  return truth === undefined ? undefined : !truth;
}

export const comparison = family(
  defineComparison({
    name: 'Equal',
    versions: [1, 7, 11, 13, 19],
    takes: indexTypes.and(bools).from(11, numbers).from(13, bfloat16s).from(19, strings),
    holds: (a, b) => a === b,
    quantity: isEqual,
  }),
  defineComparison({
    name: 'Greater',
    versions: [1, 7, 9, 13],
    takes: reals.from(9, numbers).from(13, bfloat16s),
    holds: (a, b) => a > b,
    quantity: (a, b) => isLess(b, a),
  }),
  defineComparison({
    name: 'Less',
    versions: [1, 7, 9, 13],
    takes: reals.from(9, numbers).from(13, bfloat16s),
    holds: (a, b) => a < b,
    quantity: isLess,
  }),
  defineComparison({
    name: 'GreaterOrEqual',
    versions: [12, 16],
    takes: numbers.from(16, bfloat16s),
    holds: (a, b) => a >= b,
    quantity: (a, b) => not(isLess(a, b)),
  }),
  defineComparison({
    name: 'LessOrEqual',
    versions: [12, 16],
    takes: numbers.from(16, bfloat16s),
    holds: (a, b) => a <= b,
    quantity: (a, b) => not(isLess(b, a)),
  }),
);
