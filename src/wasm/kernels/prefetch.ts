/** Reading ahead of what a kernel is going to read or write, where memory would hold it up. */
import { forRange, move, repeat } from '../arithmetic.js';
import { type Local, load, type Operand, op } from '../expression.js';
import { type FunctionBuilder, type FunctionReference, takes } from '../function.js';
import type { ModuleBuilder } from '../module.js';

const page = 4096;
/** Of a cache. */
const line = 64;

/**
 * For weights, which a run reads once, from memory. The processor's own prefetchers stop at the end of a page: each next one
 * begins with a walk of the page tables and with cache misses. Reading a word of every page of the next panel while this one
 * is computed gets both over with.
 *
 * Reads a word of each page of `bytes` at `address`, if `isThere` says that all of them are memory. Less than a page is not
 * worth it.
 */
export function prefetchPages(f: FunctionBuilder, isThere: Operand, address: Operand, bytes: number): void {
  const pages = Math.floor(bytes / page);
  if (pages === 0) return;
  f.if(isThere, () => {
    const at = f.local('i32', address);
    repeat(f, pages, () => {
      f.drop(load('i32.load', at));
      f.increase(at, page);
    });
  });
}

/** Bytes that a second-level cache does not keep from one step to the next beside what else there is. */
const farBytes = 2 ** 18;

export function isFar(bytes: number): boolean {
  return bytes >= farBytes;
}

/** Lines that are read without a loop. */
const straightLines = 4;

/**
 * For what is about to be overwritten and is in no near cache: a store waits until its line has been read, and few lines are on
 * their way for stores at a time, many more for loads. For what is about to be read in pieces as well: work between loads keeps
 * the processor from seeing many of them ahead. Reads a word of each line of `bytes` at `address`.
 */
export function fetchLines(f: FunctionBuilder, address: Operand, bytes: Operand): void {
  const at = f.local('i32', address);
  const lines = (count: number) => {
    for (let i = 0; i < count; i++) f.drop(load('i32.load', at, i * line));
    f.increase(at, count * line);
  };
  const straight = straightLines * line;
  if (typeof bytes === 'number' && bytes <= straight) {
    lines(Math.ceil(bytes / line));
    return;
  }
  const whole = f.local('i32', op('i32.and', bytes, -straight));
  forRange(f, 0, whole, straight, () => lines(straightLines));
  forRange(f, whole, bytes, line, () => lines(1));
}

/**
 * Reads the lines of a tile of pixels. Arguments: its address, rows, columns, the bytes that are used of a pixel, from row to row and
 * from pixel to pixel.
 */
export function fetchingFunction(module: ModuleBuilder): FunctionReference {
  return module.shared('fetch pixels', () =>
    module.function('fetch pixels', takes(6), (f, ...args) => {
      const [start, rows, pieces, bytes, row, pixel] = args as [Local, Local, Local, Local, Local, Local];
      const at = f.local('i32');
      // Pixels side by side are one piece.
      f.if(op('i32.eq', pixel, bytes), () => {
        f.set(bytes, op('i32.mul', bytes, pieces));
        f.set(pieces, 1);
      });
      repeat(f, rows, () => {
        f.set(at, start);
        repeat(f, pieces, () => {
          fetchLines(f, at, bytes);
          move(f, at, pixel);
        });
        move(f, start, row);
      });
    }),
  );
}
