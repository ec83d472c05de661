/** FusedMatMul, TransposeMatMul and FusedGemm: products with what onnxruntime's optimizer puts into them. */
import { mul } from '../../ir/dim.js';
import { elementCountOf } from '../../ir/element-count-of.js';
import type { Value } from '../../ir/graph.js';
import { type Shape, type TensorType, tensorType } from '../../ir/shape.js';
import type { Tensor } from '../../ir/tensor.js';
import { tensorAt } from '../arguments.js';
import { flag, float, text } from '../attributes.js';
import { applyUnary } from '../elementwise/unary.js';
import type { Expansion } from '../expansion.js';
import { gemmShape, gemmTensors } from '../linear/gemm.js';
import { matMulMacs, matMulShape, matMulTensors } from '../linear/matmul.js';
import { transposeTensor } from '../movement/transpose.js';
import { defineOperator, family } from '../operator.js';
import { optional, required } from '../signature.js';
import { reals, realsAndBfloat16s, TypeSet } from '../type-set.js';
import { inOrder, seenAs } from '../view.js';
import {
  applyActivation,
  expandActivation,
  type FusedActivation,
  fusedActivation,
  productActivations,
} from './fused-activation.js';

const common = { domain: 'com.microsoft', versions: [1] } as const;

/**
 * The axes of an operand in the order in which MatMul reads it. `inBatch` says that the rows are the first axis, before
 * those that count matrices.
 */
function operandOrder(rank: number, isTransposed: boolean, inBatch: boolean): readonly number[] {
  const axes = Array.from({ length: rank }, (_, axis) => axis);
  if (rank < 2) return axes;
  const batch = inBatch ? axes.slice(1, -1) : axes.slice(0, -2);
  const rows = inBatch ? 0 : rank - 2;
  return isTransposed ? [...batch, rank - 1, rows] : [...batch, rows, rank - 1];
}

interface ProductAttributes {
  readonly alpha: number;
  readonly transA: boolean;
  readonly transB: boolean;
  readonly transBatchA: boolean;
  readonly transBatchB: boolean;
}

/** The orders of both operands, given their ranks. */
function orders(attributes: ProductAttributes): readonly ((rank: number) => readonly number[])[] {
  const { transA, transB, transBatchA, transBatchB } = attributes;
  return [(rank) => operandOrder(rank, transA, transBatchA), (rank) => operandOrder(rank, transB, transBatchB)];
}

function ordered(attributes: ProductAttributes, shapes: readonly (Shape | undefined)[]): (Shape | undefined)[] {
  return orders(attributes).map((order, i) => inOrder(shapes[i], order(shapes[i]?.length ?? 0)));
}

function defineProduct<const N extends string>(name: N, hasBatchOrders: boolean) {
  // The operators have one version, so what begins with a second one is not there.
  const batchOrder = flag(false).from(hasBatchOrders ? 1 : 2);
  return defineOperator({
    ...common,
    name,
    inputs: [required('A', 'T'), required('B', 'T')],
    outputs: [required('Y', 'T')],
    types: { T: realsAndBfloat16s },
    attributes: {
      alpha: float(1),
      transA: flag(false),
      transB: flag(false),
      transBatchA: batchOrder,
      transBatchB: batchOrder,
    },
    infer: (context) => {
      const { version } = context;
      const shapes = ordered(context.attributes, [context.shape(0), context.shape(1)]);
      const inputs = shapes.map((shape, i): TensorType => tensorType(context.elementType(i), shape));
      const y = matMulShape(seenAs(context, { version, attributes: {}, inputs }));
      return [tensorType(context.elementType(0), y)];
    },
    reference: ({ attributes, inputs }) => {
      const [a, b] = orders(attributes).map((order, i) => {
        const tensor = tensorAt({ inputs }, i);
        return transposeTensor(tensor, order(tensor.dims.length));
      }) as [Tensor, Tensor];
      return [applyUnary(matMulTensors(a, b), { number: (sum) => attributes.alpha * sum })];
    },
    macs: ({ attributes, inputs, outputs }) => matMulMacs(ordered(attributes, inputs)[0], outputs[0]),
    expand: ({ attributes, inputs: { A, B }, outputs }, expansion) => {
      const type = expansion.facts.elementType(A);
      if (type === undefined) return 'a type that is not known';
      const ranks = [A, B].map((value) => expansion.facts.shape(value)?.length);
      if (ranks.includes(undefined)) return 'a rank that is not known';
      const operands = orders(attributes).map((order, i) => expansion.transpose([A, B][i]!, order(ranks[i]!)));
      scaledBy(expansion, attributes.alpha, operands, outputs.Y, type);
      return undefined;
    },
  });
}

