/** Amounts in texts. Products are written in one order, whichever symbols of other models were there first. */
import type { Dim } from '../ir/dim.js';
import { formatDimBytes, formatDimCount } from '../report/units.js';

/** As axes of tensors follow each other. */
const usual = ['N', 'C', 'T', 'L', 'D', 'H', 'W'];

/** `2.90 k·N·H·W`. */
export function countText(dim: Dim | undefined): string {
  return inOrder(formatDimCount(dim));
}

/** `96 B·N·H·W`. */
export function bytesText(dim: Dim | undefined): string {
  return inOrder(formatDimBytes(dim));
}

function inOrder(text: string): string {
  const product = (term: string) => {
    const factors = term.split('·');
    const names = factors.filter((factor) => !/^[\d.]/.test(factor));
    const numbers = factors.filter((factor) => /^[\d.]/.test(factor));
    return [...numbers, ...names.sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1))].join('·');
  };
  return text.split(' + ').map(product).join(' + ');
}

function rank(name: string): number {
  const at = usual.indexOf(name);
  return at < 0 ? usual.length : at;
}
