/** Trees that emit one value, or an effect, into a function body. Each use emits the tree again: share values by locals. */
import type { FunctionBuilder, FunctionReference } from './function.js';
import {
  type MemoryLaneOperation,
  type MemoryOperation,
  memoryLaneOperations,
  memoryOperations,
  type Operation,
  operation,
  type PlainOperation,
  plainOperations,
  type ValueType,
} from './operations.js';

export interface Local {
  /** Its index in the function. */
  readonly local: number;
  readonly type: ValueType;
}

export interface Expression {
  readonly emit: (f: FunctionBuilder) => void;
}

/** Where an operand is expected, a number is a constant of the type expected there. */
export type Operand = Local | Expression | number | bigint;

/** An instruction of at most three operands: nearly all of what is emitted, so it is data for one loop of the function builder. */
export class Instruction implements Expression {
  constructor(
    readonly operation: Operation,
    readonly a: Operand | undefined,
    readonly b: Operand | undefined,
    readonly c: Operand | undefined,
    /** In bytes, from the address; where memory is accessed. */
    readonly offset: number,
    /** What comes after all that. */
    readonly immediates: ArrayLike<number> | undefined,
  ) {
    const takes = operation.pops.length;
    const given = c !== undefined ? 3 : b !== undefined ? 2 : a !== undefined ? 1 : 0;
    if (given !== takes) throw new TypeError(`${operation.name} takes ${takes} operands, got ${given}`);
  }

  emit(f: FunctionBuilder): void {
    f.instruction(this);
  }
}

/** An instruction without immediates. */
export function op(name: PlainOperation, a?: Operand, b?: Operand, c?: Operand): Expression {
  return new Instruction(plainOperations.get(name)!, a, b, c, 0, undefined);
}

/** Loads, stores and atomics: the operands are the address first, `offset` is in bytes. */
export function memoryOp(name: MemoryOperation, offset: number, a: Operand, b?: Operand, c?: Operand): Expression {
  return new Instruction(memoryOperations.get(name)!, a, b, c, offset, undefined);
}

export function load(name: MemoryOperation, address: Operand, offset = 0): Expression {
  return new Instruction(memoryOperations.get(name)!, address, undefined, undefined, offset, undefined);
}

/** The loads and stores of single lanes. */
export function memoryLaneOp(
  name: MemoryLaneOperation,
  offset: number,
  lane: number,
  a: Operand,
  b: Operand,
): Expression {
  const operation = memoryLaneOperations.get(name)!;
  if (!(lane >= 0 && lane < 16 / operation.size)) throw new RangeError(`${name} has no lane ${lane}`);
  return new Instruction(operation, a, b, undefined, offset, [lane]);
}

const v128Constant = operation('v128.const', '>v', 0xfd000c);
const shuffleOperation = operation('i8x16.shuffle', 'vv>v', 0xfd000d);
const copyOperation = operation('memory.copy', 'iii>', 0xfc000a);
const fillOperation = operation('memory.fill', 'iii>', 0xfc000b);

export function v128Const(bytes: ArrayLike<number>): Expression {
  if (bytes.length !== 16) throw new RangeError('a v128 has 16 bytes');
  return new Instruction(v128Constant, undefined, undefined, undefined, 0, bytes);
}

const lanes = new ArrayBuffer(16);
const [floatLanes, integerLanes, laneBytes] = [new Float32Array(lanes), new Int32Array(lanes), new Uint8Array(lanes)];

/** What most sums start with. */
const zeros = v128Const(new Uint8Array(16));

/** The same f32 in all lanes. */
export function f32x4Const(value: number): Expression {
  if (Object.is(value, 0)) return zeros;
  floatLanes.fill(value);
  return v128Const(laneBytes.slice());
}

/** The same i32 in all lanes. */
export function i32x4Const(value: number): Expression {
  integerLanes.fill(value);
  return v128Const(laneBytes.slice());
}

/** Picks 16 of the 32 bytes of two vectors. */
export function shuffle(a: Operand, b: Operand, bytes: readonly number[]): Expression {
  let areIndices = bytes.length === 16;
  for (let i = 0; i < bytes.length; i++) areIndices &&= bytes[i]! >= 0 && bytes[i]! < 32;
  if (!areIndices) throw new RangeError('a shuffle has 16 byte indices from 0 to 31');
  return new Instruction(shuffleOperation, a, b, undefined, 0, bytes);
}

/** Picks 4 of the 8 lanes of 32 bits of two vectors. */
export function shuffle32(a: Operand, b: Operand, lanes: readonly number[]): Expression {
  const bytes: number[] = [];
  for (let i = 0; i < lanes.length; i++) {
    const first = lanes[i]! * 4;
    bytes.push(first, first + 1, first + 2, first + 3);
  }
  return shuffle(a, b, bytes);
}

/** memory.copy: regions may overlap. */
export function memoryCopy(target: Operand, source: Operand, bytes: Operand): Expression {
  return new Instruction(copyOperation, target, source, bytes, 0, [0, 0]);
}

export function memoryFill(target: Operand, byte: Operand, bytes: Operand): Expression {
  return new Instruction(fillOperation, target, byte, bytes, 0, [0]);
}

const selects = {
  i32: operation('select', 'iii>i', 0x1b),
  i64: operation('select', 'lli>l', 0x1b),
  f32: operation('select', 'ffi>f', 0x1b),
  f64: operation('select', 'ddi>d', 0x1b),
  v128: operation('select', 'vvi>v', 0x1c),
};
/** A select of vectors states its type. */
const vectorType = [1, 0x7b];

/** `whenTrue` unless the condition is 0; both are evaluated. */
export function select(type: ValueType, whenTrue: Operand, whenFalse: Operand, condition: Operand): Expression {
  const stated = type === 'v128' ? vectorType : undefined;
  return new Instruction(selects[type], whenTrue, whenFalse, condition, 0, stated);
}

export function call(target: FunctionReference, ...operands: readonly Operand[]): Expression {
  if (operands.length !== target.params.length) {
    throw new TypeError(`${target.name} takes ${target.params.length} operands, got ${operands.length}`);
  }
  return { emit: (f) => f.call(target, operands) };
}
