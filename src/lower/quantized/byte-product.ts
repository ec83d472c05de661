/**
 * Products of rows of integers of 8 bits with a constant matrix, as sums of 32 bits. Tensors that are no pictures lie in row-major
 * order as float32: a step makes bytes of them first.
 */
import type { Node, Value } from '../../ir/graph.js';
import { elementCount } from '../../ir/tensor.js';
import { byteScratch } from '../../wasm/kernels/byte-pixels.js';
import { type ConvolutionParams, defaultTile, packedBiasSize, packedSize } from '../../wasm/kernels/convolution.js';
import { input } from '../../wasm/kernels/elementwise-expression.js';
import { paddedChannels, readableAfter } from '../../wasm/kernels/views.js';
import type { LoweringContext } from '../context/context.js';
import { Nhwc8Tensor } from '../context/tensor.js';
import { lifted } from '../context/tensors.js';
import { onlyPosition } from '../convolution/geometry.js';
import { productEpilogue } from '../matrix/epilogue.js';
import type { Finish } from '../matrix/product.js';
import { unitOf } from '../units.js';
import { byteWeights, packedWords, tableOf, zeroOf } from './byte-operands.js';

export interface ByteProduct {
  readonly node: Node;
  readonly a: Value;
  readonly aZeroPoint: Value | undefined;
  readonly b: Value;
  readonly bZeroPoint: Value | undefined;
  readonly finish: Finish | undefined;
}

/** Adds the steps of a product of bytes. @returns false where it cannot be one */
export function lowerByteProduct(context: LoweringContext, product: ByteProduct): boolean {
  const { node, a, b, finish } = product;
  const { byteProducts, tier } = context.options;
  const type = context.values.elementType(a);
  const [aDims, bDims] = [context.values.sizedDims(a), context.values.constant(b)?.dims];
  if (byteProducts === undefined || (type !== 'uint8' && type !== 'int8')) return false;
  if (aDims === undefined || bDims?.length !== 2) return false;
  const layer = {
    ...{ x: a, xZeroPoint: product.aZeroPoint, weights: b, weightZeroPoint: product.bZeroPoint },
    ...{ subconvolutions: [{ depth: onlyPosition, height: onlyPosition, width: onlyPosition }], isTransposed: true },
  };
  const weights = byteWeights(context, layer);
  const zero = zeroOf(context, layer);
  if (weights === undefined || zero === undefined) return false;

  const [sum, columns] = bDims as [number, number];
  const rows = elementCount(aDims) / sum;
  const words = Math.ceil(sum / 4);
  const tile = defaultTile[tier];
  const epilogue = productEpilogue(
    context,
    { value: node.outputs[0]!, rows, columns, isOne: true },
    finish?.(input(0)),
  );
  const { operands = [], rowStrides = [] } = epilogue ?? {};
  const source = rowsAsBytes(context, node, a, rows, sum);
  const output = context.tensors.makeRowMajor(epilogue?.output ?? node.outputs[0]!);
  const packed = packedWords(context, layer, weights, [words, columns], 0);
  const piece = { value: packed.name, base: 0, taps: [0], channels: words, channelStride: columns };
  const panels = context.constants.add(packedSize(words, columns, tile) + readableAfter, {
    kind: 'panels',
    tileColumns: tile.columns,
    pieces: [{ ...piece, columns, columnStride: 1 }],
  });
  const row = packedBiasSize(columns, tile);
  const known = typeof zero === 'number' ? zero : undefined;
  const table = tableOf(layer, weights, [sum, columns, 1], known, row, undefined);
  const bias = context.constants.bytes(new Uint8Array(table.words.buffer));
  const panelCount = Math.ceil(columns / tile.columns);
  const hasOperand = rowStrides.some((stride) => stride !== 0);
  const still = operands.length === 0 ? {} : { operands: operands.map(() => 0) };
  context.add({
    kind: 'kernel',
    algorithm: 'matrix product of bytes',
    nodes: [node, ...(epilogue?.nodes ?? [])],
    reads: [source, ...operands, ...(typeof zero === 'number' ? [] : [zero])],
    writes: [output],
    operations: 2 * rows * sum * columns,
    scratch: byteScratch,
    build: (placement) => {
      const { pixelStride } = placement.view(source);
      const params: ConvolutionParams = {
        outer: [],
        height: {
          ...{ size: rows, input: pixelStride, output: columns },
          ...(operands.length === 0 ? {} : { operands: rowStrides }),
        },
        width: { size: 1, input: 0, output: 0, ...still },
        sum: [{ size: words, stride: 1 }],
        columns,
        writable: rows === 1 ? paddedChannels(columns) : columns,
        bias: true,
        tile,
        unit: unitOf(rows, words, words * columns, panelCount, 24, hasOperand),
        ...(epilogue === undefined ? {} : { epilogue: epilogue.tree }),
        bytes: {
          ...{ products: byteProducts, channels: sum, weightOffset: weights.offset },
          ...{ hasZeroPoint: typeof zero !== 'number', output: 'floats' },
        },
      };
      return {
        kernel: { name: 'convolution', params },
        pointers: [
          ...[{ tensor: source }, { constant: panels }, { constant: bias }, { tensor: output }],
          ...[...operands.map((tensor) => ({ tensor })), { scratch: 0 }],
          ...(typeof zero === 'number' ? [] : [{ tensor: zero }]),
        ],
      };
    },
  });
  return true;
}

/** Rows of integers as bytes from 0 on, each from a block of channels on. */
function rowsAsBytes(context: LoweringContext, node: Node, a: Value, rows: number, sum: number): Nhwc8Tensor {
  const source = context.tensors.rowMajor(a);
  const size = { images: 1, channels: Math.ceil(sum / 4), depth: 1, height: 1, width: rows };
  const target = new Nhwc8Tensor(`${a.name} as bytes`, size, { channels: sum });
  const tree = context.values.elementType(a) === 'int8' ? lifted : input(0);
  context.add({
    kind: 'kernel',
    algorithm: 'to bytes',
    nodes: [node],
    reads: [source],
    writes: [target],
    operations: 0,
    work: rows * sum * 4,
    build: (placement) => {
      const { pixelStride, writable } = placement.view(target);
      const axes = [{ size: rows, strides: [sum, pixelStride] }];
      const params = {
        tree,
        axes,
        channels: sum,
        writable: writable * 4,
        inputs: ['floats'],
        output: 'bytes',
      } as const;
      return {
        kernel: { name: 'byte elementwise', params },
        pointers: [{ tensor: source }, { tensor: target }],
      };
    },
  });
  return target;
}
