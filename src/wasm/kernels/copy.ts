/**
 * Copies between tensors with any strides, and boxes filled with a number. Whole vectors where an axis is contiguous on both
 * sides, blocks of 4 by 4 where one axis is contiguous here and another there.
 */
import { forRange, loadVector, minimum, multiply, repeat, subtract } from '../arithmetic.js';
import { f32x4Const, type Local, load, memoryLaneOp, memoryOp, type Operand, op } from '../expression.js';
import type { FunctionBuilder } from '../function.js';
import { storeColumns } from './convolution.js';
import { type Kernel, type KernelTarget, product } from './kernel.js';
import { transpose } from './layout.js';
import { mergePointerAxes, type PointerAxis, rowKernel } from './rows.js';

/** Axes in any order. */
export interface CopyParams {
  /** Strides of the source (of any sign, or 0) and of the target (above 0, no element twice). */
  readonly axes: readonly PointerAxis[];
}

export interface FillParams {
  readonly value: number;
  /** The target's stride. */
  readonly axes: readonly PointerAxis[];
}

/** Elements that a unit has, about. */
const segment = 8192;
/** Elements by which long axes are cut. */
const granule = 16;

/** The innermost axes of a copy, and how they are copied. */
interface Form {
  readonly outer: readonly PointerAxis[];
  /** Two for blocks: the one that is contiguous in the source comes first. */
  readonly inner: readonly PointerAxis[];
  /** `count` elements along the first of the inner axes; pointers may be changed. */
  readonly emit: (f: FunctionBuilder, pointers: readonly Local[], count: Operand) => void;
}

/** Arguments: source, target. No element may be both. */
export function copy(target: KernelTarget, params: CopyParams): Kernel {
  return stridedKernel(target, 'copy', params, 2, copyForm(orderedAxes(params.axes, 1)));
}

/** Argument: target. */
export function fill(target: KernelTarget, params: FillParams): Kernel {
  const axes = orderedAxes(params.axes, 0);
  const last = axes.at(-1)!;
  const values = (count: number) => Array.from({ length: count }, () => f32x4Const(params.value));
  const isRun = last.strides[0] === 1;
  const step = isRun ? granule : 1;
  return stridedKernel(target, 'fill', params, 1, {
    outer: axes.slice(0, -1),
    inner: [last],
    emit: (f, [into], count) =>
      inSteps(f, last.size, count, step, (room) => {
        if (isRun) storeColumns(f, into!, 0, values(Math.ceil(room / 4)), room);
        else f.run(memoryOp('f32.store', 0, into!, params.value));
        f.increase(into!, step * last.strides[0]! * 4);
      }),
  });
}

/** Without axes of one element, merged, in the order in which the target lies; at least one. */
function orderedAxes(axes: readonly PointerAxis[], targetIndex: number): PointerAxis[] {
  const sorted = [...axes].sort((a, b) => b.strides[targetIndex]! - a.strides[targetIndex]!);
  const merged = mergePointerAxes(sorted);
  return merged.length > 0 ? merged : [{ size: 1, strides: new Array<number>(targetIndex + 1).fill(1) }];
}

