/**
 * QGemm, MatMulIntegerToFloat and DynamicQuantizeMatMul: integer products with what becomes of their sums, as
 * onnxruntime's quantizer and optimizer write them. They expand to MatMulInteger, whose sums are exact, and arithmetic.
 */
import type { Value } from '../../ir/graph.js';
import { numbersOf } from '../../ir/numeric.js';
import { type Shape, type TensorType, tensorType } from '../../ir/shape.js';
import { float32, Tensor } from '../../ir/tensor.js';
import { shapeOfRank, tensorAt } from '../arguments.js';
import { flag, float } from '../attributes.js';
import { broadcastIndices } from '../broadcast.js';
import { broadcastOnto } from '../elementwise/broadcast-onto.js';
import type { Expansion } from '../expansion.js';
import type { InferContext } from '../infer-context.js';
import { gemmShape } from '../linear/gemm.js';
import { matMulProblem, matMulShape } from '../linear/matmul.js';
import { transposeTensor } from '../movement/transpose.js';
import { defineOperator, family } from '../operator.js';
import { dynamicQuantize } from '../quantization/dynamic-quantize-linear.js';
import { checkParameter, checkParameters } from '../quantization/parameters.js';
import { centreBoth, integerProduct } from '../quantization/quantized-matmul.js';
import { quantize } from '../quantization/quantized-storage.js';
import { optional, required } from '../signature.js';
import { typeAttribute } from '../type-attribute.js';
import { bytes, float32s, int32s, TypeSet } from '../type-set.js';
import { seenAs } from '../view.js';

const common = { domain: 'com.microsoft', versions: [1] } as const;
const plainGemm = { alpha: 1, beta: 1, broadcast: false };
const gemmVersion = 13;

const qGemmInputs = [
  required('A', 'TA'),
  required('a_scale', 'T'),
  required('a_zero_point', 'TA'),
  required('B', 'TB'),
  required('b_scale', 'T'),
  required('b_zero_point', 'TB'),
  optional('C', 'TC'),
  optional('y_scale', 'T'),
  optional('y_zero_point', 'TYZ'),
] as const;

/** Checks that scale or zero point of B are one number, or one for each column. */
function checkColumns(context: InferContext<unknown>, i: number, name: string, y: Shape | undefined): void {
  const shape = shapeOfRank(context, i, name, { max: 1 });
  broadcastOnto(context, y?.slice(-1), shape, name);
}

/** The exact sums as float32, which is what onnxruntime scales. */
function scaled(sums: Float64Array, dims: readonly number[], factors: Float32Array): Float32Array {
  const factorOf = broadcastIndices([factors.length], dims);
  return Float32Array.from(sums, (sum, i) => Math.fround(sum) * factors[factorOf[i]!]!);
}

/** a · b for each column, in float32. */
function products(a: Tensor, b: Tensor, alpha = 1): Float32Array {
  const factor = Math.fround(Math.fround(alpha) * numbersOf(a)[0]!);
  return Float32Array.from(numbersOf(b), (scale) => factor * scale);
}

function addTo(values: Float32Array | Float64Array, dims: readonly number[], bias: Tensor | undefined): void {
  if (bias === undefined) return;
  const [numbers, from] = [numbersOf(bias), broadcastIndices(bias.dims, dims)];
  for (let i = 0; i < values.length; i++) values[i]! += numbers[from[i]!]!;
}

const qGemm = defineOperator({
  ...common,
  name: 'QGemm',
  inputs: qGemmInputs,
  outputs: [required('Y', 'TY')],
  types: { T: float32s, TA: bytes, TB: bytes, TC: int32s, TYZ: bytes, TY: bytes.and(float32s) },
  attributes: { alpha: float(1), transA: flag(false), transB: flag(false) },
  infer: (context) => {
    checkParameters(context, qGemmInputs, [1, 2, 7, 8]);
    const { transA, transB } = context.attributes;
    const inputs: (TensorType | undefined)[] = [0, 3, 6].map((i) => context.inputs[i]);
    const y = gemmShape(
      seenAs(context, { version: gemmVersion, attributes: { ...plainGemm, transA, transB }, inputs }),
    );
    checkColumns(context, 4, 'b_scale', y);
    checkColumns(context, 5, 'b_zero_point', y);
    return [tensorType(context.inputs[8] === undefined ? 'float32' : context.elementType(8), y)];
  },
  reference: ({ attributes: { alpha, transA, transB }, inputs }) => {
    const at = (i: number) => tensorAt({ inputs }, i);
    const a = transA ? transposeTensor(at(0), [1, 0]) : at(0);
    const b = transB ? transposeTensor(at(3), [1, 0]) : at(3);
    const problem = matMulProblem(a.dims, b.dims);
    const { dims } = problem;
    const sums = integerProduct(problem, ...centreBoth(a, inputs[2], b, inputs[5]));
    addTo(sums, dims, inputs[6]);
    const factors = products(at(1), at(4), alpha);
    const [yScale, yZero] = [inputs[7], inputs[8]];
    if (yScale === undefined || yZero === undefined) return [float32(dims, scaled(sums, dims, factors))];
    const divisor = numbersOf(yScale)[0]!;
    const values = scaled(
      sums,
      dims,
      factors.map((factor) => factor / divisor),
    );
    const zero = numbersOf(yZero)[0]!;
    return [quantize(yZero.type, dims, Float64Array.from(values), () => zero)];
  },
  expand: ({ attributes: { alpha, transA, transB }, inputs, outputs }, expansion) => {
    const { y_scale: yScale, y_zero_point: yZero } = inputs;
    const type = yZero && expansion.facts.elementType(yZero);
    if (yZero !== undefined && type === undefined) return 'a type that is not known';
    const a = transA ? expansion.transpose(inputs.A, [1, 0]) : inputs.A;
    const b = transB ? expansion.transpose(inputs.B, [1, 0]) : inputs.B;
    let sums = asFloat(expansion, expansion.add('MatMulInteger', [a, b, inputs.a_zero_point, inputs.b_zero_point]));
    if (inputs.C !== undefined) sums = expansion.add('Add', [sums, asFloat(expansion, inputs.C)]);
    const aScale =
      alpha === 1 ? inputs.a_scale : expansion.add('Mul', [expansion.number(alpha, 'float32'), inputs.a_scale]);
    const factors = expansion.add('Mul', [aScale, inputs.b_scale]);
    if (type === undefined || yScale === undefined) {
      expansion.add('Mul', [sums, factors], { output: outputs.Y });
      return undefined;
    }
    const quotients = expansion.add('Mul', [sums, expansion.add('Div', [factors, yScale])]);
    expansion.quantize(quotients, expansion.number(1, 'float32'), yZero, type, outputs.Y);
    return undefined;
  },
});

