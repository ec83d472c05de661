/**
 * Weights that come from memory are gone through once, and each page begins with a walk of the page tables and with lines
 * that no prefetcher has asked for yet. A word of each page, read while the processor still has other work, is enough to
 * have both over with when its turn comes.
 */
import { repeat } from '../arithmetic.js';
import { load, type Operand } from '../expression.js';
import type { FunctionBuilder } from '../function.js';

const page = 4096;

/**
 * Touches the pages of `bytes` at `address` if `isThere`: all of them have to be in memory then. Less than a page is not
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
