/** Sizes as plain data, and formulas about them as text. */
import { type Dim, DimTooComplexError, formatDim } from '../ir/dim.js';
import type { Size } from './explanation.js';

export function sizeOf(dim: Dim): Size {
  return typeof dim === 'number' ? dim : formatDim(dim);
}

/** Undefined where the expression grows too large to be written. */
export function computed(compute: () => Dim | undefined): Dim | undefined {
  try {
    return compute();
  } catch (error) {
    if (error instanceof DimTooComplexError) return undefined;
    throw error;
  }
}

/** As a factor: sums in brackets, `2·(H + 1)`. */
export function factor(size: Size): string {
  if (typeof size === 'number') return String(size);
  return /[-+] /.test(withoutBrackets(size)) ? `(${size})` : size;
}

function withoutBrackets(text: string): string {
  let depth = 0;
  let outside = '';
  for (const character of text) {
    if (character === '(') depth++;
    if (depth === 0) outside += character;
    if (character === ')') depth--;
  }
  return outside;
}
