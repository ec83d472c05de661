/**
 * What a tree makes of each byte, as one product, one sum and a rounding. That these give the same is tried for all 256 bytes: so
 * another scale and zero point cost what a number costs, whatever the tree divides and bounds on the way.
 */
import { floats } from '../arithmetic.js';
import { type Local, op } from '../expression.js';
import type { FunctionBuilder } from '../function.js';
import { roundBits } from './byte-rounding.js';
import type { Elementwise } from './elementwise-expression.js';

/** x becomes min(max(round(x * factor + shift), 0), 255), each step in float32. */
export interface ByteMap {
  readonly factor: number;
  readonly shift: number;
}

/** The map that a tree of one byte is; undefined where there is none. */
export function byteMap(tree: Elementwise): ByteMap | undefined {
  const [first, second] = [0, 1].map((x) => treeValue(tree, x, { isLinear: true }));
  if (first === undefined || second === undefined) return undefined;
  const [factor, shift] = [Math.fround(second - first), Math.fround(first)];
  // Far outside of bytes the sum is not rounded to integers.
  if (!(Math.abs(factor) * 255 + Math.abs(shift) < 2 ** 22)) return undefined;
  for (let x = 0; x < 256; x++) {
    const mapped = roundHalfToEven(Math.fround(Math.fround(x * factor) + shift));
    if (Math.min(Math.max(mapped, 0), 255) !== treeValue(tree, x, { isLinear: false })) return undefined;
  }
  return { factor, shift };
}

/** Integers, which were bytes, in vectors of four. */
export function mapBytes(f: FunctionBuilder, words: readonly Local[], { factor, shift }: ByteMap): Local[] {
  const sums = words.map((x) => {
    const scaled = op('f32x4.mul', op('f32x4.convert_i32x4_s', x), floats(f, factor));
    return f.local('v128', op('f32x4.add', scaled, floats(f, shift)));
  });
  return roundBits(f, sums, 0);
}

/** The tree's value in float32, or, where it is taken as linear, in double precision without roundings and bounds. */
function treeValue(tree: Elementwise, x: number, how: { readonly isLinear: boolean }): number | undefined {
  if (tree.kind === 'input') return tree.index === 0 ? x : undefined;
  if (tree.kind === 'constant') return Math.fround(tree.value);
  if (tree.kind === 'unary') {
    const value = treeValue(tree.x, x, how);
    if (value === undefined || (tree.op !== 'round' && tree.op !== 'relu')) return undefined;
    if (how.isLinear) return value;
    return tree.op === 'round' ? roundHalfToEven(value) : Math.max(value, 0);
  }
  if (tree.kind !== 'binary') return undefined;
  const [a, b] = [treeValue(tree.a, x, how), treeValue(tree.b, x, how)];
  if (a === undefined || b === undefined) return undefined;
  const rounded = how.isLinear ? (value: number) => value : Math.fround;
  switch (tree.op) {
    case 'add':
      return rounded(a + b);
    case 'sub':
      return rounded(a - b);
    case 'mul':
      return rounded(a * b);
    case 'div':
      return rounded(a / b);
    case 'max':
      return how.isLinear ? a : Math.max(a, b);
    case 'min':
      return how.isLinear ? a : Math.min(a, b);
    default:
      return undefined;
  }
}

function roundHalfToEven(x: number): number {
  const floor = Math.floor(x);
  const rest = x - floor;
  if (rest !== 0.5) return rest < 0.5 ? floor : floor + 1;
  return floor % 2 === 0 ? floor : floor + 1;
}
