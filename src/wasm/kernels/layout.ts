/** Between ONNX order (channels before pixels) and NHWC8; zeros around a tensor. */
import { add, forRange, loadVector, repeat, storeVector, subtract } from '../arithmetic.js';
import { f32x4Const, type Local, load, memoryFill, memoryLaneOp, type Operand, op, shuffle32 } from '../expression.js';
import type { FunctionBuilder } from '../function.js';
import type { Kernel, KernelTarget } from './kernel.js';
import { fetchLines, isFar } from './prefetch.js';
import { rowKernel } from './rows.js';
import { storeColumns } from './store-columns.js';
import { type Halo, sliceAxes, type View } from './views.js';

function roundDown(value: number, multiple: number): number {
  return Math.floor(value / multiple) * multiple;
}

/** Pixels by channels that are transposed at once. */
const block = 4;
/** Channels of a strip. */
const stripChannels = 8;

/** The four columns of four rows. */
export function transpose(f: FunctionBuilder, rows: readonly Operand[]): Local[] {
  const [a, b, c, d] = rows as [Operand, Operand, Operand, Operand];
  const keep = (value: Operand) => f.local('v128', value);
  const lowAb = keep(shuffle32(a, b, [0, 4, 1, 5]));
  const lowCd = keep(shuffle32(c, d, [0, 4, 1, 5]));
  const highAb = keep(shuffle32(a, b, [2, 6, 3, 7]));
  const highCd = keep(shuffle32(c, d, [2, 6, 3, 7]));
  return [
    keep(shuffle32(lowAb, lowCd, [0, 1, 4, 5])),
    keep(shuffle32(lowAb, lowCd, [2, 3, 6, 7])),
    keep(shuffle32(highAb, highCd, [0, 1, 4, 5])),
    keep(shuffle32(highAb, highCd, [2, 3, 6, 7])),
  ];
}

/** Floats of NHWC8 whose lines stay in the nearest cache until all of their channels have been there. */
const pieceFloats = 2 ** 13;

/** Arguments: source in ONNX order, target. Padding channels become 0. Units are rows. */
export function fromOnnxOrder(target: KernelTarget, view: View): Kernel {
  const { channels, height, width, writable } = view;
  const plane = view.depth * height * width;
  return rowKernel(target, {
    name: 'from ONNX order',
    axes: [
      ...sliceAxes(view, [{ imageStride: channels * plane, sliceStride: height * width }, view]),
      { size: height, strides: [width, view.rowStride] },
    ],
    pointers: 2,
    operations: 0,
    body: (f, pointers) => {
      const [source, into] = pointers as [Local, Local];
      const zero = () => f32x4Const(0);
      /** Transposes `count` channels of four pixels. */
      const turn = (count: number, from: Local, to: Local, room: number) => {
        const halves = [0, block].map((first) => {
          if (first >= count) return Array.from({ length: block }, zero);
          const rows = Array.from({ length: block }, (_, i) =>
            f.local('v128', first + i < count ? loadVector(from, (first + i) * plane * 4) : zero()),
          );
          return transpose(f, rows);
        });
        for (let w = 0; w < block; w++) {
          const pixel = halves.map((half) => half[w]!);
          storeColumns(f, to, w * view.pixelStride * 4, pixel, room);
        }
      };
      const single = (count: number, from: Local, to: Local, room: number) => {
        const pixel = [0, block].map((first): Operand => {
          if (first >= count) return zero();
          const vector = f.local('v128', load('v128.load32_zero', from, first * plane * 4));
          for (let i = 1; i < Math.min(block, count - first); i++) {
            f.set(vector, memoryLaneOp('v128.load32_lane', (first + i) * plane * 4, i, from, vector));
          }
          return vector;
        });
        storeColumns(f, to, 0, pixel, room);
      };
      /** Pixels of a strip of channels: those of more planes at once would fall on the same lines of the cache. */
      const strip = (pixels: number, count: number, room: number, from: Local, to: Local) => {
        const whole = roundDown(pixels, block);
        forRange(f, 0, whole, block, () => {
          turn(count, from, to, room);
          f.increase(from, block * 4);
          f.increase(to, block * view.pixelStride * 4);
        });
        repeat(f, pixels - whole, () => {
          single(count, from, to, room);
          f.increase(from, 4);
          f.increase(to, view.pixelStride * 4);
        });
        f.increase(from, (count * plane - pixels) * 4);
        f.increase(to, (count - pixels * view.pixelStride) * 4);
      };
      const left = channels % stripChannels;
      const isFetched = view.pixelStride === writable && isFar(plane * writable * 4);
      /** All channels of some pixels of a row. */
      const piece = (pixels: number) => {
        const [from, to] = [f.local('i32', source), f.local('i32', into)];
        if (isFetched) fetchLines(f, to, pixels * view.pixelStride * 4);
        repeat(f, Math.floor(channels / stripChannels), () => strip(pixels, stripChannels, stripChannels, from, to));
        if (left > 0) strip(pixels, left, Math.min(writable - (channels - left), stripChannels), from, to);
        f.increase(source, pixels * 4);
        f.increase(into, pixels * view.pixelStride * 4);
      };
      const together = Math.max(2 * block, roundDown(pieceFloats / view.pixelStride, block));
      repeat(f, Math.floor(width / together), () => piece(together));
      if (width % together > 0) piece(width % together);
    },
  });
}

