/** Solving an equation for a symbol that stands alone in it. */
import { type Dim, mul, sub, symbolOf, symbolsOf } from '../ir/dim.js';

/** The value of `name` that makes `dim` zero, where dim = ±name + rest and the rest does not know it. */
export function solveLinear(dim: Dim, name: string): Dim | undefined {
  const alone = symbolOf(dim, name);
  if (alone === undefined) return undefined;
  for (const sign of [1, -1]) {
    const rest = sub(dim, mul(sign, alone));
    if (!symbolsOf(rest).has(name)) return mul(-sign, rest);
  }
  return undefined;
}
