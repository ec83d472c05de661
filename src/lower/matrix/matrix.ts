/** Gemm and MatMul. With a constant B a product is a convolution whose pixels are the rows of A. */

import type { Node, Value } from '../../ir/graph.js';
import { elementCount } from '../../ir/tensor.js';
import { gemm } from '../../ops/linear/gemm.js';
import { matMul } from '../../ops/linear/matmul.js';
import { type ConvolutionParams, defaultTile, packedBiasSize, packedSize } from '../../wasm/kernels/convolution.js';
import { binary, constant, type Elementwise, input } from '../../wasm/kernels/elementwise-expression.js';
import type { KernelSpec } from '../../wasm/kernels/spec.js';
import { paddedChannels, readableAfter } from '../../wasm/kernels/views.js';
import type { LoweringContext } from '../context/context.js';
import { costsOf } from '../context/cost-tables.js';
import type { Pointer } from '../context/unplaced-step.js';
import { defineLowering, floats, kernelsOf, type Lowering, unfitValue } from '../lowering.js';
import { mostScratch, savedByStrassen } from '../strassen.js';
import { unitOf } from '../units.js';
import { weightTypeOf, weightWords } from '../weight-type.js';
import { becomesWideIntegers } from '../wide-integers.js';
import { beginAttention, lowerAttention } from './attention.js';
import { columnParts } from './column-parts.js';
import { isProductOperand, isRow, productEpilogue } from './epilogue.js';
import { type Finish, lowerComputedProduct, type MatrixProduct } from './product.js';
import { stackOf } from './stack.js';

const lowerGemm = defineLowering(
  gemm.Gemm,
  kernelsOf(floats, ['a C of another type than float32', 'a C that is a column']),
  (context, node, { attributes, inputs, outputs }) => {
    const { A: a, B: b, C: c } = inputs;
    const [aDims, bDims] = [context.values.floatDims(a), context.values.floatDims(b)];
    const result = outputs.Y;
    if (aDims === undefined || bDims === undefined || context.values.floatDims(result) === undefined) return unfitValue;
    const { alpha, transA, transB } = attributes;
    const beta = c === undefined ? 1 : attributes.beta;
    const [rows, sum] = transA ? [aDims[1]!, aDims[0]!] : [aDims[0]!, aDims[1]!];
    const [rowStride, aStride] = transA ? [1, rows] : [sum, 1];
    const columns = transB ? bDims[0]! : bDims[1]!;
    const [sumStride, columnStride] = transB ? [1, sum] : [columns, 1];
    const cDims = c && context.values.floatDims(c);
    if (c !== undefined) {
      if (cDims === undefined) return 'a C of another type than float32';
      if (!isProductOperand(cDims, { value: result, rows, columns, isOne: true })) return 'a C that is a column';
    }
    const isBias = cDims !== undefined && context.values.constant(c) !== undefined && isRow(cDims, columns);
    const isPlain = alpha === 1 && beta === 1 && (c === undefined || isBias);
    const times = (x: Elementwise, factor: number) => (factor === 1 ? x : binary('mul', x, constant(factor)));
    const finish: Finish = (total) => {
      const product = times(total, alpha);
      return { tree: c === undefined ? product : binary('add', product, times(input(1), beta)), inputs: c ? [c] : [] };
    };
    const size = { node, a: a!, b: b!, rows, sum, columns, rowStride, aStride, sumStride, columnStride };
    const ends = isPlain ? { bias: c, finish: undefined } : { bias: undefined, finish };
    if (context.values.constant(b) !== undefined) lowerProduct(context, { ...size, ...ends });
    else lowerComputedProduct(context, { ...size, ...ends, batches: [], aBatches: [], bBatches: [] });
    return undefined;
  },
);

const lowerMatMul = defineLowering(matMul.MatMul, kernelsOf(floats), (context, node, { inputs, outputs }) => {
  const { A: a, B: b } = inputs;
  if ([a, b, outputs.Y].some((value) => context.values.floatDims(value) === undefined)) return unfitValue;
  if (lowerAttention(context, node, a!, b!) || beginAttention(context, node, a!, b!)) return undefined;
  return multiply(context, node, a!, b!);
});

/**
 * The product of stacks of matrices, which need not be the node's own operands.
 * @param finish what becomes of the sums
 */
