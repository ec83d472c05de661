/**
 * DynamicQuantizeLinear: the range of the tensor, from it scale and zero point, then the integers. Integer products read the
 * integers less the zero point, so these are made first; the integers themselves only where something else reads them.
 */

import type { Node, Value } from '../../ir/graph.js';
import { elementCount, rowMajorStrides } from '../../ir/tensor.js';
import { dynamicQuantizeLinearSchema } from '../../ops/quantization/schemas.js';
import {
  binary,
  clip,
  constant,
  type Elementwise,
  input,
  unary,
  where,
} from '../../wasm/kernels/elementwise-expression.js';
import type { RangeParams } from '../../wasm/kernels/range.js';
import type { ReduceParams } from '../../wasm/kernels/reduce.js';
import { channelBlock, paddedRow } from '../../wasm/kernels/views.js';
import { makesBytes } from '../context/bytes.js';
import type { LoweringContext } from '../context/context.js';
import { type LoweredTensor, RowMajorTensor } from '../context/tensor.js';
import type { Pointer, TensorPlacement } from '../context/unplaced-step.js';
import { addElementwise } from '../elementwise/loops.js';
import { setWithoutZeroPoint, subtractedBy } from '../elementwise/zero-points.js';
import { prefersNhwc8, stridesOf } from '../layouts.js';
import { defineLowering, floats, kernelsOf, type Lowering, unfitValue } from '../lowering.js';

const lowerDynamicQuantizeLinear = defineLowering(
  dynamicQuantizeLinearSchema,
  kernelsOf(floats),
  (context, node, { inputs }) => {
    const { x } = inputs;
    const dims = context.values.floatDims(x);
    if (dims === undefined) return unfitValue;
    const [y, scale, zeroPoint] = [0, 1, 2].map(
      (i) => node.outputs[i] ?? context.values.ownValue(`${node.name} ${i}`, []),
    );
    const range = addRange(context, node, x!, dims);
    addNumber(context, node, scale!, scaleTree, [range.high, range.low]);
    addNumber(context, node, zeroPoint!, zeroPointTree, [range.low, { tensor: context.tensors.rowMajor(scale!) }]);
    const quotient = unary('round', binary('div', input(0), input(1)));
    const zero = input(2);
    const addIntegers = (tree: Elementwise, output: Value) =>
      addElementwise(context, { nodes: [node], tree, inputs: [x!, scale!, zeroPoint!], output });
    const addWhole = () => addIntegers(clip(binary('add', quotient, zero), 0, 255), y!);
    if (makesBytes(context, y!)) {
      addWhole();
      return undefined;
    }
    if (!context.uses.readers(y!).some((reader) => subtractedBy(context, reader, y!) === zeroPoint)) {
      addWhole();
      return undefined;
    }
    const subtracted = context.values.ownValue(`${y!.name} without zero point`, dims);
    const bounded = binary('max', quotient, unary('neg', zero));
    addIntegers(binary('min', bounded, binary('sub', constant(255), zero)), subtracted);
    setWithoutZeroPoint(context, y!, zeroPoint!, subtracted);
    context.tensors.makeLater(y!, addWhole);
    return undefined;
  },
);

/** (high - low) / 255, with 0 taken into the range; 1 for a tensor of zeros. Inputs: high, low. */
const span = binary('sub', binary('max', input(0), constant(0)), binary('min', input(1), constant(0)));
const scaleTree = where(span, binary('div', span, constant(255)), constant(1));
/** -low / scale, rounded, within uint8. Inputs: low, scale. */
const zeroPointTree = unary(
  'round',
  clip(binary('div', unary('neg', binary('min', input(0), constant(0))), input(1)), 0, 255),
);

function addNumber(
  context: LoweringContext,
  node: Node,
  value: Value,
  tree: Elementwise,
  sources: readonly (Pointer & { readonly tensor: LoweredTensor })[],
): void {
  const target = context.tensors.makeRowMajor(value);
  context.add({
    kind: 'kernel',
    algorithm: 'elementwise',
    nodes: [node],
    reads: sources.map(({ tensor }) => tensor),
    writes: [target],
    operations: 0,
    build: () => ({
      kernel: {
        name: 'elementwise',
        params: { tree, axes: [], channels: 1, writable: 8, isBroadcast: [false, false] },
      },
      pointers: [...sources, { tensor: target }],
    }),
  });
}

/** The largest and the smallest numbers so far: one of each, or a row of each. */
interface Range {
  readonly high: Pointer & { readonly tensor: LoweredTensor };
  readonly low: Pointer & { readonly tensor: LoweredTensor };
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

export const dynamicQuantizationLowerings: readonly Lowering[] = [lowerDynamicQuantizeLinear];
