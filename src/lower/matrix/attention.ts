/**
 * Attention as exporters write it: MatMul, what scales and masks its result, Softmax over the last axis, MatMul. When the first
 * product comes nothing is computed yet; the second one makes one step of all, for which the square matrix is never whole.
 */
import type { Node, Value } from '../../ir/graph.js';
import { rowMajorStrides } from '../../ir/tensor.js';
import { normalizeAxis } from '../../ops/arguments.js';
import { boundAs, boundTo } from '../../ops/bind.js';
import { matMul } from '../../ops/linear/matmul.js';
import { transposing } from '../../ops/movement/transpose.js';
import type { softmaxes } from '../../ops/reduction/softmax.js';
import { type AttentionParams, attentionScratch } from '../../wasm/kernels/attention.js';
import { defaultTile, packedSize } from '../../wasm/kernels/convolution.js';
import { mergePointerAxes } from '../../wasm/kernels/rows.js';
import { type LoweringContext, perPlan } from '../context/context.js';
import type { RowMajorTensor } from '../context/tensor.js';
import { broadcastStrides } from '../elementwise/loops.js';
import { packMatrices } from './product.js';
import { onlyReader, type ScoreChain, scoreChain, scoreEpilogue, stridesAlong } from './scores.js';
import { type Stack, stackOf } from './stack.js';

/** Products of queries and keys, and what becomes of them up to Softmax. */
interface Scores {
  readonly product: Node;
  readonly queries: Value;
  readonly keys: Value;
  readonly dims: readonly number[];
  readonly chain: ScoreChain;
  readonly softmax: Node;
}

const begun = perPlan(() => new Map<Value, Scores>());

/** Whether a product is the first of an attention: then the second computes it as well. */
export function beginAttention(context: LoweringContext, product: Node, queries: Value, keys: Value): boolean {
  const scores = product.outputs[0]!;
  const dims = context.values.floatDims(scores);
  if (dims === undefined || dims.length < 2 || context.values.constant(keys) !== undefined) return false;
  if (context.values.dims(queries)!.length < 2 || context.values.dims(keys)!.length < 2) return false;
  const chain = scoreChain(context, scores, dims);
  const softmax = chain && onlyReader(context, chain.output);
  const bound = boundTo<typeof softmaxes.Softmax>('Softmax', softmax);
  if (chain === undefined || softmax === undefined || bound === undefined) return false;
  if (normalizeAxis(bound.attributes.axis, dims.length) !== dims.length - 1) return false;
  const weights = bound.outputs.output;
  const second = onlyReader(context, weights);
  const inputs = second && boundAs(matMul.MatMul, second)?.inputs;
  if (second === undefined || inputs?.A !== weights || inputs.B === weights) return false;
  const values = context.values.floatDims(inputs.B);
  const result = context.values.floatDims(second.outputs[0]);
  if (values === undefined || values.length < 2 || context.values.constant(inputs.B) !== undefined) return false;
  // Values may be the same for several matrices of weights, not the other way around.
  if (result?.slice(0, -2).join() !== dims.slice(0, -2).join()) return false;
  begun(context).set(weights, { product, queries, keys, dims, chain, softmax });
  for (const node of [product, ...chain.nodes, softmax]) context.done.add(node);
  return true;
}

