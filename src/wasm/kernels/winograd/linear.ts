/** Products of a constant matrix with vectors in locals, with the sums that rows and columns share computed once. */
import { f32x4Const, type Local, type Operand, op } from '../../expression.js';
import type { FunctionBuilder } from '../../function.js';
import { multiplyAdd, type Tier } from '../kernel.js';
import type { Matrix } from './matrices.js';

/** Vectors side by side that get the same operations. */
export type Lanes = readonly Operand[];

interface Term {
  readonly lanes: Lanes;
  readonly factor: number;
}

/** Constants in locals: set once outside of the loops. */
export class Constants {
  readonly #locals = new Map<number, Local>();

  constructor(f: FunctionBuilder, matrices: readonly Matrix[]) {
    for (const value of new Set(matrices.flat(2).flatMap((entry) => [entry, -entry]))) {
      if (Math.abs(value) !== 1 && value !== 0) this.#locals.set(value, f.local('v128', f32x4Const(value)));
    }
  }

  get(value: number): Operand {
    return this.#locals.get(value) ?? f32x4Const(value);
  }
}

export interface LinearContext {
  readonly f: FunctionBuilder;
  readonly tier: Tier;
  readonly constants: Constants;
}

/** matrix x inputs: a row of the matrix for each result. */
export function emitLinear(context: LinearContext, matrix: Matrix, inputs: readonly Lanes[]): Lanes[] {
  const rows = pairColumns(context, matrix, inputs);
  const results: (Lanes | undefined)[] = rows.map(() => undefined);
  for (const [i, row] of rows.entries()) {
    if (results[i] !== undefined) continue;
    const partner = rows.findIndex((other, j) => j > i && results[j] === undefined && isPair(row, other));
    if (partner < 0) {
      results[i] = combine(
        context,
        row.filter(({ factor }) => factor !== 0),
      );
      continue;
    }
    const other = rows[partner]!;
    const same = row.filter(({ factor }, k) => factor === other[k]!.factor && factor !== 0);
    const opposite = row.filter(({ factor }, k) => factor === -other[k]!.factor && factor !== 0);
    const common = Math.abs(opposite[0]!.factor);
    const isCommon = opposite.every(({ factor }) => Math.abs(factor) === common);
    const even = combine(context, same);
    const odd = combine(
      context,
      isCommon ? opposite.map((term) => ({ ...term, factor: term.factor / common })) : opposite,
    );
    const scale = isCommon ? common : 1;
    results[i] = combine(context, [
      { lanes: even, factor: 1 },
      { lanes: odd, factor: scale },
    ]);
    results[partner] = combine(context, [
      { lanes: even, factor: 1 },
      { lanes: odd, factor: -scale },
    ]);
  }
  return results as Lanes[];
}

/** Rows as terms; two columns that differ in signs only become their sum and their difference. */
function pairColumns(context: LinearContext, matrix: Matrix, inputs: readonly Lanes[]): Term[][] {
  const rows: Term[][] = matrix.map(() => []);
  const isUsed = inputs.map(() => false);
  for (const [i, lanes] of inputs.entries()) {
    if (isUsed[i]) continue;
    isUsed[i] = true;
    const column = matrix.map((row) => row[i]!);
    const partner = inputs.findIndex(
      (_, j) =>
        !isUsed[j] &&
        matrix.every((row, r) => Math.abs(row[j]!) === Math.abs(column[r]!)) &&
        column.filter((value) => value !== 0).length > 2,
    );
    if (partner < 0) {
      for (const [r, row] of rows.entries()) row.push({ lanes, factor: column[r]! });
      continue;
    }
    isUsed[partner] = true;
    const other = inputs[partner]!;
    const sum = combine(context, [
      { lanes, factor: 1 },
      { lanes: other, factor: 1 },
    ]);
    const difference = combine(context, [
      { lanes, factor: 1 },
      { lanes: other, factor: -1 },
    ]);
    for (const [r, row] of rows.entries()) {
      const factor = column[r]!;
      const isSum = matrix[r]![partner] === factor;
      row.push({ lanes: sum, factor: isSum ? factor : 0 }, { lanes: difference, factor: isSum ? 0 : factor });
    }
  }
  return rows;
}

/** Rows whose terms differ in signs only, some of them and not all. */
function isPair(a: readonly Term[], b: readonly Term[]): boolean {
  const used = a.map(({ factor }, k) => [factor, b[k]!.factor] as const).filter(([x, y]) => x !== 0 || y !== 0);
  return (
    used.length > 2 &&
    used.every(([x, y]) => Math.abs(x) === Math.abs(y)) &&
    used.some(([x, y]) => x === y) &&
    used.some(([x, y]) => x === -y)
  );
}

/** A sum of multiples, starting from a term that needs no multiplication where there is one. */
function combine({ f, tier, constants }: LinearContext, sum: readonly Term[]): Lanes {
  const first = sum.find(({ factor }) => factor === 1) ?? sum[0]!;
  if (sum.length === 1 && first.factor === 1) return first.lanes;
  let total: Lanes = first.lanes;
  const keep = (make: (i: number) => Operand) => {
    total = total.map((_, i) => f.local('v128', make(i)));
  };
  if (first.factor === -1) keep((i) => op('f32x4.neg', first.lanes[i]!));
  else if (first.factor !== 1) keep((i) => op('f32x4.mul', first.lanes[i]!, constants.get(first.factor)));
  for (const term of sum) {
    if (term === first) continue;
    const before = total;
    if (term.factor === 1) keep((i) => op('f32x4.add', before[i]!, term.lanes[i]!));
    else if (term.factor === -1) keep((i) => op('f32x4.sub', before[i]!, term.lanes[i]!));
    else keep((i) => multiplyAdd(tier, term.lanes[i]!, constants.get(term.factor), before[i]!));
  }
  return total;
}
