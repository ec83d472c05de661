/**
 * A tile of a convolution and what becomes of its sums, as a function that does it several times along a row. Layers whose tiles
 * have the same form share it, whatever their sizes are.
 */
import { add, forRange, loadVector } from '../arithmetic.js';
import { exactJson } from '../exact-json.js';
import { call, type Local, type Operand } from '../expression.js';
import type { FunctionBuilder, FunctionReference } from '../function.js';
import type { emitBytePixels } from './byte-pixels.js';
import { type ConvolutionParams, type OutputAxis, panelBytesOf, weightTermsOf } from './convolution.js';
import { type Elementwise, emitElementwise } from './elementwise-expression.js';
import { isInline } from './epilogue.js';
import type { KernelTarget } from './kernel.js';
import type { Pixel } from './pixel-tiles.js';
import { storeColumns } from './store-columns.js';
import { emitDepthwiseTile, emitSmallNTile, emitTile } from './tile.js';

/** Tiles of bytes come with the other kernels of quantized networks. */
let emitBytes: typeof emitBytePixels | undefined;

export function registerByteTiles(emit: typeof emitBytePixels): void {
  emitBytes = emit;
}

export interface TileForm {
  readonly pixels: readonly Pixel[];
  /** Whether rows follow one another without a gap: then only the number of pixels matters. */
  readonly isContiguous: boolean;
  /** Columns of the panels, and those of them that may be overwritten. */
  readonly columns: number;
  readonly writable: number;
  /** Panels side by side whose sums it makes at once. */
  readonly panels: number;
}

/** Pixels of a tile that lie beside one another. */
export interface Segment {
  /** Of its first one, in floats from the tile's first pixel, for each pointer. */
  readonly input: number;
  readonly output: number;
  readonly operands: readonly number[];
  readonly count: number;
}

type Axes = Pick<ConvolutionParams, 'height' | 'width'>;

function segmentsOf({ height, width }: Axes, { pixels, isContiguous }: TileForm): Segment[] {
  const [first] = pixels as readonly [Pixel, ...Pixel[]];
  const place = ({ row, column }: Pixel, stride: (axis: OutputAxis) => number) =>
    (row - first.row) * stride(height) + (column - first.column) * stride(width);
  const segments: Segment[] = [];
  for (const pixel of pixels) {
    const last = segments.at(-1);
    if (last !== undefined && (isContiguous || pixel.column > 0)) {
      segments[segments.length - 1] = { ...last, count: last.count + 1 };
    } else {
      segments.push({
        input: place(pixel, (axis) => axis.input),
        output: place(pixel, (axis) => axis.output),
        operands: (height.operands ?? []).map((_, k) => place(pixel, (axis) => axis.operands?.[k] ?? 0)),
        count: 1,
      });
    }
  }
  return segments;
}

/** Arguments: as of the convolution, at the first pixel and the columns of the panel; the last one is how often. */
export function tileFunction(target: KernelTarget, params: ConvolutionParams, form: TileForm): FunctionReference {
  const { module, tier } = target;
  const { width, sum, algorithm = 'dense', bytes, epilogue, bias, weightType: type = 'float32' } = params;
  const { pixels, columns, writable, panels } = form;
  const segments = segmentsOf(params, form);
  const operandCount = segments[0]!.operands.length;
  const key = {
    ...{ tile: segments, columns, writable, sum, algorithm, bytes, epilogue, bias, width: { ...width, size: 0 } },
    smallN: algorithm === 'small-N' ? params.columns : 0,
    ...(type === 'float32' && panels === 1
      ? {}
      : { weights: { type, first: weightTermsOf(params).first, panels, panelBytes: panelBytesOf(params) } }),
  };
  return module.shared(`convolution tile ${exactJson(key)}`, () => {
    const further = (algorithm === 'small-N' || bytes !== undefined ? 1 : 0) + (bytes?.hasZeroPoint === true ? 1 : 0);
    const type = { params: Array.from({ length: 5 + operandCount + further }, () => 'i32' as const), results: [] };
    const name = `${pixels.length} pixels x ${columns}, sum ${sum.map(({ size }) => size).join('x')}`;
    return module.function(name, type, (f, ...args) => {
      const [input, weights, panelBias, output] = args as [Local, Local, Local, Local];
      const operands = args.slice(4, 4 + operandCount);
      const [scratch, zeroPoint] = args.slice(4 + operandCount, -1);
      forRange(f, 0, args.at(-1)!, 1, () => {
        const pointers = { input, output, operands };
        const panel = { weights, bias: panelBias };
        if (bytes !== undefined && scratch !== undefined) {
          const tile = { columns, writable, segments };
          if (emitBytes === undefined) throw new RangeError('tiles of bytes are used before they are loaded');
          emitBytes(f, params, bytes, tier, tile, { ...pointers, scratch, zeroPoint }, panel);
        } else {
          const a = f.local('i32', input);
          const b = f.local('i32', weights);
          const rows = offsetsOf(segments, (segment) => segment.input, width.input);
          const emit = { dense: emitTile, depthwise: emitDepthwiseTile, 'small-N': emitSmallNTile }[algorithm];
          const summed = algorithm === 'small-N' ? params.columns : columns;
          const options = { tier, rows, columns: summed, sum, scratch, weights: key.weights };
          const sums = emit(f, options, a, b, bias ? panelBias : undefined);
          finishPixels(f, target, params, form, segments, pointers, sums);
        }
        f.increase(input, pixels.length * width.input * 4);
        f.increase(output, pixels.length * width.output * 4);
        for (const [k, operand] of operands.entries()) {
          f.increase(operand, pixels.length * (width.operands?.[k] ?? 0) * 4);
        }
      });
    });
  });
}

