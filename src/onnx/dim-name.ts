/** Sizes as texts, for files that are written. */
import { parseDim } from '../ir/dim/parse.js';
import { type Sym, symbolsOf } from '../ir/dim.js';

const names = new WeakMap<Sym, { readonly text: string | undefined }>();

/**
 * The text for the size; undefined for an open one, because a generated name would claim that it equals others of that
 * name.
 */
export function nameOf(dim: Sym): string | undefined {
  let known = names.get(dim);
  if (known === undefined) {
    known = { text: findName(dim) };
    names.set(dim, known);
  }
  return known.text;
}

function findName(dim: Sym): string | undefined {
  for (const { reason } of symbolsOf(dim).values()) if (reason !== undefined) return undefined;
  const text = dim.toString();
  return parseDim(text) === dim ? text : undefined;
}
