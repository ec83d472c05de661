/** Steps that find the largest and the smallest number of a tensor. */
import type { Node, Value } from '../../ir/graph.js';
import { elementCount, rowMajorStrides } from '../../ir/tensor.js';
import type { RangeParams } from '../../wasm/kernels/range.js';
import type { ReduceParams } from '../../wasm/kernels/reduce.js';
import { channelBlock, paddedRow } from '../../wasm/kernels/views.js';
import type { LoweringContext } from '../context/context.js';
import { type LoweredTensor, RowMajorTensor } from '../context/tensor.js';
import type { Pointer, TensorPlacement } from '../context/unplaced-step.js';
import { prefersNhwc8, stridesOf } from '../layouts.js';
import { joinedBy, keptNumbers, keptRange } from './ranges.js';

/** Parts of a joined tensor whose ranges are compared one by one. */
const mostParts = 4;

/** The largest and the smallest numbers so far: one of each, or a row of each. */
export interface Range {
  readonly high: Pointer & { readonly tensor: LoweredTensor };
  readonly low: Pointer & { readonly tensor: LoweredTensor };
}

/** The ranges of the parts of a tensor: those that its producers have kept, and what is found of the others. */
export function rangesOf(context: LoweringContext, node: Node, x: Value, dims: readonly number[]): Range[] {
  const own = keptRange(context, x);
  if (own !== undefined) {
    const apart = { high: { tensor: own, offset: 0 }, low: { tensor: own, offset: keptNumbers } };
    return [addWhole(context, node, apart, keptNumbers)];
  }
  const parts = joinedBy(context, x) ?? [];
  const areKept = parts.length <= mostParts && parts.some((part) => keptRange(context, part) !== undefined);
  if (!areKept) return [addRange(context, node, x, dims)];
  return parts.flatMap((part) => rangesOf(context, node, part, context.values.dims(part)!));
}

/** The largest and the smallest number of a tensor: of each row first, so that threads share the work, then of all rows. */
function addRange(context: LoweringContext, node: Node, x: Value, dims: readonly number[]): Range {
  const source = prefersNhwc8(context, x) ? context.tensors.nhwc8(x) : context.tensors.rowMajor(x);
  const sources = { high: { tensor: source, offset: 0 }, low: { tensor: source, offset: 0 } };
  const elements = elementCount(dims);
  if (source.layout === 'nhwc8' && dims[1]! % channelBlock === 0) {
    // No channel is padding.
    const { images, depth, height, width, channels } = source.size;
    const rows = images * depth * height;
    const partial = addRuns(context, node, source, rows, elements, (placement) => {
      const { imageStride, sliceStride, rowStride, pixelStride } = placement.view(source);
      const axes = [
        { size: images, strides: [imageStride, depth * height] },
        { size: depth, strides: [sliceStride, height] },
        { size: height, strides: [rowStride, 1] },
      ];
      return { rows: axes, piece: channels, pieces: { size: width, stride: pixelStride } };
    });
    return rows === 1 ? partial : addWhole(context, node, partial, rows);
  }
  if (source.layout === 'nhwc8') {
    // A row is a row of pixels in one channel.
    const run = dims.at(-1)!;
    const order = [0, ...dims.map((_, axis) => axis).slice(2, -1), 1];
    const to = rowMajorStrides(order.map((axis) => dims[axis]!));
    const rows = elements / run;
    const partial = addPartialRange(context, node, sources, rows, elements, (placement) => {
      const from = stridesOf(source, dims, placement);
      return {
        kept: order.map((axis, place) => ({ size: dims[axis]!, strides: [from[axis]!, to[place]!] })),
        reduced: [{ size: run, stride: from.at(-1)! }],
      };
    });
    return addWhole(context, node, partial, rows);
  }
  const run = rowLength(dims);
  const rows = elements / run;
  const partial = addRuns(context, node, source, rows, elements, () => ({
    rows: [{ size: rows, strides: [run, 1] }],
    piece: run,
    pieces: { size: 1, stride: run },
  }));
  return rows === 1 ? partial : addWhole(context, node, partial, rows);
}

/** The range of each of some runs. */
function addRuns(
  context: LoweringContext,
  node: Node,
  source: LoweredTensor,
  rows: number,
  elements: number,
  runsOf: (placement: TensorPlacement) => Omit<RangeParams, 'apart'>,
): Range {
  const apart = paddedRow(rows);
  const target = new RowMajorTensor(`${node.name} range`, 2 * apart);
  context.add({
    kind: 'kernel',
    algorithm: 'range of runs',
    nodes: [node],
    reads: [source],
    writes: [target],
    operations: 2 * elements,
    work: 4 * elements,
    build: (placement) => ({
      kernel: { name: 'range', params: { ...runsOf(placement), apart } },
      pointers: [{ tensor: source }, { tensor: target }],
    }),
  });
  return { high: { tensor: target, offset: 0 }, low: { tensor: target, offset: apart } };
}

/** Elements of a row at least, so that it is worth a work unit. */
const leastRow = 1024;

/** The elements of the fewest last axes that have at least `leastRow`. */
function rowLength(dims: readonly number[]): number {
  let length = 1;
  for (const size of [...dims].reverse()) if (length < leastRow) length *= size;
  return length;
}

function addWhole(context: LoweringContext, node: Node, sources: Range, count: number): Range {
  return addPartialRange(context, node, sources, 1, count, () => ({ kept: [], reduced: [{ size: count, stride: 1 }] }));
}

/** The range of each row of others: both reductions in turns, while the row is in the cache. */
function addPartialRange(
  context: LoweringContext,
  node: Node,
  { high, low }: Range,
  rows: number,
  elements: number,
  axesOf: (placement: TensorPlacement) => Pick<ReduceParams, 'kept' | 'reduced'>,
): Range {
  const stride = paddedRow(rows);
  const target = new RowMajorTensor(`${node.name} range`, 2 * stride);
  const source = high.tensor;
  context.add({
    kind: 'kernel',
    algorithm: 'reduce max, min',
    nodes: [node],
    reads: [source],
    writes: [target],
    operations: 2 * elements,
    work: 4 * elements,
    build: (placement) => {
      const axes = axesOf(placement);
      const piece = (kind: 'max' | 'min', offsets: readonly number[]) => ({
        kernel: { name: 'reduce', params: { kind, ...axes } } as const,
        offsets,
      });
      return {
        kernel: {
          name: 'interleave',
          pieces: [piece('max', [offsetOf(high), 0]), piece('min', [offsetOf(low), stride])],
        },
        pointers: [{ tensor: source }, { tensor: target }],
      };
    },
  });
  return { high: { tensor: target, offset: 0 }, low: { tensor: target, offset: stride } };
}

function offsetOf(pointer: Pointer): number {
  return 'offset' in pointer ? (pointer.offset ?? 0) : 0;
}
