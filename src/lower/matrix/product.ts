/** The matrix product of two computed tensors: a step packs the second into panels first. */
import type { Node, Value } from '../../ir/graph.js';
import { elementCount, rowMajorStrides } from '../../ir/tensor.js';
import {
  type ConvolutionParams,
  defaultTile,
  type OuterAxis,
  packedBiasSize,
  packedSize,
} from '../../wasm/kernels/convolution.js';
import { type Elementwise, input } from '../../wasm/kernels/elementwise-expression.js';
import type { PackPanelsParams } from '../../wasm/kernels/pack-panels.js';
import { mergePointerAxes } from '../../wasm/kernels/rows.js';
import type { LoweringContext } from '../context/context.js';
import { RowMajorTensor } from '../context/tensor.js';
import type { Pointer } from '../context/unplaced-step.js';
import type { ChainStart } from '../elementwise/chain.js';
import { broadcastStrides } from '../elementwise/loops.js';
import { unitOf } from '../units.js';
import { productEpilogue } from './epilogue.js';
import type { BatchAxis } from './stack.js';

/** What the node itself makes of a sum, before any node that follows. */
export type Finish = (sum: Elementwise) => ChainStart;

export interface MatrixProduct {
  readonly node: Node;
  readonly a: Value;
  readonly b: Value;
  /** A constant row. */
  readonly bias: Value | undefined;
  readonly rows: number;
  readonly sum: number;
  readonly columns: number;
  /** Strides in A: from row to row, and along the sum. */
  readonly rowStride: number;
  readonly aStride: number;
  /** Strides in B: along the sum, and from column to column. */
  readonly sumStride: number;
  readonly columnStride: number;
  readonly finish?: Finish | undefined;
}

/** Stacks of matrices that are broadcast to `batches`; sizes and strides are those of one matrix. */
export interface ComputedProduct extends MatrixProduct {
  /** Nodes that the product stands for beside its own: transpositions that the strides say. */
  readonly absorbed?: readonly Node[];
  readonly aBatches: readonly BatchAxis[];
  readonly bBatches: readonly BatchAxis[];
  readonly batches: readonly number[];
}

export function lowerComputedProduct(context: LoweringContext, product: ComputedProduct): void {
  const { node, a, b, bias, sum, columns, rowStride, aStride, sumStride, columnStride, batches } = product;
  const tile = defaultTile[context.options.tier];
  const result = node.outputs[0]!;
  const bSizes = product.bBatches.map(({ size }) => size);
  const matrices = elementCount(bSizes);
  const aStrides = broadcastStrides(
    product.aBatches.map(({ size }) => size),
    batches,
    product.aBatches.map(({ stride }) => stride),
  );
  // Where one B serves all batches, and their rows follow one another, they are the rows of one matrix.
  const merged = mergePointerAxes([
    ...batches.map((count, i) => ({ size: count, strides: [aStrides[i]!] })),
    { size: product.rows, strides: [rowStride] },
  ]);
  const isOne = matrices === 1 && merged.length <= 1;
  const rows = (isOne ? elementCount(batches) : 1) * product.rows;
  const nodes = [...(product.absorbed ?? []), node];
  const source = context.tensors.rowMajor(a);
  const size = packedSize(sum, columns, tile);
  const epilogue = productEpilogue(context, { value: result, rows, columns, isOne }, product.finish?.(input(0)));
  const operands = epilogue?.operands ?? [];
  const output = context.tensors.makeRowMajor(epilogue?.output ?? result);
  const biasIndex = bias && context.constants.rows(bias, columns, packedBiasSize(columns, tile));
  const biasPointer: Pointer = biasIndex === undefined ? { scratch: 0 } : { constant: biasIndex };
  const packed = packMatrices(context, {
    nodes,
    value: b,
    batches: product.bBatches,
    sum,
    sumStride,
    columns,
    columnStride,
  });
  const [bStrides, outStrides] = [broadcastStrides(bSizes, batches), rowMajorStrides(batches)];
  const still = operands.length === 0 ? {} : { operands: operands.map(() => 0) };
  const outer: OuterAxis[] = isOne
    ? []
    : batches.map((count, i) => ({
        size: count,
        input: aStrides[i]!,
        output: outStrides[i]! * product.rows * columns,
        weights: bStrides[i]! * size,
        ...still,
      }));
  const params: ConvolutionParams = {
    outer,
    height: {
      size: rows,
      input: isOne ? (merged[0]?.strides[0] ?? 0) : rowStride,
      output: columns,
      ...(epilogue === undefined || operands.length === 0 ? {} : { operands: epilogue.rowStrides }),
    },
    width: { size: 1, input: 0, output: 0, ...still },
    sum: [{ size: sum, stride: aStride }],
    columns,
    writable: columns,
    bias: bias !== undefined,
    tile,
    unit: unitOf(
      rows,
      sum,
      sum * columns,
      Math.ceil(columns / tile.columns),
      24,
      epilogue?.rowStrides.some((stride) => stride !== 0),
    ),
    ...(epilogue === undefined ? {} : { epilogue: epilogue.tree }),
  };
  context.add({
    kind: 'kernel',
    algorithm: 'matrix product',
    nodes: [...nodes, ...(epilogue?.nodes ?? [])],
    reads: [source, packed, ...operands],
    writes: [output],
    operations: 2 * elementCount(batches) * product.rows * columns * sum,
    build: () => ({
      kernel: { name: 'convolution', params },
      pointers: [
        { tensor: source },
        { tensor: packed },
        biasPointer,
        { tensor: output },
        ...operands.map((tensor) => ({ tensor })),
      ],
    }),
  });
}

/** Stacks of matrices that products read in panels. */
export interface PackedMatrices {
  readonly nodes: readonly Node[];
  readonly value: Value;
  readonly batches: readonly BatchAxis[];
  readonly sum: number;
  readonly sumStride: number;
  readonly columns: number;
  readonly columnStride: number;
}

/** Brings matrices into panels, `packedSize` floats each, one after the other. */
export function packMatrices(context: LoweringContext, matrices: PackedMatrices): RowMajorTensor {
  const { nodes, value, batches, ...size } = matrices;
  const tile = defaultTile[context.options.tier];
  const sizes = batches.map((axis) => axis.size);
  const count = elementCount(sizes);
  const floats = packedSize(size.sum, size.columns, tile);
  const matrix = context.tensors.rowMajor(value);
  const packed = new RowMajorTensor(`${nodes.at(-1)!.name} packed`, count * floats);
  const strides = rowMajorStrides(sizes);
  const packing: PackPanelsParams = {
    batches: mergePointerAxes(
      batches.map((axis, i) => ({ size: axis.size, strides: [axis.stride, strides[i]! * floats] })),
    ),
    ...size,
    tile,
  };
  context.add({
    kind: 'kernel',
    algorithm: 'pack panels',
    nodes,
    reads: [matrix],
    writes: [packed],
    operations: 0,
    work: count * size.sum * size.columns * 4,
    build: () => ({
      kernel: { name: 'pack panels', params: packing },
      pointers: [{ tensor: matrix }, { tensor: packed }],
    }),
  });
  return packed;
}