export function multiply(context: LoweringContext, node: Node, a: Value, b: Value, finish?: Finish): undefined {
  const bDims = context.values.dims(b)!;
  if (context.values.constant(b) !== undefined && bDims.length === 2) {
    const [sum, columns] = bDims as [number, number];
    const rows = elementCount(context.values.dims(a)!) / sum;
    const strides = { rowStride: sum, aStride: 1, sumStride: columns, columnStride: 1 };
    const whole = {
      node,
      a,
      b,
      bias: undefined,
      rows,
      sum,
      columns,
      ...strides,
      finish,
      isExact: finish !== undefined,
    };
    const parts = finish === undefined ? columnParts(context, node.outputs[0]!, whole) : undefined;
    if (parts === undefined) lowerProduct(context, whole);
    else for (const part of parts.parts) lowerProduct(context, { ...whole, ...part, absorbed: parts.nodes });
    return undefined;
  }
  // A vector is a matrix of one row on the left, of one column on the right.
  const [left, right] = [stackOf(context, a, 'row'), stackOf(context, b, 'column')];
  lowerComputedProduct(context, {
    node,
    absorbed: [...left.absorbed, ...right.absorbed],
    a: left.value,
    b: right.value,
    bias: undefined,
    rows: left.rows.size,
    sum: left.columns.size,
    columns: right.columns.size,
    rowStride: left.rows.stride,
    aStride: left.columns.stride,
    sumStride: right.rows.stride,
    columnStride: right.columns.stride,
    finish,
    aBatches: left.batches,
    bBatches: right.batches,
    batches: context.values.dims(node.outputs[0])!.slice(0, Math.max(left.batches.length, right.batches.length)),
  });
  return undefined;
}

/** A product, or some columns of one. */
interface ConstantProduct extends MatrixProduct {
  /** The column of B that the first one is; 0 by default. */
  readonly first?: number;
  /** By default the node's. */
  readonly result?: Value;
  /** Nodes that it stands for beside its own. */
  readonly absorbed?: readonly Node[];
  /** Whether its sums are of integers, which no rounding may show in. */
  readonly isExact?: boolean;
}

function lowerProduct(context: LoweringContext, size: ConstantProduct): void {
  const { node, a, b, bias, rows, sum, columns, first = 0, result = node.outputs[0]!, absorbed = [] } = size;
  const tile = defaultTile[context.options.tier];
  const epilogue = productEpilogue(
    context,
    { value: result, rows, columns, isOne: true, isPart: absorbed.length > 0 },
    size.finish?.(input(0)),
  );
  const operands = epilogue?.operands ?? [];
  const rowStrides = epilogue?.rowStrides ?? [];
  const source = context.tensors.rowMajor(a);
  const output = context.tensors.makeRowMajor(epilogue?.output ?? result);
  const weightType = weightTypeOf(context, b, rows);
  const typed = weightType === 'float32' ? {} : { type: weightType };
  const weights = context.constants.add(packedSize(sum, columns, tile, weightType) + readableAfter, {
    kind: 'panels',
    tileColumns: tile.columns,
    ...typed,
    pieces: [
      {
        value: b.name,
        base: first * size.columnStride,
        taps: [0],
        channels: sum,
        channelStride: size.sumStride,
        columns,
        columnStride: size.columnStride,
      },
    ],
  });
  const biasIndex = bias && context.constants.rows(bias, columns, packedBiasSize(columns, tile));
  const biasPointer: Pointer = biasIndex === undefined ? { scratch: 0 } : { constant: biasIndex };
  const panels = Math.ceil(columns / tile.columns);
  const params: ConvolutionParams = {
    outer: [],
    height: {
      size: rows,
      input: size.rowStride,
      output: columns,
      ...(operands.length === 0 ? {} : { operands: rowStrides }),
    },
    width: {
      size: 1,
      input: 0,
      output: 0,
      ...(operands.length === 0 ? {} : { operands: operands.map(() => 0) }),
    },
    sum: [{ size: sum, stride: size.aStride }],
    columns,
    writable: rows === 1 ? paddedChannels(columns) : columns,
    bias: bias !== undefined,
    tile,
    unit: unitOf(
      rows,
      sum,
      sum * columns,
      panels,
      24,
      epilogue?.rowStrides.some((stride) => stride !== 0),
    ),
    ...(weightType === 'float32' ? {} : { weightType }),
    ...(epilogue === undefined ? {} : { epilogue: epilogue.tree }),
  };
  const { precision } = context.options;
  const mayRound = precision === 'fast' && size.isExact !== true && !becomesWideIntegers(context, result);
  const isFitting = mayRound && weightType === 'float32' && size.aStride === 1;
  const shape = { images: 1, height: rows, width: 1, sum, columns, count: 1 };
  const saved = isFitting ? (savedByStrassen(costsOf(context.options), tile, shape) ?? 0) : 0;
  const offsets = [0, 0, 0, 0, ...operands.map(() => 0)];
  const kernel: KernelSpec =
    saved > 0 ? { name: 'strassen', params: { product: params, offsets: [offsets] } } : { name: 'convolution', params };
  context.add({
    kind: 'kernel',
    algorithm: saved > 0 ? 'strassen' : `matrix product${weightWords(weightType)}`,
    nodes: [node, ...absorbed, ...(epilogue?.nodes ?? [])],
    reads: [source, ...operands],
    writes: [output],
    ...(saved > 0 ? { scratch: mostScratch(shape, tile) } : {}),
    operations: 2 * rows * sum * columns,
    build: () => ({
      kernel,
      pointers: [
        { tensor: source },
        { constant: weights },
        biasPointer,
        { tensor: output },
        ...operands.map((tensor) => ({ tensor })),
        ...(saved > 0 ? [{ scratch: 0 }] : []),
      ],
    }),
  });
}

export const matrixLowerings: readonly Lowering[] = [lowerGemm, lowerMatMul];
