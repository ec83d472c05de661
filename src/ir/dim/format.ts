/** Symbolic integers as text. */
import type { Atom, Dim, Term } from './sym.js';

/** `2*H + 1`, `floor((H - 1)/2)`, `max(H, 16)`. */
export function formatDim(dim: Dim): string {
  return typeof dim === 'number' ? String(dim) : formatSum(dim.terms, dim.constant);
}

function formatSum(terms: readonly Term[], constant: number): string {
  let rest = constant;
  const pieces: string[] = [];
  for (const { coefficient, factors } of [...terms].sort((a, b) => b.coefficient - a.coefficient)) {
    let product: string;
    const only = factors.length === 1 && coefficient === 1 ? factors[0] : undefined;
    if (only?.kind === 'floorDiv' && rest < 0) {
      // floor((H + 1)/2) - 1 reads better as floor((H - 1)/2).
      const { numerator, denominator } = only;
      product = formatFloorDiv(numerator.terms, numerator.constant + rest * denominator, denominator);
      rest = 0;
    } else {
      product = factors.map(formatAtom).join('*');
    }
    const magnitude = Math.abs(coefficient);
    const text = magnitude === 1 ? product : `${magnitude}*${product}`;
    pieces.push(
      pieces.length === 0 ? (coefficient < 0 ? `-${text}` : text) : coefficient < 0 ? ` - ${text}` : ` + ${text}`,
    );
  }
  if (rest !== 0) pieces.push(rest < 0 ? ` - ${-rest}` : ` + ${rest}`);
  return pieces.join('');
}

function formatAtom(atom: Atom): string {
  switch (atom.kind) {
    case 'symbol':
      return atom.name;
    case 'floorDiv':
      return formatFloorDiv(atom.numerator.terms, atom.numerator.constant, atom.denominator);
    case 'max':
    case 'min':
      return `${atom.kind}(${atom.operands.map(formatDim).join(', ')})`;
  }
}

function formatFloorDiv(terms: readonly Term[], constant: number, denominator: number): string {
  const text = formatSum(terms, constant);
  return `floor(${/[ *]/.test(text) ? `(${text})` : text}/${denominator})`;
}
