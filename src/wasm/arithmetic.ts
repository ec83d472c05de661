/** Addresses and counted loops, with constants folded where they are known. */
import {
  type Expression,
  f32x4Const,
  i32x4Const,
  type Local,
  load,
  memoryOp,
  type Operand,
  op,
  select,
  v128Const,
} from './expression.js';
import type { FunctionBuilder } from './function.js';

export function add(...terms: readonly Operand[]): Operand {
  let constant = 0;
  let sum: Operand | undefined;
  for (let i = 0; i < terms.length; i++) {
    const term = terms[i]!;
    if (typeof term === 'number') constant += term;
    else sum = sum === undefined ? term : op('i32.add', sum, term);
  }
  if (sum === undefined) return constant;
  return constant === 0 ? sum : op('i32.add', sum, constant);
}

export function subtract(a: Operand, b: Operand): Operand {
  return typeof b === 'number' ? add(a, -b) : op('i32.sub', a, b);
}

export function multiply(a: Operand, factor: number): Operand {
  if (typeof a === 'number') return a * factor;
  if (factor === 0) return 0;
  if (factor === 1) return a;
  const power = Math.log2(factor);
  return Number.isInteger(power) && power > 0 ? op('i32.shl', a, power) : op('i32.mul', a, factor);
}

/** The quotient of numbers that are not negative. */
export function divide(a: Operand, divisor: number): Operand {
  if (typeof a === 'number') return Math.floor(a / divisor);
  return divisor === 1 ? a : op('i32.div_u', a, divisor);
}

/** The remainder of numbers that are not negative. */
export function remainder(a: Operand, divisor: number): Operand {
  if (typeof a === 'number') return a % divisor;
  return divisor === 1 ? 0 : op('i32.rem_u', a, divisor);
}

export function minimum(f: FunctionBuilder, a: Operand, b: Operand): Operand {
  const [x, y] = [f.local('i32', a), f.local('i32', b)];
  return select('i32', x, y, op('i32.lt_s', x, y));
}

/** Adds to a pointer or a counter. */
export function move(f: FunctionBuilder, local: Local, by: Operand): void {
  if (typeof by === 'number') f.increase(local, by);
  else f.set(local, op('i32.add', local, by));
}

/** for (let i = from; i < to; i += step), i kept in a local of its own. */
export function forRange(
  f: FunctionBuilder,
  from: Operand,
  to: Operand,
  step: number,
  body: (counter: Local) => void,
): void {
  const counter = f.local('i32', from);
  const end = typeof to === 'number' ? to : f.local('i32', to);
  const runsSurely = typeof from === 'number' && typeof to === 'number' && from < to;
  const loop = () =>
    f.loop((again) => {
      body(counter);
      f.increase(counter, step);
      f.brIf(again, op('i32.lt_s', counter, end));
    });
  if (typeof from === 'number' && typeof to === 'number' && from >= to) return;
  if (runsSurely) loop();
  else f.if(op('i32.lt_s', counter, end), loop);
}

/** The body a number of times, which is not 0 unless it is constant; without a loop for one. */
export function repeat(f: FunctionBuilder, times: Operand, body: () => void): void {
  if (typeof times === 'number' && times <= 0) return;
  if (times === 1) {
    body();
    return;
  }
  const left = f.local('i32', times);
  f.loop((again) => {
    body();
    f.increase(left, -1);
    f.brIf(again, left);
  });
}

export function loadVector(address: Operand, offset = 0): Expression {
  return load('v128.load', address, offset);
}

export function storeVector(f: FunctionBuilder, address: Operand, offset: number, value: Operand): void {
  f.run(memoryOp('v128.store', offset, address, value));
}

/** A number in four lanes, for use in loops. */
export function floats(f: FunctionBuilder, value: number): Local {
  return f.hoisted('v128', Object.is(value, -0) ? '-0' : value, () => f32x4Const(value));
}

/** The same of i32. */
export function integers(f: FunctionBuilder, value: number): Local {
  return f.hoisted('v128', `i32x4 ${value}`, () => i32x4Const(value));
}

/** All bits of the first lanes of four. */
export function laneMask(lanes: number): Operand {
  if (lanes >= 4) return i32x4Const(-1);
  return v128Const(Uint8Array.from({ length: 16 }, (_, byte) => (byte < lanes * 4 ? 255 : 0)));
}
