/** Trees that emit one value, or an effect, into a function body. Each use emits the tree again: share values by locals. */
import type { FunctionBuilder, FunctionReference } from './function.js';
import {
  type MemoryLaneOperation,
  type MemoryOperation,
  memoryLaneOperations,
  memoryOperations,
  type Operation,
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

export function isLocal(operand: Local | Expression): operand is Local {
  return 'local' in operand;
}

function pushAll(f: FunctionBuilder, operation: Operation, operands: readonly Operand[]): void {
  if (operands.length !== operation.pops.length) {
    throw new TypeError(`${operation.name} takes ${operation.pops.length} operands, got ${operands.length}`);
  }
  for (let i = 0; i < operands.length; i++) f.push(operands[i]!, operation.pops[i]!);
}

/** An instruction without immediates. */
export function op(name: PlainOperation, ...operands: readonly Operand[]): Expression {
  const operation = plainOperations.get(name)!;
  return {
    emit: (f) => {
      pushAll(f, operation, operands);
      f.instruction(operation);
    },
  };
}

/** Atomic accesses must state their natural alignment; for others it is a hint, which a low one never makes wrong. */
function alignmentOf(operation: Operation): number {
  const natural = 31 - Math.clz32(operation.size);
  return operation.code >>> 16 === 0xfe ? natural : Math.min(2, natural);
}

/** Loads, stores and atomics: the operands are the address first, `offset` is in bytes. */
export function memoryOp(name: MemoryOperation, offset: number, ...operands: readonly Operand[]): Expression {
  const operation = memoryOperations.get(name)!;
  return {
    emit: (f) => {
      pushAll(f, operation, operands);
      f.instruction(operation, (code) => code.unsigned(alignmentOf(operation)).unsigned(offset));
    },
  };
}

export function load(name: MemoryOperation, address: Operand, offset = 0): Expression {
  return memoryOp(name, offset, address);
}

/** The loads and stores of single lanes. */
export function memoryLaneOp(
  name: MemoryLaneOperation,
  offset: number,
  lane: number,
  ...operands: readonly Operand[]
): Expression {
  const operation = memoryLaneOperations.get(name)!;
  if (!(lane >= 0 && lane < 16 / operation.size)) throw new RangeError(`${name} has no lane ${lane}`);
  return {
    emit: (f) => {
      pushAll(f, operation, operands);
      f.instruction(operation, (code) => code.unsigned(alignmentOf(operation)).unsigned(offset).byte(lane));
    },
  };
}

const v128Constant: Operation = { name: 'v128.const', code: 0xfd000c, pops: [], pushes: ['v128'], size: 0 };
const shuffleOperation: Operation = {
  name: 'i8x16.shuffle',
  code: 0xfd000d,
  pops: ['v128', 'v128'],
  pushes: ['v128'],
  size: 0,
};
const copyOperation: Operation = {
  name: 'memory.copy',
  code: 0xfc000a,
  pops: ['i32', 'i32', 'i32'],
  pushes: [],
  size: 0,
};
const fillOperation: Operation = { ...copyOperation, name: 'memory.fill', code: 0xfc000b };

export function v128Const(bytes: ArrayLike<number>): Expression {
  if (bytes.length !== 16) throw new RangeError('a v128 has 16 bytes');
  return { emit: (f) => f.instruction(v128Constant, (code) => code.bytes(bytes)) };
}

const lanes = new ArrayBuffer(16);
const [floatLanes, integerLanes, laneBytes] = [new Float32Array(lanes), new Int32Array(lanes), new Uint8Array(lanes)];

/** The same f32 in all lanes. */
export function f32x4Const(value: number): Expression {
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
  if (bytes.length !== 16 || bytes.some((byte) => !(byte >= 0 && byte < 32))) {
    throw new RangeError('a shuffle has 16 byte indices from 0 to 31');
  }
  return {
    emit: (f) => {
      f.push(a, 'v128');
      f.push(b, 'v128');
      f.instruction(shuffleOperation, (code) => code.bytes(bytes));
    },
  };
}

/** Picks 4 of the 8 lanes of 32 bits of two vectors. */
export function shuffle32(a: Operand, b: Operand, lanes: readonly number[]): Expression {
  return shuffle(
    a,
    b,
    lanes.flatMap((lane) => [0, 1, 2, 3].map((byte) => lane * 4 + byte)),
  );
}

/** memory.copy: regions may overlap. */
export function memoryCopy(target: Operand, source: Operand, bytes: Operand): Expression {
  return {
    emit: (f) => {
      pushAll(f, copyOperation, [target, source, bytes]);
      f.instruction(copyOperation, (code) => code.byte(0).byte(0));
    },
  };
}

export function memoryFill(target: Operand, byte: Operand, bytes: Operand): Expression {
  return {
    emit: (f) => {
      pushAll(f, fillOperation, [target, byte, bytes]);
      f.instruction(fillOperation, (code) => code.byte(0));
    },
  };
}

/** `whenTrue` unless the condition is 0; both are evaluated. */
export function select(type: ValueType, whenTrue: Operand, whenFalse: Operand, condition: Operand): Expression {
  return {
    emit: (f) => {
      f.push(whenTrue, type);
      f.push(whenFalse, type);
      f.push(condition, 'i32');
      f.select(type);
    },
  };
}

export function call(target: FunctionReference, ...operands: readonly Operand[]): Expression {
  if (operands.length !== target.params.length) {
    throw new TypeError(`${target.name} takes ${target.params.length} operands, got ${operands.length}`);
  }
  return {
    emit: (f) => {
      for (const [i, operand] of operands.entries()) f.push(operand, target.params[i]!);
      f.call(target);
    },
  };
}
