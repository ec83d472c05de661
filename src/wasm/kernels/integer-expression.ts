/**
 * Computations with integers as small trees: each number in 64 bits, wrapped to its type after each operation. Of floats there is
 * what no vector has: a remainder.
 */
import { type Expression, type Operand, op, select } from '../expression.js';
import type { FunctionBuilder } from '../function.js';
import type { PlainOperation } from '../operations.js';
import { cellsOf, type IntegerType, type NumberType, truncated, wrapped } from './cells.js';
import { floatRemainder, integerPower } from './scalar-loops.js';

export type IntegerComparison = 'equal' | 'less' | 'greater' | 'lessOrEqual' | 'greaterOrEqual';

/** `div` is towards zero; `rem` has the sign of the dividend, of floats as well, and `mod` that of the divisor. */
export type IntegerBinary =
  | 'add'
  | 'sub'
  | 'mul'
  | 'div'
  | 'rem'
  | 'mod'
  | 'min'
  | 'max'
  | 'and'
  | 'or'
  | 'xor'
  | 'shl'
  | 'shr'
  | 'pow'
  | IntegerComparison;

export type IntegerUnary = 'neg' | 'abs' | 'sign' | 'not';

/** A tree over the inputs of a kernel, whose types the kernel knows. */
export type IntegerTree =
  | { readonly kind: 'input'; readonly index: number }
  /** A number as text, since JSON has none of 64 bits. */
  | { readonly kind: 'constant'; readonly value: string; readonly type: IntegerType }
  | { readonly kind: 'unary'; readonly op: IntegerUnary; readonly x: IntegerTree }
  | { readonly kind: 'binary'; readonly op: IntegerBinary; readonly a: IntegerTree; readonly b: IntegerTree }
  | { readonly kind: 'cast'; readonly to: NumberType; readonly x: IntegerTree }
  | { readonly kind: 'where'; readonly x: IntegerTree; readonly a: IntegerTree; readonly b: IntegerTree };

/** Whether a divisor of the tree may be zero, which is an error of the run. */
export function divides(tree: IntegerTree): boolean {
  switch (tree.kind) {
    case 'input':
    case 'constant':
      return false;
    case 'unary':
    case 'cast':
      return divides(tree.x);
    case 'binary':
      return ['div', 'rem', 'mod'].includes(tree.op) || divides(tree.a) || divides(tree.b);
    case 'where':
      return divides(tree.x) || divides(tree.a) || divides(tree.b);
  }
}

interface Typed {
  readonly type: NumberType;
  readonly value: Operand;
}

/**
 * Emits the tree.
 * @param inputs locals or expressions without effects
 * @param onZero emits what tells of a divisor that is zero
 */
export function emitInteger(
  f: FunctionBuilder,
  tree: IntegerTree,
  inputs: readonly Typed[],
  onZero: () => void,
): Typed {
  const inside = (part: IntegerTree) => emitInteger(f, part, inputs, onZero);
  const keep = (type: NumberType, value: Operand): Typed => ({
    type,
    value: f.local(type === 'float32' ? 'f32' : 'i64', value),
  });
  switch (tree.kind) {
    case 'input':
      return inputs[tree.index]!;
    case 'constant':
      return { type: tree.type, value: BigInt.asIntN(64, BigInt(tree.value)) };
    case 'unary': {
      const { type, value } = inside(tree.x);
      return keep(type, wrapped(type as IntegerType, unaryOf(tree.op, type as IntegerType, value)));
    }
    case 'cast':
      return keep(tree.to, converted(f, inside(tree.x), tree.to));
    case 'where': {
      const [x, a, b] = [inside(tree.x), inside(tree.a), inside(tree.b)];
      const kind = a.type === 'float32' ? 'f32' : 'i64';
      return keep(a.type, select(kind, a.value, b.value, op('i64.ne', x.value, 0)));
    }
    case 'binary': {
      const [a, b] = [inside(tree.a), inside(tree.b)];
      if (a.type === 'float32') {
        if (tree.op !== 'rem') throw new RangeError(`integers have '${tree.op}', and floats do not`);
        return keep('float32', floatRemainder(f, a.value, b.value));
      }
      const type = a.type;
      if (tree.op === 'pow') return keep(type, wrapped(type, integerPower(f, a.value, b.value, b.type === 'uint64')));
      if (tree.op in comparisons) {
        const [signed, unsigned] = comparisons[tree.op as IntegerComparison];
        return keep('bool', op('i64.extend_i32_u', op(type === 'uint64' ? unsigned : signed, a.value, b.value)));
      }
      return keep(type, wrapped(type, binaryOf(f, tree.op, type, a.value, b.value, onZero)));
    }
  }
}