/** Adds the step of an attention whose second product this is; false where it is none. */
export function lowerAttention(context: LoweringContext, node: Node, weights: Value, values: Value): boolean {
  const scores = begun(context).get(weights);
  if (scores === undefined) return false;
  const tile = defaultTile[context.options.tier];
  const [q, k, v] = [
    stackOf(context, scores.queries, 'row'),
    stackOf(context, scores.keys, 'column'),
    stackOf(context, values, 'column'),
  ];
  const batches = scores.dims.slice(0, -2);
  const [queries, keys] = [q.rows.size, k.columns.size];
  const [depth, columns] = [q.columns.size, v.columns.size];
  const nodes = [
    ...[q, k, v].flatMap(({ absorbed }) => absorbed),
    scores.product,
    ...scores.chain.nodes,
    scores.softmax,
    node,
  ];
  const packedKeys = pack(context, nodes, k);
  const packedValues = pack(context, nodes, v);
  const source = context.tensors.rowMajor(q.value);
  const epilogue = scoreEpilogue(context, scores.chain);
  const result = resultOf(context, node);
  const { axes } = scores.chain;
  const strides = ({ batches: own }: Stack, each?: number) => {
    const sizes = own.map(({ size }) => size);
    const from =
      each === undefined ? own.map(({ stride }) => stride) : rowMajorStrides(sizes).map((stride) => stride * each);
    return stridesAlong(axes, batches, broadcastStrides(sizes, batches, from));
  };
  const [fromQueries, fromKeys, fromValues] = [
    strides(q),
    strides(k, packedSize(depth, keys, tile)),
    strides(v, packedSize(keys, columns, tile)),
  ];
  const onto = stridesAlong(axes, batches, result.strides.slice(0, -2));
  const params: AttentionParams = {
    batches: mergePointerAxes(
      axes.map((size, axis) => ({
        size,
        strides: [
          fromQueries[axis]!,
          fromKeys[axis]!,
          fromValues[axis]!,
          onto[axis]!,
          0,
          ...epilogue.operands.map((operand) => operand.strides[axis]!),
        ],
      })),
    ),
    queries,
    keys,
    depth,
    columns,
    queryStrides: [q.rows.stride, q.columns.stride],
    outputStride: result.strides.at(-2)!,
    operandStrides: epilogue.operands.map(({ queryStride }) => queryStride),
    tile,
    ...(context.options.precision === 'fast' ? { isQuick: true } : {}),
    ...(epilogue.tree === undefined ? {} : { epilogue: epilogue.tree }),
  };
  const count = batches.reduce((product, size) => product * size, 1);
  context.add({
    kind: 'kernel',
    algorithm: 'attention',
    nodes: [...nodes, ...result.nodes],
    reads: [source, packedKeys, packedValues, ...epilogue.operands.map(({ tensor }) => tensor)],
    writes: [result.tensor],
    scratch: attentionScratch(params),
    operations: count * queries * keys * (2 * depth + 2 * columns + 30),
    build: () => ({
      kernel: { name: 'attention', params },
      pointers: [
        { tensor: source },
        { tensor: packedKeys },
        { tensor: packedValues },
        { tensor: result.tensor },
        { scratch: 0 },
        ...epilogue.operands.map(({ tensor }) => ({ tensor })),
      ],
    }),
  });
  return true;
}

function pack(context: LoweringContext, nodes: readonly Node[], stack: Stack): RowMajorTensor {
  return packMatrices(context, {
    nodes,
    value: stack.value,
    batches: stack.batches,
    sum: stack.rows.size,
    sumStride: stack.rows.stride,
    columns: stack.columns.size,
    columnStride: stack.columns.stride,
  });
}

/** Where the result goes: by its own axes, or by those of a transposition of whole rows that alone reads it. */
function resultOf(context: LoweringContext, node: Node) {
  const value = node.outputs[0]!;
  const dims = context.values.dims(value)!;
  const reader = onlyReader(context, value);
  const order = reader && boundAs(transposing.Transpose, reader)?.attributes.perm;
  if (reader === undefined || order?.at(-1) !== dims.length - 1) {
    return { tensor: context.tensors.makeRowMajor(value), strides: rowMajorStrides(dims), nodes: [] };
  }
  const onto = rowMajorStrides(order.map((axis) => dims[axis]!));
  return {
    tensor: context.tensors.makeRowMajor(reader.outputs[0]!),
    strides: dims.map((_, axis) => onto[order.indexOf(axis)]!),
    nodes: [reader],
  };
}
