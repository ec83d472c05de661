/** Elementwise computations as small trees, emitted in four lanes into epilogues and loops. */
import { floats, integers } from '../arithmetic.js';
import { f32x4Const, type Operand, op } from '../expression.js';
import type { FunctionBuilder } from '../function.js';
import { functions, type TranscendentalName } from './functions.js';
import { type RoundingName, roundings } from './half-floats.js';
import type { InverseFunctionName } from './inverse-functions.js';
import type { Tier } from './kernel.js';
import type { EmitFunction } from './lanes.js';
import type { SmallFloatRounding } from './small-floats.js';
import type { CircularName } from './trigonometry.js';

export type UnaryName =
  | 'abs'
  | 'neg'
  | 'sqrt'
  | 'floor'
  | 'ceil'
  | 'round'
  | 'relu'
  | 'reciprocal'
  | 'isNaN'
  /** Of zeros and NaN these themselves. */
  | 'sign'
  | RoundingName
  | SmallFloatRounding
  | TranscendentalName
  | InverseFunctionName
  | CircularName;
/** Comparisons yield 1 or 0. */
export type ComparisonName = 'less' | 'greater' | 'lessOrEqual' | 'greaterOrEqual' | 'equal';
export type BinaryName = 'add' | 'sub' | 'mul' | 'div' | 'min' | 'max' | ComparisonName;

export type Elementwise =
  /** In an epilogue, input 0 is the sum. */
  | { readonly kind: 'input'; readonly index: number }
  | { readonly kind: 'constant'; readonly value: number }
  | { readonly kind: 'unary'; readonly op: UnaryName; readonly x: Elementwise }
  | { readonly kind: 'binary'; readonly op: BinaryName; readonly a: Elementwise; readonly b: Elementwise }
  /** `a` where x is above 0, `b` elsewhere. */
  | { readonly kind: 'where'; readonly x: Elementwise; readonly a: Elementwise; readonly b: Elementwise };

export function input(index: number): Elementwise {
  return { kind: 'input', index };
}

export function constant(value: number): Elementwise {
  return { kind: 'constant', value };
}

export function unary(name: UnaryName, x: Elementwise): Elementwise {
  return { kind: 'unary', op: name, x };
}

export function binary(name: BinaryName, a: Elementwise, b: Elementwise): Elementwise {
  return { kind: 'binary', op: name, a, b };
}

export function where(x: Elementwise, a: Elementwise, b: Elementwise): Elementwise {
  return { kind: 'where', x, a, b };
}

/** min(max(x, low), high) */
export function clip(x: Elementwise, low: number, high: number): Elementwise {
  return binary('min', binary('max', x, constant(low)), constant(high));
}

export function leakyRelu(x: Elementwise, slope: number): Elementwise {
  return where(x, x, binary('mul', x, constant(slope)));
}

const plainUnary = {
  abs: 'f32x4.abs',
  neg: 'f32x4.neg',
  sqrt: 'f32x4.sqrt',
  floor: 'f32x4.floor',
  ceil: 'f32x4.ceil',
  round: 'f32x4.nearest',
} as const;

const plainBinary = {
  add: 'f32x4.add',
  sub: 'f32x4.sub',
  mul: 'f32x4.mul',
  div: 'f32x4.div',
  min: 'f32x4.min',
  max: 'f32x4.max',
} as const;

const comparisons = {
  less: 'f32x4.lt',
  greater: 'f32x4.gt',
  lessOrEqual: 'f32x4.le',
  greaterOrEqual: 'f32x4.ge',
  equal: 'f32x4.eq',
} as const;

/** How many inputs the tree reads: one more than the highest index. */
export function inputCount(tree: Elementwise): number {
  switch (tree.kind) {
    case 'input':
      return tree.index + 1;
    case 'constant':
      return 0;
    case 'unary':
      return inputCount(tree.x);
    case 'binary':
      return Math.max(inputCount(tree.a), inputCount(tree.b));
    case 'where':
      return Math.max(inputCount(tree.x), inputCount(tree.a), inputCount(tree.b));
  }
}

/** The tree with each input replaced by another tree. */
export function replaceInputs(tree: Elementwise, replace: (index: number) => Elementwise): Elementwise {
  const inside = (part: Elementwise) => replaceInputs(part, replace);
  switch (tree.kind) {
    case 'input':
      return replace(tree.index);
    case 'constant':
      return tree;
    case 'unary':
      return { ...tree, x: inside(tree.x) };
    case 'binary':
      return { ...tree, a: inside(tree.a), b: inside(tree.b) };
    case 'where':
      return { ...tree, x: inside(tree.x), a: inside(tree.a), b: inside(tree.b) };
  }
}

/** Functions that come with graphs that have their operators. */
const rareFunctions = new Map<string, EmitFunction>();

export function registerFunctions(list: Readonly<Record<string, EmitFunction>>): void {
  for (const [name, emit] of Object.entries(list)) rareFunctions.set(name, emit);
}

