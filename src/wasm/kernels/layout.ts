/** Between ONNX order (channels before pixels) and NHWC8; zeros around a tensor. */
import { add, forRange, loadVector, repeat, storeVector, subtract } from '../arithmetic.js';
import { f32x4Const, type Local, load, memoryFill, memoryLaneOp, type Operand, op, shuffle32 } from '../expression.js';
import type { FunctionBuilder } from '../function.js';
import type { Kernel, KernelTarget } from './kernel.js';
import { rowKernel } from './rows.js';
import { storeColumns } from './store-columns.js';
import { type Halo, sliceAxes, type View } from './views.js';

function roundDown(value: number, multiple: number): number {
  return Math.floor(value / multiple) * multiple;
}

/** Whole parts in a loop, then what is left. */
function inParts(f: FunctionBuilder, count: number, part: number, emit: (count: number) => void): void {
  repeat(f, Math.floor(count / part), () => emit(part));
  if (count % part > 0) emit(count % part);
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
      /** All channels of some pixels of a row. */
      const piece = (pixels: number) => {
        const [from, to] = [f.local('i32', source), f.local('i32', into)];
        inParts(f, channels, stripChannels, (count) => {
          const room = count < stripChannels ? writable - (channels - count) : count;
          strip(pixels, count, Math.min(room, stripChannels), from, to);
        });
        f.increase(source, pixels * 4);
        f.increase(into, pixels * view.pixelStride * 4);
      };
      const together = Math.max(2 * block, roundDown(pieceFloats / view.pixelStride, block));
      inParts(f, width, together, piece);
    },
  });
}

/** Pixels of a plane that fill a line of the cache. */
const linePixels = 16;
/** Floats that stay in the nearest cache beside what is written meanwhile. */
const nearFloats = 2 ** 12;

/**
 * Arguments: source, target in ONNX order. Units are rows. Whole lines are written one after another, those of few planes at a
 * time: planes are often a power of two apart, and their lines then take the same place in the cache.
 */
export function toOnnxOrder(target: KernelTarget, view: View): Kernel {
  const { channels, height, width } = view;
  const plane = view.depth * height * width;
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
      const strip = (count: number) => {
        const [from, to] = [f.local('i32', source), f.local('i32', into)];
        /** One pixel or whole blocks, all channels of the strip, so many times. */
        const tiles = (pixels: number, times: number) =>
          repeat(f, times, () => {
            const [first, channel] = [f.local('i32', from), f.local('i32', to)];
            inParts(f, count, block, (some) => {
              const [at, out] = [f.local('i32', first), f.local('i32', channel)];
              repeat(f, Math.ceil(pixels / block), () => {
                const rows = Array.from({ length: Math.min(pixels, block) }, (_, w) =>
                  f.local('v128', loadVector(at, w * view.pixelStride * 4)),
                );
                if (pixels < block) {
                  for (let c = 0; c < some; c++)
                    f.run(memoryLaneOp('v128.store32_lane', c * plane * 4, c, out, rows[0]!));
                } else {
                  const planes = transpose(f, rows).slice(0, some);
                  for (const [c, values] of planes.entries()) storeVector(f, out, c * plane * 4, values);
                }
                f.increase(at, block * view.pixelStride * 4);
                f.increase(out, block * 4);
              });
              f.increase(first, block * 4);
              f.increase(channel, block * plane * 4);
            });
            f.increase(from, pixels * view.pixelStride * 4);
            f.increase(to, pixels * 4);
          });
        tiles(linePixels, Math.floor(width / linePixels));
        const blocks = roundDown(width % linePixels, block);
        if (blocks > 0) tiles(blocks, 1);
        tiles(1, width % block);
        f.increase(source, count * 4);
        f.increase(into, count * plane * 4);
      };
      // What is read of a line is read again with the next channels: from the nearest cache, if a row stays there.
      inParts(f, channels, width * view.pixelStride <= nearFloats ? block : stripChannels, strip);
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
