/**
 * What a tree makes of each byte, as one product, one sum and a rounding. That these give the same is tried for all 256 bytes: so
 * another scale and zero point cost what a number costs, whatever the tree divides and bounds on the way.
 */
import { floats } from '../arithmetic.js';
import { type Local, type Operand, op, v128Const } from '../expression.js';
import type { FunctionBuilder } from '../function.js';
import { type ByteRounding, integerRounding, isByte, roundBits } from './byte-rounding.js';
import { type Elementwise, input } from './elementwise-expression.js';

/** x becomes min(max(round(x * factor + shift), 0), 255), each step in float32. */
export interface ByteMap {
  readonly factor: number;
  readonly shift: number;
}

/**
 * The map that a tree of one byte is; undefined where there is none.
 * @param least the bytes that occur
 */
export function byteMap(tree: Elementwise, least = 0, most = 255): ByteMap | undefined {
  const [first, second] = [0, 1].map((x) => treeValue(tree, x, { isLinear: true }));
  if (first === undefined || second === undefined) return undefined;
  const [factor, shift] = [Math.fround(second - first), Math.fround(first)];
  // Far outside of bytes the sum is not rounded to integers.
  if (!(Math.abs(factor) * 255 + Math.abs(shift) < 2 ** 22)) return undefined;
  for (let x = least; x <= most; x++) {
    const mapped = roundHalfToEven(Math.fround(Math.fround(x * factor) + shift));
    if (Math.min(Math.max(mapped, 0), 255) !== treeValue(tree, x, { isLinear: false })) return undefined;
  }
  return { factor, shift };
}

/** 16 bytes, where the map only adds an integer to each. */
export function shiftBytes(f: FunctionBuilder, bytes: Operand, { shift }: ByteMap): Local {
  const amount = v128Const(new Uint8Array(16).fill(Math.min(255, Math.abs(shift))));
  return f.local('v128', op(shift < 0 ? 'i8x16.sub_sat_u' : 'i8x16.add_sat_u', bytes, amount));
}

export function isShift({ factor, shift }: ByteMap): boolean {
  return factor === 1 && Number.isInteger(shift);
}

/** Integers, which were bytes, in vectors of four. */
export function mapBytes(f: FunctionBuilder, words: readonly Local[], { factor, shift }: ByteMap): Local[] {
  const sums = words.map((x) => {
    const scaled = op('f32x4.mul', op('f32x4.convert_i32x4_s', x), floats(f, factor));
    return f.local('v128', op('f32x4.add', scaled, floats(f, shift)));
  });
  return roundBits(f, sums, 0);
}

/**
 * What a tree is of its input 0 that rounds to bytes, or that does so twice where the second time only adds an integer: another
 * zero point. Undefined where it is anything else.
 */
export function byteRounding(tree: Elementwise | undefined): ByteRounding | undefined {
  const parts = tree && roundingWithin(tree);
  if (parts === undefined) return undefined;
  const { rounding, outer } = parts;
  const { least, most } = rounding;
  if (outer.kind === 'input') return isByte(rounding) ? rounding : undefined;
  if (!(most - least <= 255)) return undefined;
  const map = byteMap(outer, least, most);
  if (map === undefined || !isShift(map)) return undefined;
  const [low, high] = [least, most].map((bound) => Math.min(Math.max(bound + map.shift, 0), 255)) as [number, number];
  return { ...rounding, offset: rounding.offset + map.shift, least: low, most: high };
}

/** The largest part of a tree that is a rounding of its input 0, and what the tree is of that part, as its input 0. */
function roundingWithin(
  tree: Elementwise,
): { readonly rounding: ByteRounding; readonly outer: Elementwise } | undefined {
  const rounding = integerRounding(tree);
  if (rounding !== undefined) return { rounding, outer: input(0) };
  if (tree.kind === 'unary') {
    const inside = roundingWithin(tree.x);
    return inside && { ...inside, outer: { ...tree, x: inside.outer } };
  }
  if (tree.kind !== 'binary' || tree.b.kind !== 'constant') return undefined;
  const inside = roundingWithin(tree.a);
  return inside && { ...inside, outer: { ...tree, a: inside.outer } };
}

/** The tree's value in float32 where its input is x, or, where it is taken as linear, in double precision without roundings and bounds. */
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
