/** Max, Min, Sum, Mean: any number of inputs. */
import { type ElementType, isBigInt, isFloat } from '../../ir/element-type.js';
import { type NumberArray, numbersOf, tensorFromNumbers } from '../../ir/numeric.js';
import type { Quantity } from '../../ir/quantity.js';
import { tensorType } from '../../ir/shape.js';
import { elementCount, Tensor } from '../../ir/tensor.js';
import { tensorAt } from '../arguments.js';
import { broadcastDims } from '../broadcast.js';
import { defineOperator, family } from '../operator.js';
import { required, variadic as variadicFormal } from '../signature.js';
import { bfloat16s, numbers, reals, type TypeSet } from '../type-set.js';
import { commonElementType, inferElementwise } from './binary.js';
import { sameShape } from './broadcast-onto.js';
import { resultArray } from './element-types.js';
import { forEachBroadcastRun } from './runs.js';
import { mapSymbolic, maxQuantity, minQuantity, symbolicInputs } from './symbolic.js';

interface Variadic<N extends string, O extends string> {
  readonly name: N;
  readonly versions: readonly number[];
  readonly takes: TypeSet;
  readonly output: O;
  readonly number: (a: number, b: number) => number;
  readonly bigint?: (a: bigint, b: bigint) => bigint;
  /** Converts the fold of `count` inputs to the result. */
  readonly finish?: (value: number, count: number) => number;
  readonly quantity?: (a: Quantity, b: Quantity) => Quantity | undefined;
}

export function maxBigInt(a: bigint, b: bigint): bigint {
  if (a < b) return b;
  return a;
}

export function minBigInt(a: bigint, b: bigint): bigint {
  if (b < a) return b;
  return a;
}

/** Folds the broadcast inputs element by element into `out`. */
function foldInto<T>(
  tensors: readonly Tensor[],
  inputs: readonly ArrayLike<T>[],
  out: { [index: number]: T },
  apply: (a: T, b: T) => T,
): void {
  forEachBroadcastRun(
    tensors.map((tensor) => tensor.dims),
    ({ start, length, from, step }) => {
      inputs.forEach((input, k) => {
        const first = from[k]!;
        const stride = step[k]!;
        if (k === 0) for (let i = 0; i < length; i++) out[start + i] = input[first + i * stride]!;
        else for (let i = 0; i < length; i++) out[start + i] = apply(out[start + i]!, input[first + i * stride]!);
      });
    },
  );
}

/** Sums are accumulated in float64 and rounded once; extrema are exact in the type's own storage. */
function accumulator(type: ElementType, count: number, isSum: boolean): NumberArray {
  return isSum && isFloat(type) ? new Float64Array(count) : resultArray(type, count);
}

function defineVariadic<const N extends string, const O extends string>(definition: Variadic<N, O>) {
  const { name, versions, takes, output, number, bigint, finish, quantity } = definition;
  return defineOperator({
    name,
    versions,
    inputs: [variadicFormal('data_0', 'T')],
    outputs: [required(output, 'T')],
    types: { T: takes },
    isElementwise: true,
    attributes: {},
    infer: (context) => {
      if (context.version >= 8) return [inferElementwise(context)];
      const shapes = context.inputs.map((input) => input?.shape);
      return [tensorType(commonElementType(context.inputs), sameShape(context, shapes))];
    },
    ...(quantity && {
      symbolic: (context) => {
        const inputs = symbolicInputs(context, context.inputs.length);
        if (inputs === undefined) return undefined;
        return [
          mapSymbolic(inputs, inputs[0]!.type, ([first, ...others]) =>
            others.reduce<Quantity | undefined>((a, b) => (a === undefined ? undefined : quantity(a, b)), first),
          ),
        ];
      },
    }),
    reference: (context) => {
      const tensors = context.inputs.map((_, i) => tensorAt(context, i));
      const { type } = tensors[0]!;
      const dims = broadcastDims(...tensors.map((tensor) => tensor.dims));
      const count = elementCount(dims);
      if (bigint !== undefined && isBigInt(type)) {
        const out = type === 'int64' ? new BigInt64Array(count) : new BigUint64Array(count);
        foldInto(
          tensors,
          tensors.map((tensor) => tensor.data as BigInt64Array),
          out,
          bigint,
        );
        return [new Tensor(type, dims, out)];
      }
      const out = accumulator(type, count, bigint === undefined);
      foldInto(tensors, tensors.map(numbersOf), out, number);
      if (finish !== undefined) for (let i = 0; i < count; i++) out[i] = finish(out[i]!, tensors.length);
      return [tensorFromNumbers(type, dims, out)];
    },
  });
}

export const variadic = family(
  defineVariadic({
    name: 'Max',
    output: 'max',
    versions: [1, 6, 8, 12, 13],
    takes: reals.from(12, numbers).from(13, bfloat16s),
    number: Math.max,
    bigint: maxBigInt,
    quantity: maxQuantity,
  }),
  defineVariadic({
    name: 'Min',
    output: 'min',
    versions: [1, 6, 8, 12, 13],
    takes: reals.from(12, numbers).from(13, bfloat16s),
    number: Math.min,
    bigint: minBigInt,
    quantity: minQuantity,
  }),
  defineVariadic({
    name: 'Sum',
    output: 'sum',
    versions: [1, 6, 8, 13],
    takes: reals.from(13, bfloat16s),
    number: (a, b) => a + b,
  }),
  defineVariadic({
    name: 'Mean',
    output: 'mean',
    versions: [1, 6, 8, 13],
    takes: reals.from(13, bfloat16s),
    number: (a, b) => a + b,
    finish: (sum, count) => sum / count,
  }),
);