function copyForm(axes: readonly PointerAxis[]): Form {
  const last = axes.at(-1)!;
  const outer = axes.slice(0, -1);
  const [from, to] = last.strides as [number, number];
  const contiguous = outer.find(({ strides }) => strides[0] === 1);
  if (to === 1 && from !== 1 && from !== 0 && contiguous !== undefined) {
    return {
      outer: outer.filter((axis) => axis !== contiguous),
      inner: [contiguous, last],
      emit: (f, pointers, count) => emitBlocks(f, contiguous, last, pointers, count),
    };
  }
  if (to !== 1 && from !== 1 && contiguous !== undefined) {
    return copyForm([...axes.filter((axis) => axis !== contiguous), contiguous]);
  }
  const isVector = from === 1 || to === 1;
  const step = to === 1 && (from === 1 || from === 0) ? granule : isVector ? 4 : 1;
  return {
    outer,
    inner: [last],
    emit: (f, [source, into], count) => {
      const spread = from === 0 ? f.local('v128', load('v128.load32_splat', source!)) : undefined;
      inSteps(f, last.size, count, step, (room) => {
        const vectors = Math.ceil(room / 4);
        if (to === 1) {
          const values = Array.from({ length: vectors }, (_, j) => {
            if (spread !== undefined) return spread;
            return from === 1 ? f.local('v128', loadVector(source!, j * 16)) : gather(f, source!, room, from);
          });
          storeColumns(f, into!, 0, values, room);
        } else if (from === 1) {
          scatter(f, into!, f.local('v128', loadVector(source!)), room, to);
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
 * @param emit so many elements, and moves on.
 */
function inSteps(
  f: FunctionBuilder,
  size: number,
  count: Operand,
  step: number,
  emit: (elements: number) => void,
): void {
  const rest = size % step;
  if (typeof count === 'number') {
    repeat(f, (size - rest) / step, () => emit(step));
    if (rest > 0) emit(rest);
    return;
  }
  forRange(f, step - 1, count, step, () => emit(step));
  if (rest > 0) f.if(op('i32.rem_u', count, step), () => emit(rest));
}

/** Rows that are contiguous in the source, columns in the target. */
function emitBlocks(
  f: FunctionBuilder,
  rows: PointerAxis,
  columns: PointerAxis,
  [source, into]: readonly Local[],
  count: Operand,
): void {
  const block = 4;
  const rowStride = rows.strides[1]!;
  const columnStride = columns.strides[0]!;
  inSteps(f, rows.size, count, block, (height) => {
    const [from, to] = [f.local('i32', source!), f.local('i32', into!)];
    inSteps(f, columns.size, columns.size, block, (width) => {
      const values = Array.from({ length: block }, (_, i) => {
        if (i >= width) return f.local('v128', f32x4Const(0));
        const { address, offset } = offsetAddress(from, i * columnStride);
        return f.local('v128', loadVector(address, offset));
      });
      for (const [i, row] of transpose(f, values).slice(0, height).entries()) {
        storeColumns(f, to, i * rowStride * 4, [row], width);
      }
      f.increase(from, block * columnStride * 4);
      f.increase(to, block * 4);
    });
    f.increase(source!, block * 4);
    f.increase(into!, block * rowStride * 4);
  });
}

function stridedKernel(target: KernelTarget, name: string, params: unknown, pointers: number, form: Form): Kernel {
  const axes = [...form.outer, ...form.inner];
  const sizeOf = (list: readonly PointerAxis[]) => product(list.map(({ size }) => size));
  // The axis that is cut, and the elements of it that a unit has; axes in front are units, those behind are inside of one.
  let cut = form.outer.length;
  while (cut > 0 && sizeOf(axes.slice(cut)) < segment) cut--;
  const behind = sizeOf(axes.slice(cut + 1));
  const room = Math.max(1, Math.floor(segment / behind));
  const axis = axes[cut]!;
  const isInner = cut === form.outer.length;
  const block = Math.min(axis.size, isInner ? Math.max(granule, room - (room % granule)) : room);
  const units = [
    ...axes.slice(0, cut),
    { size: Math.ceil(axis.size / block), strides: axis.strides.map((stride) => stride * block) },
  ];
  const inside = isInner ? [] : axes.slice(cut + 1, form.outer.length);
  return rowKernel(target, {
    name,
    key: params,
    axes: units,
    pointers,
    operations: 0,
    body: (f, at, places) => {
      const count =
        block === axis.size
          ? block
          : f.local('i32', minimum(f, subtract(axis.size, multiply(places.at(-1)!, block)), block));
      if (isInner) {
        form.emit(f, at, count);
        return;
      }
      const walk = (loops: readonly PointerAxis[], moved: readonly Local[]): void => {
        const [first, ...rest] = loops;
        const here = moved.map((pointer) => f.local('i32', pointer));
        if (first === undefined) {
          form.emit(f, here, form.inner[0]!.size);
          return;
        }
        repeat(f, first.size, () => step(first, rest, here));
      };
      const step = (loop: PointerAxis, rest: readonly PointerAxis[], moved: readonly Local[]): void => {
        walk(rest, moved);
        for (const [i, pointer] of moved.entries()) f.increase(pointer, loop.strides[i]! * 4);
      };
      if (typeof count === 'number') repeat(f, count, () => step(axis, inside, at));
      else forRange(f, 0, count, 1, () => step(axis, inside, at));
    },
  });
}
