/** Numbers for people. For open sizes, the part that grows fastest. */
import { printable } from '../diagnostics/printable.js';
import { bytes, counts, type Scale, scaled } from '../diagnostics/units.js';
import { type Dim, formatDim } from '../ir/dim.js';
import { leadingTerms } from './leading-terms.js';

export { formatBytes, formatCount, formatDuration } from '../diagnostics/units.js';

/** A count that may depend on open sizes: `28.3 k·H·W`. `?` if unknown. */
export function formatDimCount(dim: Dim | undefined): string {
  return formatOpen(dim, counts);
}

/** Bytes that may depend on open sizes: `2.50 KiB·H·W`. `?` if unknown. */
export function formatDimBytes(dim: Dim | undefined): string {
  return formatOpen(dim, bytes);
}

function formatOpen(dim: Dim | undefined, scale: Scale): string {
  if (dim === undefined) return '?';
  if (typeof dim === 'number') return scaled(dim, scale);
  const terms = leadingTerms(dim);
  if (terms === undefined) return `${printable(formatDim(dim))}${scale.unit === '' ? '' : ` ${scale.unit}`}`;
  return terms
    .map(({ coefficient, symbols }) => {
      const names = symbols.map(printable);
      return coefficient === 1 && scale.unit === ''
        ? names.join('·')
        : [scaled(coefficient, scale), ...names].join('·');
    })
    .join(' + ');
}
