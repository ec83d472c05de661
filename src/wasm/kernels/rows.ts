/**
 * Kernels that loop over positions of tensors: a unit is a position on the outer axes, and each pointer has its own strides.
 */

import { add, divide, forRange, minimum, multiply, remainder, repeat, subtract } from '../arithmetic.js';
import { type Local, op } from '../expression.js';
import { type FunctionBuilder, takes } from '../function.js';
import { type Kernel, type KernelTarget, product } from './kernel.js';
import { paddedChannels } from './views.js';

/** An axis with the stride of each pointer, in floats. */
export interface PointerAxis {
  readonly size: number;
  readonly strides: readonly number[];
}

export interface RowKernelOptions {
  /** The name of the function, for profiles. */
  readonly name: string;
  readonly axes: readonly PointerAxis[];
  /** How many pointer arguments there are. Axes may have strides for the first ones only. */
  readonly pointers: number;
  readonly operations: number;
  /** Emits the work at one position: pointers are moved there and may be changed; `indices` are the position. */
  readonly body: (f: FunctionBuilder, pointers: readonly Local[], indices: readonly Local[]) => void;
  /** Emits what comes before all units. */
  readonly prepare?: (f: FunctionBuilder) => void;
}

export function rowKernel({ module }: KernelTarget, options: RowKernelOptions): Kernel {
  const { name, axes, pointers: count, body } = options;
  const units = product(axes.map(({ size }) => size));
  const emitted = module.function(name, takes(count + 2), (f, ...args) => {
    options.prepare?.(f);
    forRange(f, args[count]!, args[count + 1]!, 1, (unit) => {
      const pointers = args.slice(0, count).map((pointer) => f.local('i32', pointer));
      const rest = f.local('i32', unit);
      const indices: Local[] = [];
      for (const { size, strides } of [...axes].reverse()) {
        const index = f.local('i32', remainder(rest, size));
        f.set(rest, divide(rest, size));
        indices.unshift(index);
        for (const [i, stride] of strides.entries()) {
          if (stride !== 0) f.set(pointers[i]!, add(pointers[i]!, multiply(index, stride * 4)));
        }
      }
      body(f, pointers, indices);
    });
  });
  return { function: emitted, units, operations: options.operations };
}

export interface PositionKernelOptions extends Omit<RowKernelOptions, 'body'> {
  /** What is done at one position, in elements or the like. */
  readonly work: number;
  /** Emits the work at one position: pointers are copies, moved there. */
  readonly body: (f: FunctionBuilder, pointers: readonly Local[]) => void;
}

/** The work of a unit, about: much more than finding its position costs. */
export const unitWork = 8192;

/** A row kernel for many positions of little work each: a unit loops over as many as make it worth while. */
export function positionKernel(target: KernelTarget, { work, body, ...options }: PositionKernelOptions): Kernel {
  const axes = mergePointerAxes(options.axes);
  const workOf = (list: readonly PointerAxis[]) => work * product(list.map(({ size }) => size));
  // One axis is cut: those before it are units, those after it are loops inside of a unit.
  let cut = Math.max(0, axes.length - 1);
  while (cut > 0 && workOf(axes.slice(cut)) < unitWork) cut--;
  const axis = axes[cut] ?? { size: 1, strides: [] };
  const inside = axes.slice(cut + 1);
  const block = Math.min(axis.size, Math.max(1, Math.floor(unitWork / workOf(inside))));
  return rowKernel(target, {
    ...options,
    axes: [
      ...axes.slice(0, cut),
      { size: Math.ceil(axis.size / block), strides: axis.strides.map((stride) => stride * block) },
    ],
    body: (f, pointers, indices) => {
      const walk = (loops: readonly PointerAxis[], moved: readonly Local[]): void => {
        const here = moved.map((pointer) => f.local('i32', pointer));
        const [first, ...rest] = loops;
        if (first === undefined) body(f, here);
        else repeat(f, first.size, () => step(first, rest, here));
      };
      const step = (loop: PointerAxis, rest: readonly PointerAxis[], moved: readonly Local[]): void => {
        walk(rest, moved);
        for (const [i, stride] of loop.strides.entries()) f.increase(moved[i]!, stride * 4);
      };
      if (axis.size % block === 0) repeat(f, block, () => step(axis, inside, pointers));
      else {
        const left = subtract(axis.size, multiply(indices.at(-1)!, block));
        forRange(f, 0, minimum(f, left, block), 1, () => step(axis, inside, pointers));
      }
    },
  });
}

/** Adjacent elements of a unit in `columnKernel`: a cache line. */
const columnGroup = 16;

export interface ColumnKernelOptions extends Omit<PositionKernelOptions, 'body'> {
  /** Elements along an axis after all others, which is contiguous for every pointer. */
  readonly columns: number;
  /** Elements that may be written in all, where padding follows the columns. */
  readonly writable?: number;
  /** Emits the work for some adjacent columns: pointers are moved to the first, and `room` elements may be written. */
  readonly body: (f: FunctionBuilder, pointers: readonly Local[], room: number) => void;
}

/** A kernel whose lanes are adjacent columns: those of a group at once. */
export function columnKernel(
  target: KernelTarget,
  { columns, writable = 0, body, ...options }: ColumnKernelOptions,
): Kernel {
  const groups = Math.ceil(columns / columnGroup);
  const before = (groups - 1) * columnGroup;
  const last = columns - before;
  const room = Math.max(last, Math.min(writable - before, paddedChannels(last)));
  if (groups === 1) return positionKernel(target, { ...options, body: (f, pointers) => body(f, pointers, room) });
  return rowKernel(target, {
    ...options,
    axes: [...options.axes, { size: groups, strides: new Array<number>(options.pointers).fill(columnGroup) }],
    body: (f, pointers, indices) => {
      if (room === columnGroup) body(f, pointers, columnGroup);
      else {
        f.if(
          op('i32.eq', indices.at(-1)!, groups - 1),
          () => body(f, pointers, room),
          () => body(f, pointers, columnGroup),
        );
      }
    },
  });
}

/** Merges neighboring axes that for every pointer are one longer axis. */
export function mergePointerAxes(axes: readonly PointerAxis[]): PointerAxis[] {
  const merged: PointerAxis[] = [];
  for (const axis of axes) {
    if (axis.size === 1) continue;
    const last = merged.at(-1);
    if (last?.strides.every((stride, i) => stride === axis.size * axis.strides[i]!)) {
      merged[merged.length - 1] = { size: last.size * axis.size, strides: axis.strides };
    } else merged.push(axis);
  }
  return merged;
}
