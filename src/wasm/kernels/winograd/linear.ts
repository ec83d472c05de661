/** Products of a constant matrix with vectors in locals. Sums that rows or columns share are computed once. */
import { floats } from '../../arithmetic.js';
import { type Operand, op } from '../../expression.js';
import type { FunctionBuilder } from '../../function.js';
import { multiplyAdd, type Tier } from '../kernel.js';
import type { Matrix } from './matrices.js';

/** Adjacent vectors, which get the same operations. */
export type Lanes = readonly Operand[];

interface Term {
  readonly lanes: Lanes;
  readonly factor: number;
}

export interface LinearContext {
  readonly f: FunctionBuilder;
  readonly tier: Tier;
}

/** How a matrix is applied, as far as its numbers decide it. */
interface Scheme {
  /** Columns; one that has a partner, which differs from it in signs only, is replaced by their sum and their difference. */
  readonly columns: readonly { readonly index: number; readonly partner: number }[];
  /** A factor for each column that is left, for both of a pair. */
  readonly rows: readonly (readonly number[])[];
  /** For each row the later row that it shares sums with; -1 where there is none. */
  readonly partners: readonly number[];
}

/** By matrix: there are few, each made once. */
const schemes = new WeakMap<Matrix, Scheme>();

function schemeOf(matrix: Matrix): Scheme {
  let scheme = schemes.get(matrix);
  if (scheme === undefined) {
    const columns = pairColumns(matrix);
    const rows = matrix.map((row) =>
      columns.flatMap(({ index, partner }) => {
        const factor = row[index]!;
        if (partner < 0) return [factor];
        return row[partner] === factor ? [factor, 0] : [0, factor];
      }),
    );
    scheme = { columns, rows, partners: pairRows(rows) };
    schemes.set(matrix, scheme);
  }
  return scheme;
}

function pairColumns(matrix: Matrix): Scheme['columns'] {
  const columns: { index: number; partner: number }[] = [];
  const size = matrix[0]!.length;
  const isUsed = new Array<boolean>(size).fill(false);
  const indices = isUsed.map((_, i) => i);
  for (const index of indices) {
    if (isUsed[index]) continue;
    isUsed[index] = true;
    const column = matrix.map((row) => row[index]!);
    const partner =
      column.filter((value) => value !== 0).length > 2
        ? indices.findIndex((j) => !isUsed[j] && matrix.every((row, r) => Math.abs(row[j]!) === Math.abs(column[r]!)))
        : -1;
    if (partner >= 0) isUsed[partner] = true;
    columns.push({ index, partner });
  }
  return columns;
}

function pairRows(rows: Scheme['rows']): number[] {
  const taken = new Set<number>();
  return rows.map((row, i) => {
    if (taken.has(i)) return -1;
    const partner = rows.findIndex((other, j) => j > i && !taken.has(j) && isPair(row, other));
    if (partner >= 0) taken.add(partner);
    return partner;
  });
}

/** Rows whose factors differ in signs only, some of them and not all. */
function isPair(a: readonly number[], b: readonly number[]): boolean {
  const used = a.map((factor, k) => [factor, b[k]!] as const).filter(([x, y]) => x !== 0 || y !== 0);
  return (
    used.length > 2 &&
    used.every(([x, y]) => Math.abs(x) === Math.abs(y)) &&
    used.some(([x, y]) => x === y) &&
    used.some(([x, y]) => x === -y)
  );
}

/** matrix x inputs: a row of the matrix for each result. */
export function emitLinear(context: LinearContext, matrix: Matrix, inputs: readonly Lanes[]): Lanes[] {
  const { columns, rows, partners } = schemeOf(matrix);
  const vectors = columns.flatMap(({ index, partner }) => {
    const lanes = inputs[index]!;
    if (partner < 0) return [lanes];
    const sum = (factor: number) =>
      combine(context, [
        { lanes, factor: 1 },
        { lanes: inputs[partner]!, factor },
      ]);
    return [sum(1), sum(-1)];
  });
  const results: (Lanes | undefined)[] = rows.map(() => undefined);
  for (const [i, factors] of rows.entries()) {
    if (results[i] !== undefined) continue;
    const row = factors.map((factor, k) => ({ lanes: vectors[k]!, factor })).filter(({ factor }) => factor !== 0);
    const partner = partners[i]!;
    if (partner < 0) {
      results[i] = combine(context, row);
      continue;
    }
    const terms = factors.map((factor, k) => ({ lanes: vectors[k]!, factor, other: rows[partner]![k]! }));
    const same = terms.filter(({ factor, other }) => factor === other && factor !== 0);
    const opposite = terms.filter(({ factor, other }) => factor === -other && factor !== 0);
    const common = Math.abs(opposite[0]!.factor);
    const isCommon = opposite.every(({ factor }) => Math.abs(factor) === common);
    const even = combine(context, same);
    const odd = combine(
      context,
      isCommon ? opposite.map(({ lanes, factor }) => ({ lanes, factor: factor / common })) : opposite,
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

/** A sum of multiples, starting from a term that needs no multiplication where there is one. */
function combine({ f, tier }: LinearContext, sum: readonly Term[]): Lanes {
  const first = sum.find(({ factor }) => factor === 1) ?? sum[0]!;
  if (sum.length === 1 && first.factor === 1) return first.lanes;
  let total: Lanes = first.lanes;
  const keep = (make: (i: number) => Operand) => {
    total = total.map((_, i) => f.local('v128', make(i)));
  };
  if (first.factor === -1) keep((i) => op('f32x4.neg', first.lanes[i]!));
  else if (first.factor !== 1) keep((i) => op('f32x4.mul', first.lanes[i]!, floats(f, first.factor)));
  for (const term of sum) {
    if (term === first) continue;
    const before = total;
    if (term.factor === 1) keep((i) => op('f32x4.add', before[i]!, term.lanes[i]!));
    else if (term.factor === -1) keep((i) => op('f32x4.sub', before[i]!, term.lanes[i]!));
    else keep((i) => multiplyAdd(tier, term.lanes[i]!, floats(f, term.factor), before[i]!));
  }
  return total;
}
