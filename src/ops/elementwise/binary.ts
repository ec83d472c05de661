/** How elementwise operators of two or more inputs compute: broadcast, on numbers or bigint, rounded to the element type. */
import { fail } from '../../diagnostics.js';
import { type ElementType, isBigInt } from '../../ir/element-type.js';
import { computeArray, numbersOf, tensorFromNumbers } from '../../ir/numeric.js';
import { type Quantity, type SymbolicTensor, symbolicTensor } from '../../ir/quantity.js';
import { type TensorType, tensorType } from '../../ir/shape.js';
import { elementCount, Tensor } from '../../ir/tensor.js';
import { broadcastDims, broadcastIndices, broadcastShapes } from '../broadcast.js';
import type { InferContext } from '../operator.js';

export interface BinaryKernel {
  number(a: number, b: number): number;
  /** For int64 and uint64; results wrap to 64 bits. */
  bigint?(a: bigint, b: bigint): bigint;
}

/** a ∘ b with broadcasting, as `type` (that of the inputs unless told). */
export function applyBinary(a: Tensor, b: Tensor, kernel: BinaryKernel, type: ElementType = a.type): Tensor {
  const dims = broadcastDims(a.dims, b.dims);
  const count = elementCount(dims);
  const left = broadcastIndices(a.dims, dims);
  const right = broadcastIndices(b.dims, dims);
  if (isBigInt(a.type) && kernel.bigint !== undefined && isBigInt(type)) {
    const x = a.data as BigInt64Array;
    const y = b.data as BigInt64Array;
    const out = a.type === 'int64' ? new BigInt64Array(count) : new BigUint64Array(count);
    for (let i = 0; i < count; i++) out[i] = kernel.bigint(x[left[i]!]!, y[right[i]!]!);
    return new Tensor(type, dims, out);
  }
  const x = numbersOf(a);
  const y = numbersOf(b);
  const out = computeArray(type, count);
  for (let i = 0; i < count; i++) out[i] = kernel.number(x[left[i]!]!, y[right[i]!]!);
  return tensorFromNumbers(type, dims, out);
}

/** The type of an elementwise result: `inputs` broadcast together and share their element type. */
export function inferElementwise(
  context: Pick<InferContext<unknown>, 'unify' | 'inputs'>,
  inputs: readonly (TensorType | undefined)[] = context.inputs,
  resultType?: ElementType,
): TensorType {
  const types = inputs.map((input) => input?.elementType).filter((type) => type !== undefined);
  const odd = types.find((type) => type !== types[0]);
  if (odd !== undefined) fail('US1210', 'the inputs must have one element type', { expected: types[0], actual: odd });
  const shape = broadcastShapes(
    context,
    inputs.map((input) => input?.shape),
  );
  return tensorType(resultType ?? types[0], shape);
}

/** An elementwise operator on symbolic values; undefined as soon as one element cannot be told. */
export function applySymbolic(
  context: Pick<InferContext<unknown>, 'known'>,
  apply: (a: Quantity, b: Quantity, type: ElementType) => Quantity | undefined,
  resultType?: ElementType,
): readonly SymbolicTensor[] | undefined {
  const a = context.known(0);
  const b = context.known(1);
  if (a === undefined || b === undefined) return undefined;
  const dims = broadcastDims(a.dims, b.dims);
  const left = broadcastIndices(a.dims, dims);
  const right = broadcastIndices(b.dims, dims);
  const elements: Quantity[] = [];
  for (let i = 0; i < left.length; i++) {
    const element = apply(a.elements[left[i]!]!, b.elements[right[i]!]!, a.type);
    if (element === undefined) return undefined;
    elements.push(element);
  }
  return [symbolicTensor(resultType ?? a.type, dims, elements)];
}
