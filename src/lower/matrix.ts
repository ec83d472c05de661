/** Gemm and MatMul with a constant B: a convolution whose pixels are the rows of A. */
import type { Node, Value } from '../ir/graph.js';
import { floatOf, intOf } from '../ir/node-attributes.js';
import { elementCount } from '../ir/tensor.js';
import { type ConvolutionParams, defaultTile, packedBiasSize, packedSize } from '../wasm/kernels/convolution.js';
import { epilogueOf } from './chain.js';
import type { LoweringContext } from './context.js';
import type { Pointer } from './draft.js';
import { broadcastStrides } from './elementwise.js';
import { type Lowering, unknownShapes } from './lowering.js';
import { lowerComputedProduct } from './product.js';

interface Product {
  readonly node: Node;
  readonly a: Value;
  readonly b: Value;
  readonly bias: Value | undefined;
  readonly rows: number;
  readonly sum: number;
  readonly columns: number;
  /** Distances in B of neighbours along the sum and the columns. */
  readonly sumStride: number;
  readonly columnStride: number;
}

export const lowerGemm: Lowering = (context, node) => {
  const [a, b, c] = node.inputs;
  const [aDims, bDims] = [context.floatDims(a), context.constant(b)?.dims];
  if (aDims === undefined || context.floatDims(node.outputs[0]) === undefined) {
    return unknownShapes;
  }
  if (bDims === undefined) return 'a B that is computed';
  if ((floatOf(node, 'alpha') ?? 1) !== 1 || (c !== undefined && (floatOf(node, 'beta') ?? 1) !== 1)) {
    return 'factors other than 1';
  }
  const isTransposed = intOf(node, 'transB') === 1;
  const isATransposed = intOf(node, 'transA') === 1;
  const [rows, sum] = isATransposed ? [aDims[1]!, aDims[0]!] : [aDims[0]!, aDims[1]!];
  if (isATransposed && rows > 1 && sum > 1) return 'a transposed A';
  const columns = isTransposed ? bDims[0]! : bDims[1]!;
  const cDims = c && context.constant(c)?.dims;
  if (c !== undefined && (cDims === undefined || !isRow(cDims, columns))) return 'a C that is not a row';
  const [sumStride, columnStride] = isTransposed ? [1, sum] : [columns, 1];
  lowerProduct(context, { node, a: a!, b: b!, bias: c, rows, sum, columns, sumStride, columnStride });
  return undefined;
};

function isRow(dims: readonly number[], columns: number): boolean {
  return dims.at(-1) === columns && elementCount(dims) === columns;
}

export const lowerMatMul: Lowering = (context, node) => {
  const [a, b] = node.inputs;
  const [aDims, bDims] = [context.floatDims(a), context.constant(b)?.dims];
  if (aDims === undefined || context.floatDims(node.outputs[0]) === undefined) {
    return unknownShapes;
  }
  if (bDims?.length !== 2) return lowerComputedProduct(context, node);
  const [sum, columns] = bDims as [number, number];
  const rows = elementCount(aDims) / sum;
  lowerProduct(context, {
    node,
    a: a!,
    b: b!,
    bias: undefined,
    rows,
    sum,
    columns,
    sumStride: columns,
    columnStride: 1,
  });
  return undefined;
};

function lowerProduct(context: LoweringContext, size: Product): void {
  const { node, a, b, bias, rows, sum, columns } = size;
  const tile = defaultTile[context.options.tier];
  const result = node.outputs[0]!;
  const onto = context.dims(result)!;
  const isMatrixWide = onto.at(-1) === columns;
  const epilogue = epilogueOf(context, result, {
    accepts: (_value, dims) => {
      if (!isMatrixWide || dims.length > onto.length) return false;
      const isFull = elementCount(dims) === rows * columns;
      return isFull || isRow(dims, columns);
    },
    maxInputs: 4,
  });
  const operandValues = (epilogue?.inputs ?? []).filter((value) => value !== undefined);
  const operands = operandValues.map((value) => context.flat(value));
  const rowStrides = operandValues.map((value) =>
    broadcastStrides(context.dims(value)!, [rows, columns])[0] === 0 || isRow(context.dims(value)!, columns)
      ? 0
      : columns,
  );
  const input = context.flat(a);
  const output = context.makeFlat(epilogue?.output ?? result);
  const weights = context.planConstant(
    `${b.name} product ${tile.columns} ${size.sumStride}`,
    packedSize(sum, columns, tile) + 16,
    {
      kind: 'panels',
      tileColumns: tile.columns,
      pieces: [
        {
          value: b.name,
          base: 0,
          taps: [0],
          channels: sum,
          channelStride: size.sumStride,
          columns,
          columnStride: size.columnStride,
        },
      ],
    },
  );
  const biasIndex = bias && context.planRows(bias, columns, packedBiasSize(columns, tile));
  const biasPointer: Pointer = biasIndex === undefined ? { scratch: 0 } : { constant: biasIndex };
  const panels = Math.ceil(columns / tile.columns);
  const params: ConvolutionParams = {
    outer: [],
    height: {
      size: rows,
      input: sum,
      output: columns,
      ...(operands.length === 0 ? {} : { operands: rowStrides }),
    },
    width: {
      size: 1,
      input: 0,
      output: 0,
      ...(operands.length === 0 ? {} : { operands: operands.map(() => 0) }),
    },
    sum: [{ size: sum, stride: 1 }],
    columns,
    writable: rows === 1 ? Math.ceil(columns / 8) * 8 : columns,
    bias: bias !== undefined,
    tile,
    unit: { rows: 24, panels: rows > 192 ? panels : Math.max(1, Math.ceil(panels / 8)) },
    ...(epilogue === undefined ? {} : { epilogue: epilogue.tree }),
  };
  context.add({
    kind: 'kernel',
    algorithm: 'matrix product',
    nodes: [node, ...(epilogue?.nodes ?? [])],
    reads: [input, ...operands],
    writes: [output],
    operations: 2 * rows * sum * columns,
    build: () => ({
      kernel: { name: 'convolution', params },
      pointers: [
        { tensor: input },
        { constant: weights },
        biasPointer,
        { tensor: output },
        ...operands.map((tensor) => ({ tensor })),
      ],
    }),
  });
}
