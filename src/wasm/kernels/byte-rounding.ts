/**
 * Numbers that are scaled and rounded to bytes, in fewer instructions than a tree of float32 takes: a number that is added to a
 * large one is rounded to an integer, halves to even, and stands in the last bits of the sum; stores of bytes bound it.
 */
import { floats, integers } from '../arithmetic.js';
import { type Local, type Operand, op } from '../expression.js';
import type { FunctionBuilder } from '../function.js';
import { type Elementwise, emitElementwise } from './elementwise-expression.js';
import type { Tier } from './kernel.js';

/** x becomes min(max(round(x * factor) + offset, least), most), each step in float32. */
export interface ByteRounding {
  /** A number, or the tree's input that has it. */
  readonly factor: number | { readonly input: number };
  readonly offset: number;
  /** From 0 to 255. */
  readonly least: number;
  readonly most: number;
}

/** Products of larger magnitude are not rounded so. */
export const mostRounded = 2 ** 22;
/** Its neighbors are integers, up and down so far. */
const large = 1.5 * 2 ** 23;
const bitsOfLarge = 0x4b400000;

/** What a tree is of its input 0, within any bounds; undefined where it is anything else. */
export function integerRounding(tree: Elementwise): ByteRounding | undefined {
  const rounded = bounded(tree);
  const factor = rounded?.shift === undefined ? rounded && factorOf(rounded.inner) : undefined;
  if (rounded === undefined || factor === undefined || !Number.isInteger(rounded.offset)) return undefined;
  const { offset, least, most } = rounded;
  return { factor, offset, least, most };
}

/** Whether integers within these bounds are bytes. */
export function isByte({ least, most }: Pick<ByteRounding, 'least' | 'most'>): boolean {
  return least >= 0 && most <= 255 && least <= most;
}

/** A tree whose values are min(max(round(inner) + offset + shift, least), most), integers within a byte. */
export interface RoundedTree extends Pick<ByteRounding, 'offset' | 'least' | 'most'> {
  readonly inner: Elementwise;
  /** The input that is added, an integer too. */
  readonly shift: number | undefined;
}

/** What a tree of bytes rounds; undefined where it does something to them afterwards. */
export function roundedTree(tree: Elementwise | undefined): RoundedTree | undefined {
  const rounded = tree && bounded(tree);
  if (rounded === undefined) return undefined;
  return isByte(rounded) ? rounded : undefined;
}

function bounded(tree: Elementwise): RoundedTree | undefined {
  if (tree.kind === 'unary' && tree.op === 'round')
    return { inner: tree.x, offset: 0, shift: undefined, least: -Infinity, most: Infinity };
  if (tree.kind !== 'binary') return undefined;
  const before = bounded(tree.a);
  if (before === undefined) return undefined;
  const { offset, least, most } = before;
  if (tree.b.kind === 'input') {
    const isFirst = tree.op === 'add' && before.shift === undefined && least === -Infinity && most === Infinity;
    return isFirst ? { ...before, shift: tree.b.index } : undefined;
  }
  if (tree.b.kind !== 'constant' || !Number.isInteger(tree.b.value)) return undefined;
  const { value } = tree.b;
  switch (tree.op) {
    case 'add':
      return { ...before, offset: offset + value, least: least + value, most: most + value };
    case 'sub':
      return { ...before, offset: offset - value, least: least - value, most: most - value };
    case 'max':
      return { ...before, least: Math.max(least, value), most: Math.max(most, value) };
    case 'min':
      return { ...before, least: Math.min(least, value), most: Math.min(most, value) };
    default:
      return undefined;
  }
}

function factorOf(tree: Elementwise): ByteRounding['factor'] | undefined {
  if (tree.kind === 'input' && tree.index === 0) return 1;
  if (tree.kind !== 'binary' || tree.op !== 'mul' || tree.a.kind !== 'input' || tree.a.index !== 0) return undefined;
  if (tree.b.kind === 'constant') return tree.b.value;
  return tree.b.kind === 'input' && tree.b.index > 0 ? { input: tree.b.index } : undefined;
}

/**
 * Integers in vectors of four, rounded to others, which are not bounded yet: each operation for all of them before the next one, so
 * that V8 can pair vectors.
 * @param factors of each vector, or none for 1
 */
export function roundWords(
  f: FunctionBuilder,
  sums: readonly Operand[],
  factors: readonly Operand[] | undefined,
  offset: number,
): Local[] {
  const keep = (values: readonly Operand[]) => values.map((value) => f.local('v128', value));
  const numbers = keep(sums.map((sum) => op('f32x4.convert_i32x4_s', sum)));
  const scaled = factors === undefined ? numbers : keep(numbers.map((x, j) => op('f32x4.mul', x, factors[j]!)));
  return roundBits(f, scaled, offset);
}

/**
 * What the tree rounds as integers, not bounded yet but by 2^22. NaN becomes the least of all, as it is where floats become bytes.
 * @param shifts what is added to each vector, as integers
 */
export function roundTree(
  f: FunctionBuilder,
  tier: Tier,
  { inner, offset }: RoundedTree,
  inputs: readonly (readonly Operand[])[],
  shifts: readonly Operand[] | undefined,
): Local[] {
  const keep = (values: readonly Operand[]) => values.map((value) => f.local('v128', value));
  const numbers = emitElementwise(f, tier, inner, inputs);
  const below = keep(numbers.map((x) => op('f32x4.pmax', floats(f, -mostRounded), x)));
  const within = keep(below.map((x) => op('f32x4.pmin', x, floats(f, mostRounded))));
  const rounded = roundBits(f, within, offset);
  return shifts === undefined ? rounded : keep(rounded.map((x, j) => op('i32x4.add', x, shifts[j]!)));
}

/** Numbers in vectors of four as integers with an offset added. */
export function roundBits(f: FunctionBuilder, numbers: readonly Local[], offset: number): Local[] {
  const keep = (values: readonly Operand[]) => values.map((value) => f.local('v128', value));
  const rounded = keep(numbers.map((x) => op('f32x4.add', x, floats(f, large))));
  return keep(rounded.map((x) => op('i32x4.sub', x, integers(f, bitsOfLarge - offset))));
}
