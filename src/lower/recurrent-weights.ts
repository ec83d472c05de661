/** Weights and biases of recurrent layers as their kernels read them: packed before a run, or in it where they are computed. */
import type { Node, Value } from '../ir/graph.js';
import { packedSize, type TileSize } from '../wasm/kernels/convolution.js';
import { readableAfter } from '../wasm/kernels/views.js';
import type { LoweringContext } from './context/context.js';
import { RowMajorTensor } from './context/tensor.js';
import type { Pointer } from './context/unplaced-step.js';
import { addCopy, addFill } from './movement/copy.js';

/** Rows of a matrix, one for each number that is computed, as columns of panels. */
export interface RowPack {
  /** Floats before its first row. */
  readonly base: number;
  /** Numbers of a row. */
  readonly length: number;
  readonly rows: number;
}

/** What a kernel reads, with the tensor that it waits for. */
export interface Packed {
  readonly pointer: Pointer;
  readonly reads: readonly RowMajorTensor[];
}

/** The packs, one after another. */
export function packRows(
  context: LoweringContext,
  node: Node,
  value: Value,
  packs: readonly RowPack[],
  tile: TileSize,
): Packed {
  const sizes = packs.map(({ length, rows }) => packedSize(length, rows, tile));
  const floats = sizes.reduce((sum, size) => sum + size, 0) + readableAfter;
  if (context.values.constant(value) !== undefined) {
    const pieces = packs.map(({ base, length, rows }) => ({
      value: value.name,
      base,
      taps: [0],
      channels: length,
      channelStride: 1,
      columns: rows,
      columnStride: length,
    }));
    const constant = context.constants.add(floats, { kind: 'panels', tileColumns: tile.columns, pieces });
    return { pointer: { constant }, reads: [] };
  }
  const source = context.tensors.rowMajor(value);
  const packed = new RowMajorTensor(`${value.name} packed`, floats);
  let start = 0;
  for (const [i, { base, length, rows }] of packs.entries()) {
    const into = { tensor: packed, offset: start };
    const params = { batches: [], sum: length, sumStride: 1, columns: rows, columnStride: length, tile };
    context.add({
      kind: 'kernel',
      algorithm: 'pack panels',
      nodes: [node],
      reads: [source],
      writes: [packed],
      isDisjoint: true,
      operations: 0,
      work: length * rows * 4,
      build: () => ({
        kernel: { name: 'pack panels', params },
        pointers: [{ tensor: source, offset: base }, into],
      }),
    });
    start += sizes[i]!;
  }
  return { pointer: { tensor: packed }, reads: [packed] };
}

/** Rows of a matrix, each at a distance that leaves room to read beyond it. */
export function spaceRows(
  context: LoweringContext,
  node: Node,
  value: Value,
  { rows, columns, stride }: { readonly rows: number; readonly columns: number; readonly stride: number },
): Packed {
  if (context.values.constant(value) !== undefined)
    return { pointer: { constant: context.constants.rows(value, columns, stride, rows) }, reads: [] };
  const source = context.tensors.rowMajor(value);
  const spaced = new RowMajorTensor(`${value.name} in rows`, rows * stride + readableAfter);
  // What follows a row is read, though it does not count: it has to be finite.
  addFill(context, node, spaced, 0, () => [{ size: spaced.floats, strides: [1] }], spaced.floats);
  addCopy(context, {
    node,
    source,
    target: spaced,
    elements: rows * columns,
    boxOf: () => ({
      axes: [
        { size: rows, strides: [columns, stride] },
        { size: columns, strides: [1, 1] },
      ],
    }),
  });
  return { pointer: { tensor: spaced }, reads: [spaced] };
}
