/** The matrix product of two tensors that are computed: the second is packed into panels first. */
import type { Node } from '../ir/graph.js';
import { elementCount, rowMajorStrides } from '../ir/tensor.js';
import { type ConvolutionParams, defaultTile, type OuterAxis, packedSize } from '../wasm/kernels/convolution.js';
import type { PackPanelsParams } from '../wasm/kernels/pack-panels.js';
import { epilogueOf } from './chain.js';
import type { LoweringContext } from './context.js';
import { broadcastStrides } from './elementwise.js';
import { unknownShapes } from './lowering.js';
import { FlatTensor } from './tensor.js';

/** MatMul: batches of matrices, broadcast. */
export function lowerComputedProduct(context: LoweringContext, node: Node): string | undefined {
  const [a, b] = node.inputs;
  const [aDims, bDims, onto] = [context.floatDims(a), context.floatDims(b), context.floatDims(node.outputs[0])];
  if (aDims === undefined || bDims === undefined || onto === undefined) {
    return unknownShapes;
  }
  if (aDims.length < 2 || bDims.length < 2) return 'a vector';
  const [sum, columns] = bDims.slice(-2) as [number, number];
  const tile = defaultTile[context.options.tier];
  const [aBatches, bBatches, batches] = [aDims, bDims, onto].map((dims) => dims.slice(0, -2)) as [
    number[],
    number[],
    number[],
  ];
  const matrices = elementCount(bBatches);
  // One matrix for all: the rows of all batches are rows of one.
  const isOne = matrices === 1;
  const rows = (isOne ? elementCount(batches) : 1) * onto.at(-2)!;
  const source = context.flat(a!);
  const matrix = context.flat(b!);
  const size = packedSize(sum, columns, tile);
  const packed = new FlatTensor(`${node.name} packed`, matrices * size);
  const epilogue = epilogueOf(context, node.outputs[0]!, { accepts: () => false, maxInputs: 1 });
  const output = context.makeFlat(epilogue?.output ?? node.outputs[0]!);
  const packing: PackPanelsParams = {
    batches: [{ size: matrices, strides: [sum * columns, size] }],
    sum,
    sumStride: columns,
    columns,
    columnStride: 1,
    tile,
  };
  context.add({
    kind: 'kernel',
    algorithm: 'pack panels',
    nodes: [node],
    reads: [matrix],
    writes: [packed],
    operations: 0,
    work: matrices * sum * columns * 4,
    build: () => ({
      kernel: { name: 'pack panels', params: packing },
      pointers: [{ tensor: matrix }, { tensor: packed }],
    }),
  });
  const [aStrides, bStrides, outStrides] = [
    broadcastStrides(aBatches, batches),
    broadcastStrides(bBatches, batches),
    rowMajorStrides(batches),
  ];
  const outer: OuterAxis[] = isOne
    ? []
    : batches.map((count, i) => ({
        size: count,
        input: aStrides[i]! * onto.at(-2)! * sum,
        output: outStrides[i]! * onto.at(-2)! * columns,
        weights: bStrides[i]! * size,
      }));
  const params: ConvolutionParams = {
    outer,
    height: { size: rows, input: sum, output: columns },
    width: { size: 1, input: 0, output: 0 },
    sum: [{ size: sum, stride: 1 }],
    columns,
    writable: columns,
    bias: false,
    tile,
    unit: { rows: 24, panels: Math.ceil(columns / tile.columns) },
    ...(epilogue === undefined ? {} : { epilogue: epilogue.tree }),
  };
  context.add({
    kind: 'kernel',
    algorithm: 'matrix product',
    nodes: [node, ...(epilogue?.nodes ?? [])],
    reads: [source, packed],
    writes: [output],
    operations: 2 * elementCount(onto) * sum,
    build: () => ({
      kernel: { name: 'convolution', params },
      pointers: [{ tensor: source }, { tensor: packed }, { scratch: 0 }, { tensor: output }],
    }),
  });
  return undefined;
}
