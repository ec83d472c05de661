/**
 * Copies between tensors with any strides, and fills. Whole vectors are moved along an axis that is contiguous on both sides;
 * where one axis is contiguous in the source and another in the target, blocks of 4 by 4 are transposed.
 */

import { forRange, laneMask, loadVector, minimum, multiply, repeat, subtract } from '../arithmetic.js';
import { f32x4Const, type Local, load, memoryLaneOp, memoryOp, type Operand, op } from '../expression.js';
import type { FunctionBuilder } from '../function.js';
import { type Kernel, type KernelTarget, product } from './kernel.js';
import { transpose } from './layout.js';
import { mergePointerAxes, type PointerAxis, positionKernel, rowKernel, unitWork } from './rows.js';
import { storeColumns } from './store-columns.js';
import { paddedChannels } from './views.js';

/** Axes in any order. */
export interface CopyParams {
  /** Strides of the source (of any sign, or 0) and of the target (above 0, no element twice). */
  readonly axes: readonly PointerAxis[];
  /**
   * Floats from the start of each of the target's contiguous runs that may be overwritten: with more than the run has, its
   * padding up to a multiple of 8 is filled with zeros.
   */
  readonly writable?: number;
}

export interface FillParams {
  readonly value: number;
  /** The target's stride. */
  readonly axes: readonly PointerAxis[];
}

/** Long axes are cut at multiples of so many elements. */
const granule = 16;

/** How a copy is done: axes that are looped over, and innermost ones that are emitted at once. */
interface CopyLoops {
  readonly outer: readonly PointerAxis[];
  /** Two for blocks: the one that is contiguous in the source comes first. */
  readonly inner: readonly PointerAxis[];
  /** Whether the first of the inner axes has padding at its end, and so is not cut. */
  readonly isPadded?: boolean;
  /** `count` elements along the first of the inner axes; pointers may be changed. */
  readonly emit: (f: FunctionBuilder, pointers: readonly Local[], count: Operand) => void;
}

/** Arguments: source, target. No element may be both. */
export function copy(target: KernelTarget, params: CopyParams): Kernel {
  const { axes, writable } = params;
  return stridedKernel(target, 'copy', 2, copyLoops(copyAxes(axes, writable), writable ?? 0));
}

/** The same as a part of another kernel; the pointers keep their values. */
export function emitCopy(f: FunctionBuilder, { axes, writable }: CopyParams, pointers: readonly Local[]): void {
  const { outer, inner, emit } = copyLoops(copyAxes(axes, writable), writable ?? 0);
  const walk = (loops: readonly PointerAxis[], from: readonly Local[]): void => {
    const here = from.map((pointer) => f.local('i32', pointer));
    const [first, ...rest] = loops;
    if (first === undefined) {
      emit(f, here, inner[0]!.size);
      return;
    }
    repeat(f, first.size, () => {
      walk(rest, here);
      for (const [i, pointer] of here.entries()) f.increase(pointer, first.strides[i]! * 4);
    });
  };
  walk(outer, pointers);
}

function copyAxes(axes: readonly PointerAxis[], writable: number | undefined): PointerAxis[] {
  const ordered = orderedAxes(axes, 1);
  // No axis has more than one element: a run of one, whose padding is filled as well.
  if (writable !== undefined && ordered.at(-1)!.strides[1] !== 1) ordered.push({ size: 1, strides: [1, 1] });
  return ordered;
}

/** Argument: target. */
export function fill(target: KernelTarget, params: FillParams): Kernel {
  const axes = orderedAxes(params.axes, 0);
  const last = axes.at(-1)!;
  const values = (count: number) => Array.from({ length: count }, () => f32x4Const(params.value));
  const isRun = last.strides[0] === 1;
  const step = isRun ? granule : 1;
  return stridedKernel(target, 'fill', 1, {
    outer: axes.slice(0, -1),
    inner: [last],
    emit: (f, [into], count) =>
      inSteps(f, last.size, count, step, 0, (_, room) => {
        if (isRun) storeColumns(f, into!, 0, values(Math.ceil(room / 4)), room);
        else f.run(memoryOp('f32.store', 0, into!, params.value));
        f.increase(into!, step * last.strides[0]! * 4);
      }),
  });
}

/** The axes without those of one element, merged, in the order of the target's memory; at least one. */
function orderedAxes(axes: readonly PointerAxis[], targetIndex: number): PointerAxis[] {
  const sorted = [...axes].sort((a, b) => b.strides[targetIndex]! - a.strides[targetIndex]!);
  const merged = mergePointerAxes(sorted);
  return merged.length > 0 ? merged : [{ size: 1, strides: new Array<number>(targetIndex + 1).fill(1) }];
}