/** The places of all pixels. */
export function offsetsOf(segments: readonly Segment[], start: (segment: Segment) => number, stride: number): number[] {
  return segments.flatMap((segment) => Array.from({ length: segment.count }, (_, i) => start(segment) + i * stride));
}

/** A pointer at the start of a segment: places of broadcast operands may lie before the first pixel's. */
export function segmentPointer(f: FunctionBuilder, pointer: Local, offset: number): Local {
  return f.local('i32', add(pointer, offset * 4));
}

/** Epilogue and stores of a tile's sums, pixel by pixel. */
function finishPixels(
  f: FunctionBuilder,
  { module, tier }: KernelTarget,
  { width, epilogue }: ConvolutionParams,
  { columns, writable }: TileForm,
  segments: readonly Segment[],
  pointers: { readonly output: Local; readonly operands: readonly Local[] },
  sums: readonly (readonly Operand[])[],
): void {
  const isDeferred = epilogue !== undefined && !isInline(epilogue, 'direct');
  const strides = pointers.operands.map((_, k) => width.operands?.[k] ?? 0);
  let first = 0;
  for (const segment of segments) {
    const output = segmentPointer(f, pointers.output, segment.output);
    const operands = pointers.operands.map((operand, k) => segmentPointer(f, operand, segment.operands[k]!));
    for (let i = 0; i < segment.count; i++) {
      const sum = sums[first + i]!;
      const finished =
        epilogue === undefined || isDeferred
          ? sum
          : emitElementwise(
              f,
              tier,
              epilogue,
              sum.map((value, j) => [
                value,
                ...operands.map((operand, k) => f.local('v128', loadVector(operand, (i * strides[k]! + j * 4) * 4))),
              ]),
            );
      storeColumns(f, output, i * width.output * 4, finished, writable);
    }
    first += segment.count;
  }
  if (!isDeferred) return;
  const finish = deferredEpilogue({ module, tier }, epilogue, {
    columns,
    writable,
    output: width.output,
    operands: strides,
  });
  for (const segment of segments) {
    const output = segmentPointer(f, pointers.output, segment.output);
    const operands = pointers.operands.map((operand, k) => segmentPointer(f, operand, segment.operands[k]!));
    f.run(call(finish, output, ...operands, segment.count));
  }
}

/** What a deferred epilogue works on: columns of pixels, and the strides of these. */
interface DeferredPixels {
  readonly columns: number;
  readonly writable: number;
  readonly output: number;
  readonly operands: readonly number[];
}

/**
 * A deferred epilogue as a function of its own: in the tile's, whose sums take all registers, what it computes on the way would be in
 * memory. Arguments: output, operands, the number of pixels.
 */
function deferredEpilogue(
  { module, tier }: KernelTarget,
  epilogue: Elementwise,
  pixels: DeferredPixels,
): FunctionReference {
  const { columns, writable, output: stride, operands: strides } = pixels;
  return module.shared(`epilogue ${exactJson({ epilogue, pixels })}`, () => {
    const type = { params: Array.from({ length: 2 + strides.length }, () => 'i32' as const), results: [] };
    return module.function(`epilogue of ${columns} columns`, type, (f, ...args) => {
      const [output, ...operands] = args.slice(0, -1) as [Local, ...Local[]];
      forRange(f, 0, args.at(-1)!, 1, () => {
        const inputs = Array.from({ length: columns / 4 }, (_, j) =>
          [output, ...operands].map((pointer) => f.local('v128', loadVector(pointer, j * 16))),
        );
        storeColumns(f, output, 0, emitElementwise(f, tier, epilogue, inputs), writable);
        f.increase(output, stride * 4);
        for (const [k, operand] of operands.entries()) f.increase(operand, strides[k]! * 4);
      });
    });
  });
}
