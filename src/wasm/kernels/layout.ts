/** Between ONNX order (channels before pixels) and the inner layout; zeros around a tensor. */
import { add, forRange, loadVector, repeat, storeVector, subtract } from '../arithmetic.js';
import { f32x4Const, type Local, load, memoryFill, memoryLaneOp, type Operand, op, shuffle32 } from '../expression.js';
import type { FunctionBuilder } from '../function.js';
import { storeColumns } from './convolution.js';
import type { Kernel, KernelTarget } from './kernel.js';
import { rowKernel } from './rows.js';
import type { Halo, View } from './views.js';

/** Pixels and channels that are turned over at once. */
const block = 4;

/** The columns of four rows. */
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

/** Arguments: source in ONNX order, target. Padding channels become 0. Units are rows. */
export function fromOnnxOrder(target: KernelTarget, view: View): Kernel {
  const { images, channels, height, width, writable } = view;
  const plane = height * width;
  const wholePixels = width - (width % block);
  return rowKernel(target, {
    name: 'from ONNX order',
    key: view,
    axes: [
      { size: images, strides: [channels * plane, view.imageStride] },
      { size: height, strides: [width, view.rowStride] },
    ],
    pointers: 2,
    operations: 0,
    body: (f, pointers) => {
      const [source, into] = pointers as [Local, Local];
      const turn = (count: number, from: Local, to: Local, room: number) => {
        const rows = Array.from({ length: block }, (_, i) =>
          f.local('v128', i < count ? loadVector(from, i * plane * 4) : f32x4Const(0)),
        );
        for (const [w, pixel] of transpose(f, rows).entries()) {
          storeColumns(f, to, w * view.pixelStride * 4, [pixel], room);
        }
      };
      const single = (count: number, from: Local, to: Local, room: number) => {
        const vector = f.local('v128', load('v128.load32_zero', from));
        for (let i = 1; i < count; i++) {
          f.set(vector, memoryLaneOp('v128.load32_lane', i * plane * 4, i, from, vector));
        }
        storeColumns(f, to, 0, [vector], room);
      };
      /** All channels of so many pixels. */
      const channelsOf = (emit: typeof turn, from: Local, to: Local, pixels: number) => {
        const a = f.local('i32', from);
        const b = f.local('i32', to);
        repeat(f, Math.floor(channels / block), () => {
          emit(block, a, b, block);
          f.increase(a, block * plane * 4);
          f.increase(b, block * 4);
        });
        const done = channels - (channels % block);
        const room = Math.min(writable, Math.ceil(channels / 8) * 8) - done;
        if (channels % block > 0) emit(channels % block, a, b, Math.min(room, block));
        // What is left of the padding, a vector at most.
        const rest = room - (channels % block > 0 ? block : 0);
        const at = channels % block > 0 ? block * 4 : 0;
        if (rest > 0) {
          for (let w = 0; w < pixels; w++) storeColumns(f, b, w * view.pixelStride * 4 + at, [f32x4Const(0)], rest);
        }
      };
      forRange(f, 0, wholePixels, block, () => {
        channelsOf(turn, source, into, block);
        f.increase(source, block * 4);
        f.increase(into, block * view.pixelStride * 4);
      });
      repeat(f, width - wholePixels, () => {
        channelsOf(single, source, into, 1);
        f.increase(source, 4);
        f.increase(into, view.pixelStride * 4);
      });
    },
  });
}

/** Arguments: source, target in ONNX order. Units are rows. */
export function toOnnxOrder(target: KernelTarget, view: View): Kernel {
  const { images, channels, height, width } = view;
  const plane = height * width;
  const wholePixels = width - (width % block);
  return rowKernel(target, {
    name: 'to ONNX order',
    key: view,
    axes: [
      { size: images, strides: [view.imageStride, channels * plane] },
      { size: height, strides: [view.rowStride, width] },
    ],
    pointers: 2,
    operations: 0,
    body: (f, pointers) => {
      const [source, into] = pointers as [Local, Local];
      const turn = (count: number, from: Local, to: Local) => {
        const rows = Array.from({ length: block }, (_, w) =>
          f.local('v128', loadVector(from, w * view.pixelStride * 4)),
        );
        for (const [c, channel] of transpose(f, rows).slice(0, count).entries()) {
          storeVector(f, to, c * plane * 4, channel);
        }
      };
      const single = (count: number, from: Local, to: Local) => {
        const vector = f.local('v128', loadVector(from));
        for (let c = 0; c < count; c++) f.run(memoryLaneOp('v128.store32_lane', c * plane * 4, c, to, vector));
      };
      const channelsOf = (emit: typeof turn, from: Local, to: Local) => {
        const a = f.local('i32', from);
        const b = f.local('i32', to);
        repeat(f, Math.floor(channels / block), () => {
          emit(block, a, b);
          f.increase(a, block * 4);
          f.increase(b, block * plane * 4);
        });
        if (channels % block > 0) emit(channels % block, a, b);
      };
      forRange(f, 0, wholePixels, block, () => {
        channelsOf(turn, source, into);
        f.increase(source, block * view.pixelStride * 4);
        f.increase(into, block * 4);
      });
      repeat(f, width - wholePixels, () => {
        channelsOf(single, source, into);
        f.increase(source, view.pixelStride * 4);
        f.increase(into, 4);
      });
    },
  });
}

/** Zeros in the halo of a view of memory of its own. Argument: the view's first element. Units are rows, those of the halo too. */
export function zeroHalo(target: KernelTarget, view: View, halo: Halo): Kernel {
  const rows = view.height + halo.top + halo.bottom;
  const before = halo.left * view.pixelStride * 4;
  const after = halo.right * view.pixelStride * 4;
  return rowKernel(target, {
    name: 'zero halo',
    key: { view, halo },
    axes: [
      { size: view.images, strides: [view.imageStride] },
      { size: rows, strides: [view.rowStride] },
    ],
    pointers: 1,
    operations: 0,
    body: (f, [first], [, row]) => {
      const start = f.local('i32', add(first!, -(halo.top * view.rowStride + halo.left * view.pixelStride) * 4));
      f.if(
        op('i32.lt_u', subtract(row!, halo.top), view.height),
        () => {
          if (before > 0) f.run(memoryFill(start, 0, before));
          if (after > 0) f.run(memoryFill(add(start, before + view.width * view.pixelStride * 4), 0, after));
        },
        () => f.run(memoryFill(start, 0, before + after + view.width * view.pixelStride * 4)),
      );
    },
  });
}
