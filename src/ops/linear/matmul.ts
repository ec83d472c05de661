/** MatMul, and the shapes and loops that its integer relatives share with it (numpy.matmul). */
import { defineProblem, fail } from '../../diagnostics.js';
import { type Dim, mul } from '../../ir/dim.js';
import { elementCountOf } from '../../ir/element-count-of.js';
import { isBigInt } from '../../ir/element-type.js';
import { numbersOf, tensorFromNumbers } from '../../ir/numeric.js';
import { formatShape, type Shape, tensorType } from '../../ir/shape.js';
import { allocateLike, elementCount, Tensor } from '../../ir/tensor.js';
import { agree } from '../agree.js';
import { shapeOfRank, tensorAt } from '../arguments.js';
import { broadcastDims, broadcastIndices, broadcastShapes } from '../broadcast.js';
import { commonElementType } from '../elementwise/binary.js';
import { resultArray } from '../elementwise/element-types.js';
import type { InferContext } from '../infer-context.js';
import { defineOperator, family } from '../operator.js';
import { required } from '../signature.js';
import { bfloat16s, reals, wideNumbers } from '../type-set.js';
import {
  type BigIntArray,
  type MatrixKernel,
  type MatrixSize,
  multiplyBigInts,
  numberKernel,
} from './matrix-kernels.js';

const innerSizesDiffer = defineProblem(
  'US1202',
  { a: 'shape', b: 'shape', hint: 'string?', expected: 'size', actual: 'size' },
  ({ a, b, hint, expected, actual }) => ({
    message: `the inner sizes of A ${formatShape(a)} and B ${formatShape(b)} differ`,
    expected: String(expected),
    actual: String(actual),
    hint,
  }),
);

/**
 * The shape of the product of inputs `aIndex` and `bIndex`: matrices are in the last two axes, and the axes before
 * broadcast. A one-dimensional operand is a row on the left or a column on the right, and adds no axis to the result.
 */
export function matMulShape(
  context: Pick<InferContext<unknown>, 'shape' | 'unify'>,
  aIndex = 0,
  bIndex = 1,
): Shape | undefined {
  const a = shapeOfRank(context, aIndex, 'A', { min: 1 });
  const b = shapeOfRank(context, bIndex, 'B', { min: 1 });
  if (a === undefined || b === undefined) return undefined;
  agree(context, a.at(-1)!, innerOfRight(b), 'inner sizes of A and B', (sizes) =>
    innerSizesDiffer({ a, b, hint: hintFor(a, b), ...sizes }),
  );
  const batch = broadcastShapes(context, [a.slice(0, -2), b.slice(0, -2)])!;
  return [...batch, ...rowsOf(a), ...columnsOf(b)];
}

function rowsOf<D extends Dim>(a: readonly D[]): readonly D[] {
  return a.slice(-2, -1);
}

function columnsOf<D extends Dim>(b: readonly D[]): readonly D[] {
  return b.length < 2 ? [] : b.slice(-1);
}

function innerOfRight<D extends Dim>(b: readonly D[]): D {
  return b.at(b.length < 2 ? -1 : -2)!;
}

function hintFor(a: Shape, b: Shape): string | undefined {
  if (b.length >= 2 && a.at(-1) === b.at(-1)) return 'B may have to be transposed';
  if (a.length >= 2 && a.at(-2) === innerOfRight(b)) return 'A may have to be transposed';
  return undefined;
}

/** Multiply-accumulates: one for every output element and inner index. */
export function matMulMacs(a: Shape | undefined, output: Shape | undefined): Dim {
  return a === undefined || output === undefined || a.length === 0 ? 0 : mul(elementCountOf(output), a.at(-1)!);
}

/** The sizes and offsets of a product of concrete operands. */
export interface MatMulProblem {
  readonly dims: readonly number[];
  /** The axes of `dims` that count matrices. */
  readonly batch: readonly number[];
  readonly size: MatrixSize;
  /** For each matrix of the result, the indices of the operands' matrices. */
  readonly left: ArrayLike<number>;
  readonly right: ArrayLike<number>;
}

export function matMulProblem(a: readonly number[], b: readonly number[]): MatMulProblem {
  const k = a.at(-1)!;
  if (k !== innerOfRight(b)) {
    fail(innerSizesDiffer({ a, b, hint: hintFor(a, b), expected: k, actual: innerOfRight(b) }));
  }
  const batches = [a.slice(0, -2), b.slice(0, -2)] as const;
  const batch = broadcastDims(...batches);
  const rows = rowsOf(a);
  const columns = columnsOf(b);
  return {
    dims: [...batch, ...rows, ...columns],
    batch,
    size: { m: rows[0] ?? 1, k, n: columns[0] ?? 1 },
    left: broadcastIndices(batches[0], batch),
    right: broadcastIndices(batches[1], batch),
  };
}

/** Multiplies matrix by matrix into `out`. */
export function multiplyStacks<A>(problem: MatMulProblem, a: A, b: A, out: A, kernel: MatrixKernel<A>): void {
  const { left, right, size } = problem;
  const { m, k, n } = size;
  for (let i = 0; i < left.length; i++) kernel(a, left[i]! * m * k, b, right[i]! * k * n, out, i * m * n, size);
}

export function matMulTensors(a: Tensor, b: Tensor): Tensor {
  const problem = matMulProblem(a.dims, b.dims);
  const { type } = a;
  const count = elementCount(problem.dims);
  if (isBigInt(type)) {
    const out = allocateLike(a.data as BigInt64Array, count);
    multiplyStacks<BigIntArray>(problem, a.data as BigInt64Array, b.data as BigInt64Array, out, multiplyBigInts);
    return new Tensor(type, problem.dims, out);
  }
  const out = resultArray(type, count);
  multiplyStacks(problem, numbersOf(a), numbersOf(b), out, numberKernel(type));
  return tensorFromNumbers(type, problem.dims, out);
}

export const matMul = family(
  defineOperator({
    name: 'MatMul',
    versions: [1, 9, 13],
    inputs: [required('A', 'T'), required('B', 'T')],
    outputs: [required('Y', 'T')],
    types: { T: reals.from(9, wideNumbers).from(13, bfloat16s) },
    attributes: {},
    infer: (context) => [tensorType(commonElementType(context.inputs), matMulShape(context))],
    reference: (context) => [matMulTensors(tensorAt(context, 0), tensorAt(context, 1))],
    macs: ({ inputs, outputs }) => matMulMacs(inputs[0], outputs[0]),
  }),
);
