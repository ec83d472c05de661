/**
 * Prefetching of weights, which a run reads once, from memory. The processor's own prefetchers stop at the end of a page: each
 * next one begins with a walk of the page tables and with cache misses. Reading a word of every page of the next panel while
 * this one is computed gets both over with.
 */
import { repeat } from '../arithmetic.js';
import { load, type Operand } from '../expression.js';
import type { FunctionBuilder } from '../function.js';

const page = 4096;

/**
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