function costOf(op: UnaryName): number {
  if (op in functions || rareFunctions.has(op)) return 25;
  return op in roundings ? 12 : 1;
}

/** 1 with the sign of x where x is above or below zero, x itself elsewhere. */
function signOf(f: FunctionBuilder, x: Operand): Operand {
  const one = op('v128.or', op('v128.and', x, integers(f, -(2 ** 31))), floats(f, 1));
  return op('v128.bitselect', one, x, op('f32x4.gt', op('f32x4.abs', x), f32x4Const(0)));
}

/** A rough number of instructions. */
export function cost(tree: Elementwise): number {
  switch (tree.kind) {
    case 'input':
    case 'constant':
      return 0;
    case 'unary':
      return cost(tree.x) + costOf(tree.op);
    case 'binary':
      return cost(tree.a) + cost(tree.b) + 1;
    case 'where':
      return cost(tree.x) + cost(tree.a) + cost(tree.b) + 2;
  }
}

/**
 * Emits the tree for several vectors: each operation for all of them before the next one, so that V8 can pair vectors.
 * @param inputs for each vector its inputs, as locals.
 */
export function emitElementwise(
  f: FunctionBuilder,
  tier: Tier,
  tree: Elementwise,
  inputs: readonly (readonly Operand[])[],
): Operand[] {
  const keep = (values: Operand[]): Operand[] => values.map((value) => f.local('v128', value));
  switch (tree.kind) {
    case 'input':
      return inputs.map((vector) => vector[tree.index]!);
    case 'constant':
      return inputs.map(() => floats(f, tree.value));
    case 'unary': {
      const x = emitElementwise(f, tier, tree.x, inputs);
      if (tree.op === 'relu') return keep(bounded(f, 'max', x, 0));
      if (tree.op === 'reciprocal') return keep(x.map((v) => op('f32x4.div', floats(f, 1), v)));
      if (tree.op === 'isNaN') return keep(keep(x).map((v) => op('v128.and', op('f32x4.ne', v, v), floats(f, 1))));
      if (tree.op === 'sign') return keep(keep(x).map((v) => signOf(f, v)));
      if (tree.op in plainUnary) {
        const name = plainUnary[tree.op as keyof typeof plainUnary];
        return keep(x.map((v) => op(name, v)));
      }
      if (tree.op in roundings) return keep(x).map((v) => roundings[tree.op as RoundingName](f, v));
      const rare = rareFunctions.get(tree.op);
      if (rare !== undefined) return rare(f, tier, keep(x));
      const common = functions[tree.op as TranscendentalName];
      if (common === undefined) throw new RangeError(`the function '${tree.op}' is used before it is loaded`);
      return common(f, tier, keep(x));
    }
    case 'binary': {
      const a = emitElementwise(f, tier, tree.a, inputs);
      const b = emitElementwise(f, tier, tree.b, inputs);
      if (tree.op === 'max' || tree.op === 'min') {
        if (tree.b.kind === 'constant') return keep(bounded(f, tree.op, a, tree.b.value));
        if (tree.a.kind === 'constant') return keep(bounded(f, tree.op, b, tree.a.value));
      }
      if (tree.op in plainBinary) {
        const name = plainBinary[tree.op as keyof typeof plainBinary];
        return keep(a.map((v, i) => op(name, v, b[i]!)));
      }
      const name = comparisons[tree.op as ComparisonName];
      return keep(a.map((v, i) => op('v128.and', op(name, v, b[i]!), floats(f, 1))));
    }
    case 'where': {
      const x = emitElementwise(f, tier, tree.x, inputs);
      const a = emitElementwise(f, tier, tree.a, inputs);
      const b = emitElementwise(f, tier, tree.b, inputs);
      const masks = keep(x.map((v) => op('f32x4.gt', v, f32x4Const(0))));
      return keep(masks.map((mask, i) => op('v128.bitselect', a[i]!, b[i]!, mask)));
    }
  }
}

/**
 * The larger or smaller of values and a number. f32x4.max and min are several instructions, for the sake of zeros of different
 * signs and of NaN; where one side is known the pseudo forms give the same, NaN included, if that side comes second.
 */
function bounded(f: FunctionBuilder, name: 'max' | 'min', values: readonly Operand[], bound: number): Operand[] {
  const limit = bound === 0 ? f32x4Const(bound) : floats(f, bound);
  const isKept = Number.isNaN(bound) || (name === 'min' && Object.is(bound, -0));
  if (isKept) return values.map((value) => op(`f32x4.${name}`, value, limit));
  const nearest = values.map((value) => op(`f32x4.p${name}`, value, limit));
  // Of −0 and 0 the larger is 0, which the sum with 0 makes of both.
  return name === 'max' && Object.is(bound, 0) ? nearest.map((value) => op('f32x4.add', value, limit)) : nearest;
}