/** Arguments: source, target in ONNX order. Units are rows. */
export function toOnnxOrder(target: KernelTarget, view: View): Kernel {
  const { channels, height, width } = view;
  const plane = view.depth * height * width;
  const wholePixels = width - (width % block);
  return rowKernel(target, {
    name: 'to ONNX order',
    axes: [
      ...sliceAxes(view, [view, { imageStride: channels * plane, sliceStride: height * width }]),
      { size: height, strides: [view.rowStride, width] },
    ],
    pointers: 2,
    operations: 0,
    body: (f, pointers) => {
      const [source, into] = pointers as [Local, Local];
      const turn = (count: number, from: Local, to: Local) => {
        for (let first = 0; first < count; first += block) {
          const rows = Array.from({ length: block }, (_, w) =>
            f.local('v128', loadVector(from, (w * view.pixelStride + first) * 4)),
          );
          const planes = transpose(f, rows).slice(0, count - first);
          for (const [c, channel] of planes.entries()) storeVector(f, to, (first + c) * plane * 4, channel);
        }
      };
      const single = (count: number, from: Local, to: Local) => {
        for (let first = 0; first < count; first += block) {
          const vector = f.local('v128', loadVector(from, first * 4));
          for (let c = 0; c < Math.min(block, count - first); c++) {
            f.run(memoryLaneOp('v128.store32_lane', (first + c) * plane * 4, c, to, vector));
          }
        }
      };
      const isFetched = isFar(plane * channels * 4);
      const strip = (count: number) => {
        const from = f.local('i32', source);
        const to = f.local('i32', into);
        if (isFetched) {
          for (let channel = 0; channel < count; channel++) fetchLines(f, add(to, channel * plane * 4), width * 4);
        }
        forRange(f, 0, wholePixels, block, () => {
          turn(count, from, to);
          f.increase(from, block * view.pixelStride * 4);
          f.increase(to, block * 4);
        });
        repeat(f, width - wholePixels, () => {
          single(count, from, to);
          f.increase(from, view.pixelStride * 4);
          f.increase(to, 4);
        });
      };
      repeat(f, Math.floor(channels / stripChannels), () => {
        strip(stripChannels);
        f.increase(source, stripChannels * 4);
        f.increase(into, stripChannels * plane * 4);
      });
      if (channels % stripChannels > 0) strip(channels % stripChannels);
    },
  });
}

/** What each byte of a halo is: 0, a number, or one float32 that a further argument points to. */
export interface HaloFill {
  readonly fill?: number;
  readonly isComputed?: boolean;
}

/**
 * Zeros in the halo of a view of memory of its own. Argument: the view's first element. Units are rows, those of the halo too.
 */
export function zeroHalo(
  target: KernelTarget,
  view: View,
  halo: Halo,
  { fill = 0, isComputed = false }: HaloFill = {},
): Kernel {
  const { front = 0, back = 0 } = halo;
  const rows = view.height + halo.top + halo.bottom;
  const before = halo.left * view.pixelStride * 4;
  const after = halo.right * view.pixelStride * 4;
  const inside = view.width * view.pixelStride * 4;
  return rowKernel(target, {
    name: 'zero halo',
    axes: [
      ...sliceAxes({ images: view.images, depth: view.depth + front + back }, [view]),
      { size: rows, strides: [view.rowStride] },
    ],
    pointers: isComputed ? 2 : 1,
    operations: 0,
    body: (f, [first, number], indices) => {
      const byte: Operand = isComputed ? f.local('i32', op('i32.trunc_sat_f32_s', load('f32.load', number!))) : fill;
      const corner = front * view.sliceStride + halo.top * view.rowStride + halo.left * view.pixelStride;
      const start = f.local('i32', add(first!, -corner * 4));
      const row = indices.at(-1)!;
      const isInside = op('i32.lt_u', subtract(row, halo.top), view.height);
      const isInVolume = () => op('i32.lt_u', subtract(indices.at(-2)!, front), view.depth);
      f.if(
        front + back === 0 ? isInside : op('i32.and', isInside, isInVolume()),
        () => {
          if (before > 0) f.run(memoryFill(start, byte, before));
          if (after > 0) f.run(memoryFill(add(start, before + inside), byte, after));
        },
        () => f.run(memoryFill(start, byte, before + after + inside)),
      );
    },
  });
}
