/** MatMulInteger and QLinearMatMul as products of float32 that holds integers (convolution.ts says what is exact). */
import type { Node, Value } from '../../ir/graph.js';
import { matMulIntegerSchema, qLinearMatMulSchema } from '../../ops/quantization/schemas.js';
import type { LoweringContext } from '../context/context.js';
import { inputWithoutZeroPoint } from '../elementwise/zero-points.js';
import { defineLowering, kernelsOf, type Lowering, type ReasonOf, smallIntegers, unfitValue } from '../lowering.js';
import { multiply } from '../matrix/matrix.js';
import type { Finish } from '../matrix/product.js';
import { lowerByteProduct } from './byte-product.js';
import {
  isExact,
  isReadAsFloat,
  longSums,
  requantizationLimits,
  requantized,
  severalZeroPoints,
  weightLimits,
  weightsWithoutZeroPoint,
} from './operands.js';

const integerLimits = ['a vector', ...weightLimits, longSums, severalZeroPoints] as const;

interface Operands {
  readonly a: Value;
  readonly aZeroPoint: Value | undefined;
  readonly b: Value;
  readonly bZeroPoint: Value | undefined;
}

const lowerMatMulInteger = defineLowering(
  matMulIntegerSchema,
  kernelsOf(smallIntegers, integerLimits),
  (context, node, { inputs, outputs }) => {
    const { A: a, B: b, a_zero_point: aZeroPoint, b_zero_point: bZeroPoint } = inputs;
    const operands = { a: a!, b: b!, aZeroPoint, bZeroPoint };
    const mayRound = context.options.precision === 'fast' && isReadAsFloat(context, outputs.Y);
    return multiplyIntegers(context, node, operands, mayRound, undefined);
  },
);

const lowerQLinearMatMul = defineLowering(
  qLinearMatMulSchema,
  kernelsOf(smallIntegers, [...integerLimits, ...requantizationLimits]),
  (context, node, { inputs, outputs }) => {
    const {
      a,
      a_scale: aScale,
      a_zero_point: aZeroPoint,
      b,
      b_scale: bScale,
      b_zero_point: bZeroPoint,
      y_scale: yScale,
      y_zero_point: yZeroPoint,
    } = inputs;
    const { y } = outputs;
    const finish = requantized(context, {
      aScale: aScale!,
      bScale: bScale!,
      yScale: yScale!,
      yZeroPoint: yZeroPoint!,
      y: y!,
      trailingAxes: 0,
    });
    if (typeof finish === 'string') return finish;
    const operands = { a: a!, b: b!, aZeroPoint, bZeroPoint };
    return multiplyIntegers(context, node, operands, context.options.precision === 'fast', finish);
  },
);

function multiplyIntegers(
  context: LoweringContext,
  node: Node,
  { a, b, aZeroPoint, bZeroPoint }: Operands,
  mayRound: boolean,
  finish: Finish | undefined,
): ReasonOf<typeof integerLimits> | typeof unfitValue | undefined {
  const [aDims, bDims] = [context.tensors.representableDims(a), context.tensors.representableDims(b)];
  if (aDims === undefined || bDims === undefined || context.values.sizedDims(node.outputs[0]) === undefined) {
    return unfitValue;
  }
  const isFloat = finish !== undefined || isReadAsFloat(context, node.outputs[0]!);
  if (aDims.length >= 2 && isFloat && lowerByteProduct(context, { node, a, aZeroPoint, b, bZeroPoint, finish }))
    return undefined;
  if (aDims.length < 2 || bDims.length < 2) return 'a vector';
  const sizes = { axis: -1, run: 1, sum: aDims.at(-1)! };
  const weights = weightsWithoutZeroPoint(context, node, b, bZeroPoint, sizes);
  if (typeof weights === 'string') return weights;
  if (!mayRound && !isExact(context, a, weights)) return longSums;
  const [left, right] = [inputWithoutZeroPoint(context, node, a, aZeroPoint), weights.value()];
  if (left === undefined || right === undefined) return severalZeroPoints;
  return multiply(context, node, left, right, finish);
}

export const quantizedProductLowerings: readonly Lowering[] = [lowerMatMulInteger, lowerQLinearMatMul];