function copyLoops(axes: readonly PointerAxis[], writable: number): CopyLoops {
  const last = axes.at(-1)!;
  const padding = Math.max(0, Math.min(writable, paddedChannels(last.size)) - last.size);
  const outer = axes.slice(0, -1);
  const [from, to] = last.strides as [number, number];
  const contiguous = outer.find(({ strides }) => strides[0] === 1);
  if (to === 1 && from !== 1 && from !== 0 && contiguous !== undefined) {
    return {
      outer: outer.filter((axis) => axis !== contiguous),
      inner: [contiguous, last],
      emit: (f, pointers, count) => emitBlocks(f, contiguous, last, padding, pointers, count),
    };
  }
  if (to !== 1 && from !== 1 && contiguous !== undefined) {
    return copyLoops([...axes.filter((axis) => axis !== contiguous), contiguous], 0);
  }
  const isVector = from === 1 || to === 1;
  const step = to === 1 && (from === 1 || from === 0) ? granule : isVector ? 4 : 1;
  return {
    outer,
    inner: [last],
    isPadded: padding > 0,
    emit: (f, [source, into], count) => {
      const broadcast = from === 0 ? f.local('v128', load('v128.load32_splat', source!)) : undefined;
      inSteps(f, last.size, count, step, to === 1 ? padding : 0, (elements, room) => {
        if (to === 1) {
          const values = Array.from({ length: Math.ceil(room / 4) }, (_, j) => {
            if (j * 4 >= elements) return f32x4Const(0);
            const value = broadcast ?? (from === 1 ? f.local('v128', loadVector(source!, j * 16)) : undefined);
            if (value === undefined) return gather(f, source!, elements, from);
            const lanes = elements - j * 4;
            return lanes >= 4 || room === elements ? value : op('v128.and', value, laneMask(lanes));
          });
          storeColumns(f, into!, 0, values, room);
        } else if (from === 1) {
          scatter(f, into!, f.local('v128', loadVector(source!)), elements, to);
        } else f.run(memoryOp('i32.store', 0, into!, load('i32.load', source!)));
        f.increase(source!, step * from * 4);
        f.increase(into!, step * to * 4);
      });
    },
  };
}

/** Offsets of memory operations are never negative. */
function offsetAddress(address: Operand, stride: number): { readonly address: Operand; readonly offset: number } {
  return stride >= 0 ? { address, offset: stride * 4 } : { address: op('i32.add', address, stride * 4), offset: 0 };
}

function gather(f: FunctionBuilder, source: Operand, count: number, stride: number): Local {
  const vector = f.local('v128', load('v128.load32_zero', source));
  for (let lane = 1; lane < Math.min(count, 4); lane++) {
    const { address, offset } = offsetAddress(source, lane * stride);
    f.set(vector, memoryLaneOp('v128.load32_lane', offset, lane, address, vector));
  }
  return vector;
}

function scatter(f: FunctionBuilder, into: Operand, vector: Local, count: number, stride: number): void {
  for (let lane = 0; lane < count; lane++) {
    f.run(memoryLaneOp('v128.store32_lane', lane * stride * 4, lane, into, vector));
  }
}

/**
 * `count` elements in steps and a rest: count is the whole size, a number, or as many as a unit has, which are whole steps
 * but for the end of the axis.
 * @param padding room after the last element
 * @param emit so many elements, for which there is so much room, and moves on
 */
function inSteps(
  f: FunctionBuilder,
  size: number,
  count: Operand,
  step: number,
  padding: number,
  emit: (elements: number, room: number) => void,
): void {
  const rest = size % step;
  const end = () => emit(rest, rest + padding);
  if (typeof count === 'number') {
    repeat(f, (size - rest) / step, () => emit(step, step));
    if (rest + padding > 0) end();
    return;
  }
  forRange(f, step - 1, count, step, () => emit(step, step));
  // Where only the end of the axis is no whole block.
  if (rest + padding > 0) f.if(op('i32.rem_u', count, step), end);
}

/** Rows that are contiguous in the source, columns in the target. */
function emitBlocks(
  f: FunctionBuilder,
  rows: PointerAxis,
  columns: PointerAxis,
  padding: number,
  [source, into]: readonly Local[],
  count: Operand,
): void {
  const block = 4;
  const rowStride = rows.strides[1]!;
  const columnStride = columns.strides[0]!;
  inSteps(f, rows.size, count, block, 0, (height) => {
    const [from, to] = [f.local('i32', source!), f.local('i32', into!)];
    inSteps(f, columns.size, columns.size, block, padding, (width, room) => {
      const values = Array.from({ length: block }, (_, i) => {
        if (i >= width) return f.local('v128', f32x4Const(0));
        const { address, offset } = offsetAddress(from, i * columnStride);
        return f.local('v128', loadVector(address, offset));
      });
      for (const [i, row] of transpose(f, values).slice(0, height).entries()) {
        storeColumns(f, to, i * rowStride * 4, [row, f32x4Const(0)].slice(0, Math.ceil(room / 4)), room);
      }
      f.increase(from, block * columnStride * 4);
      f.increase(to, block * 4);
    });
    f.increase(source!, block * 4);
    f.increase(into!, block * rowStride * 4);
  });
}

function stridedKernel(target: KernelTarget, name: string, pointers: number, loops: CopyLoops): Kernel {
  const [axis, ...others] = loops.inner as [PointerAxis, ...PointerAxis[]];
  const inside = product(others.map(({ size }) => size));
  const work = axis.size * inside;
  const common = { name, pointers, operations: 0 };
  if (work < unitWork || loops.isPadded) {
    return positionKernel(target, {
      ...common,
      axes: loops.outer,
      work,
      body: (f, at) => loops.emit(f, at, axis.size),
    });
  }
  const block = Math.max(granule, Math.floor(unitWork / inside / granule) * granule);
  const blocks = { size: Math.ceil(axis.size / block), strides: axis.strides.map((stride) => stride * block) };
  return rowKernel(target, {
    ...common,
    axes: [...loops.outer, blocks],
    body: (f, at, indices) => {
      const left = minimum(f, subtract(axis.size, multiply(indices.at(-1)!, block)), block);
      loops.emit(f, at, f.local('i32', left));
    },
  });
}
