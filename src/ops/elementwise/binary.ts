/**
 * Computes elementwise operators of two or more inputs: broadcasting, on numbers or bigints, rounded to the element
 * type.
 */
import { type ElementType, isBigInt } from '../../ir/element-type.js';
import { type NumberArray, numbersOf, tensorFromNumbers } from '../../ir/numeric.js';
import type { Quantity, SymbolicTensor } from '../../ir/quantity.js';
import { type TensorType, tensorType } from '../../ir/shape.js';
import { elementCount, Tensor } from '../../ir/tensor.js';
import { broadcastDims, broadcastShapes } from '../broadcast.js';
import type { InferContext } from '../infer-context.js';
import { resultArray } from './element-types.js';
import { forEachBroadcastRun, type Run } from './runs.js';
import { mapSymbolic, symbolicInputs } from './symbolic.js';

export interface BinaryKernel {
  number(a: number, b: number): number;
  /** For int64 and uint64; results wrap to 64 bits. */
  bigint?(a: bigint, b: bigint): bigint;
  /** `number` along a run, as a loop to avoid a call per element on large tensors. */
  loop?(a: NumberArray, b: NumberArray, out: NumberArray, run: Run): void;
}

/** a ∘ b with broadcasting, as `type` (default: that of the first input). */
export function applyBinary(a: Tensor, b: Tensor, kernel: BinaryKernel, type: ElementType = a.type): Tensor {
  const dims = broadcastDims(a.dims, b.dims);
  const count = elementCount(dims);
  const { bigint } = kernel;
  if (bigint !== undefined && isBigInt(a.type) && isBigInt(b.type) && isBigInt(type)) {
    const x = a.data as BigInt64Array;
    const y = b.data as BigInt64Array;
    const out = type === 'int64' ? new BigInt64Array(count) : new BigUint64Array(count);
    forEachBroadcastRun([a.dims, b.dims], ({ start, length, from, step }) => {
      const [left, right] = from as [number, number];
      const [leftStep, rightStep] = step as [number, number];
      for (let i = 0; i < length; i++) out[start + i] = bigint(x[left + i * leftStep]!, y[right + i * rightStep]!);
    });
    return new Tensor(type, dims, out);
  }
  const x = numbersOf(a);
  const y = numbersOf(b);
  const out = resultArray(type, count);
  const loop = kernel.loop ?? loopOver(kernel.number);
  forEachBroadcastRun([a.dims, b.dims], (run) => loop(x, y, out, run));
  return tensorFromNumbers(type, dims, out);
}

function loopOver(apply: (a: number, b: number) => number): NonNullable<BinaryKernel['loop']> {
  return (a, b, out, { start, length, from, step }) => {
    const [left, right] = from as [number, number];
    const [leftStep, rightStep] = step as [number, number];
    for (let i = 0; i < length; i++) out[start + i] = apply(a[left + i * leftStep]!, b[right + i * rightStep]!);
  };
}

/** The type of an elementwise result of `inputs`, which broadcast together and share an element type. */
export function inferElementwise(
  context: Pick<InferContext<unknown>, 'unify' | 'inputs'>,
  inputs: readonly (TensorType | undefined)[] = context.inputs,
  resultType?: ElementType,
): TensorType {
  const type = commonElementType(inputs);
  const shape = broadcastShapes(
    context,
    inputs.map((input) => input?.shape),
  );
  return tensorType(resultType ?? type, shape);
}

/** The element type that inputs share; undefined if unknown. */
export function commonElementType(inputs: readonly (TensorType | undefined)[]): ElementType | undefined {
  return inputs.find((input) => input?.elementType !== undefined)?.elementType;
}

/** An elementwise operator on symbolic values; undefined if one element cannot be determined. */
export function applySymbolic(
  context: Pick<InferContext<unknown>, 'partlyKnown' | 'unknownElement'>,
  apply: (a: Quantity, b: Quantity, type: ElementType) => Quantity | undefined,
  resultType?: ElementType,
): readonly SymbolicTensor[] | undefined {
  const inputs = symbolicInputs(context, 2);
  if (inputs === undefined) return undefined;
  const { type } = inputs[0]!;
  const result = mapSymbolic(
    inputs,
    resultType ?? type,
    ([a, b]) => apply(a!, b!, type),
    () => context.unknownElement(),
  );
  return result && [result];
}