function scaledBy(
  expansion: Expansion,
  alpha: number,
  operands: readonly Value[],
  output: Value,
  type: Parameters<Expansion['number']>[1],
): void {
  if (alpha === 1) expansion.add('MatMul', operands, { output });
  else expansion.add('Mul', [expansion.add('MatMul', operands), expansion.number(alpha, type)], { output });
}

interface GemmActivationAttributes {
  readonly activation: string | undefined;
  readonly activation_alpha: number | undefined;
  readonly activation_beta: number | undefined;
  readonly activation_gamma: number | undefined;
}

function activationOf(attributes: GemmActivationAttributes): FusedActivation | undefined {
  const values: ReadonlyMap<string, number | undefined> = new Map([
    ['alpha', attributes.activation_alpha],
    ['beta', attributes.activation_beta],
    ['gamma', attributes.activation_gamma],
  ]);
  return fusedActivation(attributes.activation, productActivations, (names) => names.map((name) => values.get(name)));
}

/** The version of Gemm that the product is. */
const gemmVersion = 13;

const fusedGemm = defineOperator({
  ...common,
  name: 'FusedGemm',
  inputs: [required('A', 'T'), required('B', 'T'), optional('C', 'T')],
  outputs: [required('Y', 'T')],
  types: { T: reals.and(TypeSet.of('int32', 'int64', 'uint32', 'uint64')) },
  attributes: {
    activation: text(),
    activation_alpha: float(),
    activation_beta: float(),
    activation_gamma: float(),
    alpha: float(1),
    beta: float(1),
    transA: flag(false),
    transB: flag(false),
  },
  infer: (context) => {
    activationOf(context.attributes);
    const { attributes, inputs } = context;
    const y = gemmShape(
      seenAs(context, { version: gemmVersion, attributes: { ...attributes, broadcast: false }, inputs }),
    );
    return [tensorType(context.elementType(0), y)];
  },
  reference: ({ attributes, inputs }) => {
    const [a, b] = [tensorAt({ inputs }, 0), tensorAt({ inputs }, 1)];
    const sums = gemmTensors({ ...attributes, broadcast: false }, a, b, inputs[2]);
    return [applyActivation(sums, activationOf(attributes))];
  },
  macs: ({ attributes, inputs: [a], outputs: [y] }) =>
    a?.length === 2 && y !== undefined ? mul(elementCountOf(y), a[attributes.transA ? 0 : 1]!) : 0,
  expand: ({ attributes, inputs: { A, B, C }, outputs }, expansion) => {
    const type = expansion.facts.elementType(A);
    if (type === undefined) return 'a type that is not known';
    const activation = activationOf(attributes);
    const copied = expansion.copied(['alpha', 'beta', 'transA', 'transB']);
    const last = activation === undefined ? { output: outputs.Y } : {};
    const sums = expansion.add('Gemm', [A, B, C], { attributes: copied, ...last });
    if (activation !== undefined) expandActivation(expansion, sums, activation, type, outputs.Y);
    return undefined;
  },
});

export const fusedProducts = family(
  defineProduct('FusedMatMul', true),
  // Its older name.
  defineProduct('TransposeMatMul', false),
  fusedGemm,
);