function unaryOf(name: IntegerUnary, type: IntegerType, x: Operand): Expression {
  const isNegative = op('i64.lt_s', x, 0);
  switch (name) {
    case 'neg':
      return op('i64.sub', 0, x);
    case 'not':
      return op('i64.xor', x, -1);
    case 'abs':
      return select('i64', op('i64.sub', 0, x), x, type === 'uint64' ? 0 : isNegative);
    case 'sign':
      if (type === 'uint64') return op('i64.extend_i32_u', op('i64.ne', x, 0));
      return op('i64.sub', op('i64.extend_i32_u', op('i64.gt_s', x, 0)), op('i64.extend_i32_u', isNegative));
  }
}

const comparisons: Readonly<Record<IntegerComparison, readonly [signed: PlainOperation, unsigned: PlainOperation]>> = {
  equal: ['i64.eq', 'i64.eq'],
  less: ['i64.lt_s', 'i64.lt_u'],
  greater: ['i64.gt_s', 'i64.gt_u'],
  lessOrEqual: ['i64.le_s', 'i64.le_u'],
  greaterOrEqual: ['i64.ge_s', 'i64.ge_u'],
};

const bitOperations = {
  add: 'i64.add',
  sub: 'i64.sub',
  mul: 'i64.mul',
  and: 'i64.and',
  or: 'i64.or',
  xor: 'i64.xor',
} as const;

function binaryOf(
  f: FunctionBuilder,
  name: IntegerBinary,
  type: IntegerType,
  a: Operand,
  b: Operand,
  onZero: () => void,
): Operand {
  const isWideUnsigned = type === 'uint64';
  switch (name) {
    case 'min':
      return select('i64', a, b, op(isWideUnsigned ? 'i64.lt_u' : 'i64.lt_s', a, b));
    case 'max':
      return select('i64', a, b, op(isWideUnsigned ? 'i64.gt_u' : 'i64.gt_s', a, b));
    case 'shl':
    case 'shr': {
      const bits = bitsOf(type);
      const shifted = op(name === 'shl' ? 'i64.shl' : 'i64.shr_u', a, b);
      return select('i64', shifted, 0, op('i64.lt_u', b, bits));
    }
    case 'div':
    case 'rem':
    case 'mod':
      return quotient(f, name, type, a, b, onZero);
    default:
      return op(bitOperations[name as keyof typeof bitOperations], a, b);
  }
}

function bitsOf(type: IntegerType): number {
  if (cellsOf(type) === 'int64') return 64;
  if (cellsOf(type) === 'int32') return 32;
  return Number(/\d+$/.exec(type)?.[0] ?? 8);
}

/** Division without traps: by zero it is told of and gives 0; by -1 it is a negation, since the least number has no quotient. */
function quotient(
  f: FunctionBuilder,
  name: 'div' | 'rem' | 'mod',
  type: IntegerType,
  a: Operand,
  b: Operand,
  onZero: () => void,
): Operand {
  const result = f.local('i64', 0);
  f.set(result, 0);
  f.if(op('i64.eqz', b), onZero, () => {
    if (type === 'uint64') {
      f.set(result, op(name === 'div' ? 'i64.div_u' : 'i64.rem_u', a, b));
      return;
    }
    f.if(
      op('i64.eq', b, -1),
      () => {
        if (name === 'div') f.set(result, op('i64.sub', 0, a));
      },
      () => {
        f.set(result, op(name === 'div' ? 'i64.div_s' : 'i64.rem_s', a, b));
        if (name !== 'mod') return;
        const isOther = op('i64.lt_s', op('i64.xor', result, b), 0);
        const isMoved = op('i32.and', isOther, op('i64.ne', result, 0));
        f.if(isMoved, () => f.set(result, op('i64.add', result, b)));
      },
    );
  });
  return result;
}

function converted(f: FunctionBuilder, { type, value }: Typed, to: NumberType): Operand {
  if (type === to) return value;
  if (to === 'float32') return op(type === 'uint64' ? 'f32.convert_i64_u' : 'f32.convert_i64_s', value);
  if (to === 'bool') {
    const isSet = type === 'float32' ? op('f32.ne', value, 0) : op('i64.ne', value, 0);
    return op('i64.extend_i32_u', isSet);
  }
  return wrapped(to, type === 'float32' ? truncated(f, value) : value);
}
