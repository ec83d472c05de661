/** Products of a constant matrix with vectors in locals. Sums that rows or columns share are computed once. */
import { floats } from '../../arithmetic.js';
import { type Expression, type Operand, op } from '../../expression.js';
import type { FunctionBuilder } from '../../function.js';
import { multiplyAdd, type Tier } from '../kernel.js';
import type { Matrix } from './matrices.js';

/** Adjacent vectors, which get the same operations. */
export type Lanes = readonly Operand[];

export interface LinearContext {
  readonly f: FunctionBuilder;
  readonly tier: Tier;
}

/** A sum of multiples of vectors, which begins with a vector that needs no multiplication where there is one. */
interface Sum {
  /** Indices of the inputs, and after them of what earlier sums make. */
  readonly vectors: readonly number[];
  readonly factors: readonly number[];
}

/** How a matrix is applied, as far as its numbers decide it. */
interface Scheme {
  readonly sums: readonly Sum[];
  /** The vector that is the result of each row. */
  readonly results: readonly number[];
}

/** By matrix: there are few, each made once. */
const schemes = new WeakMap<Matrix, Scheme>();

function schemeOf(matrix: Matrix): Scheme {
  let scheme = schemes.get(matrix);
  if (scheme === undefined) {
    scheme = new SchemeBuilder(matrix[0]!.length).build(matrix);
    schemes.set(matrix, scheme);
  }
  return scheme;
}

interface Term {
  readonly vector: number;
  readonly factor: number;
}

class SchemeBuilder {
  private readonly sums: Sum[] = [];

  constructor(private readonly inputs: number) {}

  build(matrix: Matrix): Scheme {
    const columns = pairColumns(matrix);
    // A column that has a partner, which differs from it in signs only, is replaced by their sum and their difference.
    const vectors = columns.flatMap(({ index, partner }) => {
      if (partner < 0) return [index];
      const sum = (factor: number) =>
        this.sum([
          { vector: index, factor: 1 },
          { vector: partner, factor },
        ]);
      return [sum(1), sum(-1)];
    });
    const rows = matrix.map((row) =>
      columns.flatMap(({ index, partner }) => {
        const factor = row[index]!;
        if (partner < 0) return [factor];
        return row[partner] === factor ? [factor, 0] : [0, factor];
      }),
    );
    const partners = pairRows(rows);
    const results: number[] = [];
    for (const [i, factors] of rows.entries()) {
      if (results[i] !== undefined) continue;
      const partner = partners[i]!;
      if (partner >= 0) [results[i], results[partner]] = this.pair(vectors, factors, rows[partner]!);
      else {
        results[i] = this.sum(
          factors.map((factor, k) => ({ vector: vectors[k]!, factor })).filter(({ factor }) => factor !== 0),
        );
      }
    }
    return { sums: this.sums, results };
  }

  /** Two rows that differ in signs only: what has the same sign in both, and then that plus and minus the rest. */
  private pair(vectors: readonly number[], factors: readonly number[], others: readonly number[]): [number, number] {
    const terms = factors.map((factor, k) => ({ vector: vectors[k]!, factor, other: others[k]! }));
    const same = terms.filter(({ factor, other }) => factor === other && factor !== 0);
    const opposite = terms.filter(({ factor, other }) => factor === -other && factor !== 0);
    const common = Math.abs(opposite[0]!.factor);
    const isCommon = opposite.every(({ factor }) => Math.abs(factor) === common);
    const even = this.sum(same);
    const odd = this.sum(
      isCommon ? opposite.map(({ vector, factor }) => ({ vector, factor: factor / common })) : opposite,
    );
    const scale = isCommon ? common : 1;
    const both = (factor: number) =>
      this.sum([
        { vector: even, factor: 1 },
        { vector: odd, factor },
      ]);
    return [both(scale), both(-scale)];
  }

  /** The index of the sum. */
  private sum(terms: readonly Term[]): number {
    const first = terms.find(({ factor }) => factor === 1) ?? terms[0]!;
    if (terms.length === 1 && first.factor === 1) return first.vector;
    const ordered = [first, ...terms.filter((term) => term !== first)];
    this.sums.push({ vectors: ordered.map(({ vector }) => vector), factors: ordered.map(({ factor }) => factor) });
    return this.inputs + this.sums.length - 1;
  }
}

function pairColumns(matrix: Matrix): { readonly index: number; readonly partner: number }[] {
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

/** For each row the later row that it shares sums with; -1 where there is none. */
function pairRows(rows: readonly (readonly number[])[]): number[] {
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
  const { sums, results } = schemeOf(matrix);
  const vectors = [...inputs];
  for (const sum of sums) vectors.push(emitSum(context, sum, vectors));
  return results.map((index) => vectors[index]!);
}

/** Transforms are most of the code of many networks, so nothing here is made for a sum that its emission does not need. */
function emitSum({ f, tier }: LinearContext, sum: Sum, vectors: readonly Lanes[]): Lanes {
  let total = vectors[sum.vectors[0]!]!;
  for (let k = 0; k < sum.vectors.length; k++) {
    const factor = sum.factors[k]!;
    if (k === 0 && factor === 1) continue;
    const lanes = vectors[sum.vectors[k]!]!;
    const made: Operand[] = [];
    for (let i = 0; i < lanes.length; i++) {
      const term = lanes[i]!;
      made.push(f.local('v128', k === 0 ? multiple(f, term, factor) : addition(f, tier, total[i]!, term, factor)));
    }
    total = made;
  }
  return total;
}

function multiple(f: FunctionBuilder, term: Operand, factor: number): Expression {
  return factor === -1 ? op('f32x4.neg', term) : op('f32x4.mul', term, floats(f, factor));
}

/** total + factor * term */
function addition(f: FunctionBuilder, tier: Tier, total: Operand, term: Operand, factor: number): Expression {
  if (factor === 1) return op('f32x4.add', total, term);
  if (factor === -1) return op('f32x4.sub', total, term);
  return multiplyAdd(tier, term, floats(f, factor), total);
}