function asFloat(expansion: Expansion, value: Value): Value {
  return expansion.add('Cast', [value], { attributes: { to: typeAttribute('float32') } });
}

const matMulIntegerToFloat = defineOperator({
  ...common,
  name: 'MatMulIntegerToFloat',
  inputs: [
    required('A', 'T1'),
    required('B', 'T2'),
    required('a_scale', 'T3'),
    required('b_scale', 'T3'),
    optional('a_zero_point', 'T1'),
    optional('b_zero_point', 'T2'),
    optional('bias', 'T3'),
  ],
  outputs: [required('Y', 'T3')],
  types: { T1: bytes, T2: bytes, T3: TypeSet.of('float32', 'float16') },
  attributes: {},
  infer: (context) => {
    checkParameter(context, 2, 'a_scale');
    checkParameter(context, 4, 'a_zero_point');
    const y = matMulShape(context);
    checkColumns(context, 3, 'b_scale', y);
    checkColumns(context, 5, 'b_zero_point', y);
    checkColumns(context, 6, 'bias', y);
    return [tensorType(context.elementType(2), y)];
  },
  reference: ({ inputs }) => {
    const at = (i: number) => tensorAt({ inputs }, i);
    const problem = matMulProblem(at(0).dims, at(1).dims);
    const sums = integerProduct(problem, ...centreBoth(at(0), inputs[4], at(1), inputs[5]));
    return [floatResult(sums, problem.dims, products(at(2), at(3)), inputs[6])];
  },
  expand: ({ inputs, outputs }, expansion) => {
    if (expansion.facts.elementType(inputs.a_scale) !== 'float32') return 'scales of another type than float32';
    const product = expansion.add('MatMulInteger', [inputs.A, inputs.B, inputs.a_zero_point, inputs.b_zero_point]);
    finishProduct(expansion, product, inputs.a_scale, inputs.b_scale, inputs.bias, outputs.Y);
    return undefined;
  },
});

function floatResult(
  sums: Float64Array,
  dims: readonly number[],
  factors: Float32Array,
  bias: Tensor | undefined,
): Tensor {
  const values = scaled(sums, dims, factors);
  addTo(values, dims, bias);
  return new Tensor('float32', dims, values);
}

/** Float sums · (a scale · b scale) + bias. */
function finishProduct(
  expansion: Expansion,
  product: Value,
  aScale: Value,
  bScale: Value,
  bias: Value | undefined,
  output: Value,
): void {
  const operands = [asFloat(expansion, product), expansion.add('Mul', [aScale, bScale])];
  if (bias === undefined) expansion.add('Mul', operands, { output });
  else expansion.add('Add', [expansion.add('Mul', operands), bias], { output });
}

const dynamicQuantizeMatMul = defineOperator({
  ...common,
  name: 'DynamicQuantizeMatMul',
  inputs: [
    required('A', 'T1'),
    required('B', 'T2'),
    required('b_scale', 'T1'),
    optional('b_zero_point', 'T2'),
    optional('bias', 'T1'),
  ],
  outputs: [required('Y', 'T1')],
  types: { T1: float32s, T2: bytes },
  attributes: {},
  infer: (context) => {
    const y = matMulShape(context);
    checkColumns(context, 2, 'b_scale', y);
    checkColumns(context, 3, 'b_zero_point', y);
    checkColumns(context, 4, 'bias', y);
    return [tensorType('float32', y)];
  },
  reference: ({ inputs }) => {
    const at = (i: number) => tensorAt({ inputs }, i);
    const [a, aScale, aZero] = dynamicQuantize(at(0)) as [Tensor, Tensor, Tensor];
    const problem = matMulProblem(a.dims, at(1).dims);
    const sums = integerProduct(problem, ...centreBoth(a, aZero, at(1), inputs[3]));
    return [floatResult(sums, problem.dims, products(aScale, at(2)), inputs[4])];
  },
  expand: ({ inputs, outputs }, expansion) => {
    const [scale, zeroPoint] = [expansion.newValue('scale'), expansion.newValue('zero_point')];
    const a = expansion.add('DynamicQuantizeLinear', [inputs.A], { others: [scale, zeroPoint] });
    const product = expansion.add('MatMulInteger', [a, inputs.B, zeroPoint, inputs.b_zero_point]);
    finishProduct(expansion, product, scale, inputs.b_scale, inputs.bias, outputs.Y);
    return undefined;
  },
});

export const quantizedProducts = family(qGemm, matMulIntegerToFloat, dynamicQuantizeMatMul);
