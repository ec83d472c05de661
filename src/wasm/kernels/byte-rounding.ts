/**
 * Numbers that are scaled and rounded to bytes, in fewer instructions than a tree of float32 takes: a number that is added to a
 * large one is rounded to an integer, halves to even, and stands in the last bits of the sum; stores of bytes bound it.
 */
import { floats, integers } from '../arithmetic.js';
import { type Local, type Operand, op } from '../expression.js';
import type { FunctionBuilder } from '../function.js';
import type { Elementwise } from './elementwise-expression.js';

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

/** What a tree is of its input 0; undefined where it is anything else. */
export function byteRounding(tree: Elementwise | undefined): ByteRounding | undefined {
  if (tree === undefined) return undefined;
  const rounded = bounded(tree);
  if (rounded === undefined) return undefined;
  const { factor, offset, least, most } = rounded;
  const isByte = least >= 0 && most <= 255 && least <= most;
  return isByte && Number.isInteger(offset) ? { factor, offset, least, most } : undefined;
}

function bounded(tree: Elementwise): ByteRounding | undefined {
  if (tree.kind === 'unary' && tree.op === 'round') {
    const factor = factorOf(tree.x);
    return factor === undefined ? undefined : { factor, offset: 0, least: -Infinity, most: Infinity };
  }
  if (tree.kind !== 'binary' || tree.b.kind !== 'constant') return undefined;
  const before = bounded(tree.a);
  if (before === undefined || !Number.isInteger(tree.b.value)) return undefined;
  const { value } = tree.b;
  const { factor, offset, least, most } = before;
  switch (tree.op) {
    case 'add':
      return { factor, offset: offset + value, least: least + value, most: most + value };
    case 'sub':
      return { factor, offset: offset - value, least: least - value, most: most - value };
    case 'max':
      return { factor, offset, least: Math.max(least, value), most: Math.max(most, value) };
    case 'min':
      return { factor, offset, least: Math.min(least, value), most: Math.min(most, value) };
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

/** Numbers in vectors of four as integers with an offset added. */
export function roundBits(f: FunctionBuilder, numbers: readonly Local[], offset: number): Local[] {
  const keep = (values: readonly Operand[]) => values.map((value) => f.local('v128', value));
  const rounded = keep(numbers.map((x) => op('f32x4.add', x, floats(f, large))));
  return keep(rounded.map((x) => op('i32x4.sub', x, integers(f, bitsOfLarge - offset))));
}
