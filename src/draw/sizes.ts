/** Open sizes as people write them: `H/16` for floor(H/16), where H is a multiple of 16. */
import {
  type Bindings,
  type Dim,
  formatDim,
  hasUnknown,
  mul,
  Sym,
  substitute,
  symbol,
  symbolsOf,
  unlessTooComplex,
} from '../ir/dim.js';
import { greatestCommonDivisor } from '../ir/integers.js';

const multiples = [1, 2, 4, 8, 16, 32, 64, 128, 256];

export interface SizeTexts {
  text(dim: Dim): string;
  /** `H, W multiples of 16`; undefined where texts hold for all sizes. */
  readonly sizesFor: string | undefined;
}

/** What is written for a size that only a run knows. */
const unknown = '?';

/** @param isLegal whether the network takes these sizes; texts say nothing of sizes that it does not take */
export function sizeTexts(all: readonly Dim[], isLegal: (sizes: Bindings) => boolean): SizeTexts {
  const dims = all.filter((dim) => !hasUnknown(dim));
  const names = [...new Set(dims.flatMap((dim) => [...symbolsOf(dim).keys()]))];
  const plain = { text: (dim: Dim) => (hasUnknown(dim) ? unknown : formatDim(dim)), sizesFor: undefined };
  if (names.length === 0 || dims.every((dim) => isSimple(dim))) return plain;
  const own = [...new Set(dims)];
  let best: { readonly multiple: number; readonly written: ReadonlyMap<Dim, string> } | undefined;
  for (const multiple of multiples) {
    const bindings = new Map(names.map((name) => [name, mul(multiple, symbol(name))]));
    const written = new Map<Dim, string>();
    for (const dim of own) {
      const inQuotients = unlessTooComplex(() => substitute(dim, bindings));
      const text = quotientText(inQuotients, multiple);
      if (text !== undefined) written.set(dim, text);
    }
    if (best === undefined || written.size > best.written.size) best = { multiple, written };
    if (written.size === own.length) break;
  }
  if (best === undefined || best.multiple === 1) return plain;
  const { multiple, written } = best;
  if (!isLegal(new Map(names.map((name) => [name, multiple * legalFactor])))) return plain;
  return {
    text: (dim) => written.get(dim) ?? plain.text(dim),
    sizesFor: `${names.join(', ')} ${names.length === 1 ? 'a multiple' : 'multiples'} of ${multiple}`,
  };
}

/** Large enough that windows fit. */
const legalFactor = 64;

function isSimple(dim: Dim): boolean {
  return typeof dim === 'number' || dim.terms.every(({ factors }) => factors.every(({ kind }) => kind === 'symbol'));
}

/** Of c·h + d, where h is the size divided by `multiple`. */
function quotientText(dim: Dim | undefined, multiple: number): string | undefined {
  if (typeof dim === 'number') return String(dim);
  if (!(dim instanceof Sym) || !isSimple(dim)) return undefined;
  const parts = dim.terms.map(({ coefficient, factors }) => {
    const common = greatestCommonDivisor(coefficient, factors.length === 1 ? multiple : multiple ** factors.length);
    const top = Math.abs(coefficient) / common;
    const bottom = (factors.length === 1 ? multiple : multiple ** factors.length) / common;
    const product = factors.map((factor) => (factor.kind === 'symbol' ? factor.name : '')).join('·');
    return {
      isNegative: coefficient < 0,
      text: `${top === 1 ? '' : top}${product}${bottom === 1 ? '' : `/${bottom}`}`,
    };
  });
  const { constant } = dim;
  if (constant !== 0) parts.push({ isNegative: constant < 0, text: String(Math.abs(constant)) });
  return parts
    .map(({ isNegative, text }, i) =>
      i === 0 ? `${isNegative ? '-' : ''}${text}` : ` ${isNegative ? '-' : '+'} ${text}`,
    )
    .join('');
}
