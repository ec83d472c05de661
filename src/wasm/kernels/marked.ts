/**
 * Elements that are not zero, in their order: their number and their positions. A block of elements is counted for itself,
 * and listed after what the blocks before it have, so that threads share both.
 */
import { add, divide, forRange, minimum, multiply, remainder, subtract } from '../arithmetic.js';
import { type Local, load, memoryOp, type Operand, op } from '../expression.js';
import type { FunctionBuilder } from '../function.js';
import { type Element, loadElement, wordsOf } from './cells.js';
import { emitCopy } from './copy.js';
import type { Kernel, KernelTarget } from './kernel.js';
import { rowKernel } from './rows.js';

/** Elements of a block. */
export const markedBlock = 4096;

export interface MarkedParams {
  readonly element: Element;
  readonly size: number;
}

/** Blocks of so many elements. */
export function markedBlocks(size: number): number {
  return Math.ceil(size / markedBlock);
}

/** A unit is a block: `body` with where it begins and how many elements it has. */
function blockKernel(
  target: KernelTarget,
  { name, size, pointers }: { readonly name: string; readonly size: number; readonly pointers: number },
  body: (f: FunctionBuilder, pointers: readonly Local[], first: Local, count: Operand, block: Local) => void,
): Kernel {
  return rowKernel(target, {
    name,
    axes: [{ size: markedBlocks(size), strides: [] }],
    pointers,
    operations: size,
    body: (f, moved, [block]) => {
      const first = f.local('i32', multiply(block!, markedBlock));
      body(f, moved, first, minimum(f, subtract(size, first), markedBlock), block!);
    },
  });
}

function forEachMarked(
  f: FunctionBuilder,
  element: Element,
  input: Operand,
  first: Local,
  count: Operand,
  mark: (index: Operand) => void,
): void {
  const bytes = wordsOf(element.cells) * 4;
  const from = f.local('i32', add(input, multiply(first, bytes)));
  forRange(f, first, f.local('i32', add(first, count)), 1, (index) => {
    const isMarked =
      element.cells === 'float32'
        ? op('f32.ne', load('f32.load', from), 0)
        : op('i64.ne', loadElement(element, from), 0);
    f.if(isMarked, () => mark(index));
    f.increase(from, bytes);
  });
}

/** Arguments: input, a count for each block. */
export function countMarked(target: KernelTarget, params: MarkedParams): Kernel {
  return blockKernel(
    target,
    { name: 'count marked', size: params.size, pointers: 2 },
    (f, [input, counts], first, count, block) => {
      const sum = f.local('i32', 0);
      forEachMarked(f, params.element, input!, first, count, () => f.increase(sum, 1));
      f.run(memoryOp('i32.store', 0, add(counts!, multiply(block, 4)), sum));
    },
  );
}

/** Arguments: input, the counts of blocks, positions, how many there are in all. */
export function listMarked(target: KernelTarget, params: MarkedParams): Kernel {
  const { element, size } = params;
  return blockKernel(
    target,
    { name: 'list marked', size, pointers: 4 },
    (f, [input, counts, positions, total], first, count, block) => {
      const place = f.local('i32', 0);
      forRange(f, 0, block, 1, (before) => {
        f.set(place, op('i32.add', place, load('i32.load', add(counts!, multiply(before, 4)))));
      });
      forEachMarked(f, element, input!, first, count, (index) => {
        f.run(memoryOp('i32.store', 0, add(positions!, multiply(place, 4)), index));
        f.increase(place, 1);
      });
      f.if(op('i32.eq', block, markedBlocks(size) - 1), () => f.run(memoryOp('i32.store', 0, total!, place)));
    },
  );
}

/** The positions of a block of the list that are there. */
function forEachListed(
  f: FunctionBuilder,
  total: Operand,
  first: Local,
  count: Operand,
  body: (index: Local) => void,
): void {
  const all = f.local('i32', load('i32.load', total));
  forRange(f, first, minimum(f, all, op('i32.add', first, count)), 1, body);
}

export interface CoordinatesParams {
  /** Of the tensor whose elements were marked: as many positions as it has elements at most. */
  readonly dims: readonly number[];
  readonly size: number;
}

/** The coordinates of positions, a row of int64 for each axis, as long as there are positions. Arguments: positions, their number, output. */
export function coordinates(target: KernelTarget, params: CoordinatesParams): Kernel {
  const { dims, size } = params;
  return blockKernel(
    target,
    { name: 'coordinates', size, pointers: 3 },
    (f, [positions, total, output], first, count) => {
      const row = f.local('i32', multiply(load('i32.load', total!), 8));
      forEachListed(f, total!, first, count, (index) => {
        const rest = f.local('i32', load('i32.load', add(positions!, multiply(index, 4))));
        const into = f.local('i32', add(output!, multiply(index, 8), op('i32.mul', row, dims.length - 1)));
        for (const length of [...dims].reverse()) {
          const place = f.local('i32', remainder(rest, length));
          f.set(rest, divide(rest, length));
          f.run(memoryOp('i64.store', 0, into, op('i64.extend_i32_u', place)));
          f.set(into, op('i32.sub', into, row));
        }
      });
    },
  );
}

export interface PickParams {
  /** Slices of the axis that positions are in, and how many the axis has. */
  readonly outer: number;
  readonly size: number;
  /** Words of what lies at a position. */
  readonly run: number;
  /** Positions at most. */
  readonly most: number;
}

/** What lies at positions of an axis, closed up. Arguments: input, positions, their number, output. */
export function pick(target: KernelTarget, params: PickParams): Kernel {
  const { outer, size, run, most } = params;
  return rowKernel(target, {
    name: 'pick',
    axes: [
      { size: outer, strides: [size * run, 0, 0, 0] },
      { size: markedBlocks(most), strides: [] },
    ],
    pointers: 4,
    operations: outer * most * run,
    body: (f, [input, positions, total, output], [slice, block]) => {
      const first = f.local('i32', multiply(block!, markedBlock));
      const before = op('i32.mul', slice!, load('i32.load', total!));
      const start = f.local('i32', add(output!, multiply(before, run * 4)));
      forEachListed(f, total!, first, markedBlock, (index) => {
        const position = load('i32.load', add(positions!, multiply(index, 4)));
        const from = f.local('i32', add(input!, multiply(position, run * 4)));
        const into = f.local('i32', add(start, multiply(index, run * 4)));
        emitCopy(f, { axes: [{ size: run, strides: [1, 1] }] }, [from, into]);
      });
    },
  });
}
