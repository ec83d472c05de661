/** MatMulInteger and QLinearMatMul. Sums of 8-bit products are exact in float64. */
import { numbersOf } from '../../ir/numeric.js';
import { type Shape, tensorType } from '../../ir/shape.js';
import { elementCount, Tensor } from '../../ir/tensor.js';
import { tensorAt } from '../arguments.js';
import { broadcastOnto } from '../elementwise/broadcast-onto.js';
import type { InferContext } from '../infer-context.js';
import { type MatMulProblem, matMulMacs, matMulProblem, matMulShape, multiplyStacks } from '../linear/matmul.js';
import { multiplyFloats } from '../linear/matrix-kernels.js';
import { defineOperator, type Operator } from '../operator.js';
import { minusZeroPoint, quantize, requantize, stretchIndices } from './quantized-storage.js';
import { matMulIntegerSchema, qLinearMatMulSchema } from './schemas.js';

/** Reshapes a vector with a value for each row to a column, for broadcasting. */
function asColumn<D>(dims: readonly D[], rank: number): readonly (D | 1)[] {
  return dims.length === 1 && dims[0] !== 1 && rank >= 2 ? [...dims, 1] : dims;
}

function columnOf(tensor: Tensor, rank: number): Tensor {
  return tensor.reshape(asColumn(tensor.dims, rank));
}

/** Checks that parameters of A have one value for each row, those of B for each column, or a single one. */
function checkParameters(
  context: Pick<InferContext<unknown>, 'shape' | 'unify'>,
  operand: number,
  parameters: readonly (readonly [index: number, name: string])[],
  isLeft: boolean,
): void {
  const shape = context.shape(operand);
  if (shape === undefined) return;
  for (const [i, name] of parameters) {
    const own = context.shape(i);
    broadcastOnto(context, shape, own && isLeft ? asColumn(own, shape.length) : own, name);
  }
}

/** Checks that parameters of Y have one value for each row, or a single one; `output` is Y's shape. */
function checkOutputParameters(
  context: Pick<InferContext<unknown>, 'shape' | 'unify'>,
  output: Shape | undefined,
): void {
  const [a, b] = [context.shape(0), context.shape(3)];
  if (output === undefined || a === undefined || b === undefined) return;
  const columns = b.length < 2 ? [...output, 1] : output;
  // Axes that one-dimensional operands lack have size 1.
  const full = a.length < 2 ? [...columns.slice(0, -1), 1, ...columns.slice(-1)] : columns;
  for (const [i, name] of [
    [6, 'y_scale'],
    [7, 'y_zero_point'],
  ] as const) {
    const own = context.shape(i);
    broadcastOnto(context, full, own && asColumn(own, a.length), name);
  }
}

export function integerProduct(problem: MatMulProblem, a: Float64Array, b: Float64Array): Float64Array {
  const sums = new Float64Array(elementCount(problem.dims));
  multiplyStacks<Float64Array>(problem, a, b, sums, multiplyFloats);
  return sums;
}

export function centreBoth(a: Tensor, aZero: Tensor | undefined, b: Tensor, bZero: Tensor | undefined) {
  return [minusZeroPoint(a, aZero && columnOf(aZero, a.dims.length)), minusZeroPoint(b, bZero)] as const;
}

/** Sums that exceed 32 bits wrap, as the specification allows. */
const matMulInteger = defineOperator({
  ...matMulIntegerSchema,
  infer: (context) => {
    checkParameters(context, 0, [[2, 'a_zero_point']], true);
    checkParameters(context, 1, [[3, 'b_zero_point']], false);
    return [tensorType('int32', matMulShape(context))];
  },
  reference: (context) => {
    const [a, b] = [tensorAt(context, 0), tensorAt(context, 1)];
    const problem = matMulProblem(a.dims, b.dims);
    const sums = integerProduct(problem, ...centreBoth(a, context.inputs[2], b, context.inputs[3]));
    return [new Tensor('int32', problem.dims, Int32Array.from(sums))];
  },
  macs: ({ inputs, outputs }) => matMulMacs(inputs[0], outputs[0]),
});

const qLinearMatMul = defineOperator({
  ...qLinearMatMulSchema,
  infer: (context) => {
    const left = [[1, 'a_scale'] as const, [2, 'a_zero_point'] as const];
    const right = [[4, 'b_scale'] as const, [5, 'b_zero_point'] as const];
    checkParameters(context, 0, left, true);
    checkParameters(context, 3, right, false);
    const shape = matMulShape(context, 0, 3);
    checkOutputParameters(context, shape);
    return [tensorType(context.elementType(7), shape)];
  },
  reference: (context) => {
    const [a, aScale, aZero, b, bScale, bZero, yScale, yZero] = Array.from({ length: 8 }, (_, i) =>
      tensorAt(context, i),
    ) as [Tensor, Tensor, Tensor, Tensor, Tensor, Tensor, Tensor, Tensor];
    const problem = matMulProblem(a.dims, b.dims);
    const sums = integerProduct(problem, ...centreBoth(a, aZero, b, bZero));
    const { m, n } = problem.size;
    const full: Shape & readonly number[] = [...problem.batch, m, n];
    const along = (tensor: Tensor, name: string) => {
      const numbers = numbersOf(tensor);
      const indices = stretchIndices(tensor.dims, full, name);
      return (i: number) => numbers[indices[i]!]!;
    };
    const rank = a.dims.length;
    const [left, right] = [along(columnOf(aScale, rank), 'a_scale'), along(bScale, 'b_scale')];
    const [scale, zero] = [along(columnOf(yScale, rank), 'y_scale'), along(columnOf(yZero, rank), 'y_zero_point')];
    for (let i = 0; i < sums.length; i++) sums[i] = requantize(sums[i]!, left(i), right(i), scale(i));
    return [quantize(yZero.type, problem.dims, sums, zero)];
  },
  macs: ({ inputs, outputs }) => matMulMacs(inputs[0], outputs[0]),
});

export const quantizedMatMul: readonly Operator[] = [matMulInteger, qLinearMatMul];
