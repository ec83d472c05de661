/**
 * What kernels have in common. A kernel is a function of the module, emitted for constant sizes; addresses are its
 * arguments, so that layers of equal sizes share it. Its last two arguments are a range of work units [begin, end): how
 * the units are split among calls and threads never changes a bit of the result.
 */
import { type Expression, type Local, type Operand, op } from '../expression.js';
import type { FunctionBuilder, FunctionReference } from '../function.js';
import type { ModuleBuilder } from '../module.js';
import { plainOperations } from '../operations.js';

/**
 * The code that an engine gets. `baseline`: SIMD without relaxed operations, the same bits everywhere. `fma`: relaxed
 * multiply-add. `wide`: the same, arranged for 256-bit registers: V8 pairs adjacent vectors where its flag is set.
 */
export type Tier = 'baseline' | 'fma' | 'wide';

export interface KernelTarget {
  readonly module: ModuleBuilder;
  readonly tier: Tier;
}

export interface Kernel {
  /** Addresses in bytes in the order that the kernel states, then begin and end. */
  readonly function: FunctionReference;
  /** Run by each thread before the first units that it takes: the same addresses, no units. */
  readonly prepare?: FunctionReference;
  /** The number of work units: the whole result is made by the range from 0 to it. */
  readonly units: number;
  /** Multiplications and additions of all units, for cost models. */
  readonly operations: number;
}

/** a * b + c in four lanes; rounded once or twice. */
export function multiplyAdd(tier: Tier, a: Operand, b: Operand, c: Operand): Expression {
  return tier === 'baseline' ? op('f32x4.add', op('f32x4.mul', a, b), c) : op('f32x4.relaxed_madd', a, b, c);
}

const relaxedMultiplyAdd = plainOperations.get('f32x4.relaxed_madd')!;

/** sums[j] += a * b[j] for each j. */
export function addProducts(
  f: FunctionBuilder,
  tier: Tier,
  a: Local,
  b: readonly Local[],
  sums: readonly Local[],
): void {
  if (tier !== 'baseline') f.setEach(sums, relaxedMultiplyAdd, a, b);
  else for (let j = 0; j < sums.length; j++) f.set(sums[j]!, multiplyAdd(tier, a, b[j]!, sums[j]!));
}

/** `count` cut into pieces of at most `largest`, as equal as can be: `larger` of them have `size`, `smaller` have one less. */
export function splitEvenly(
  count: number,
  largest: number,
): { readonly size: number; readonly larger: number; readonly smaller: number } {
  const pieces = Math.ceil(count / largest);
  const size = Math.ceil(count / pieces);
  const smaller = pieces * size - count;
  return { size, larger: pieces - smaller, smaller };
}

export function roundUp(value: number, multiple: number): number {
  return Math.ceil(value / multiple) * multiple;
}

export function product(values: readonly number[]): number {
  return values.reduce((a, b) => a * b, 1);
}
