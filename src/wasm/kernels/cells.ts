/**
 * How elements lie in the arena. Integers of up to 16 bits and bools are float32 numbers, as floats are; wider ones are their
 * bits, in one word or two, or float32 where what makes them is known to stay below 2^24.
 */
import { type Expression, type Local, load, memoryOp, type Operand, op, select } from '../expression.js';
import type { FunctionBuilder } from '../function.js';

/** An element is a float32 number, or the bits of an integer of 32 or 64 bits. */
export type Cells = 'float32' | 'int32' | 'int64';

/** Words of 32 bits that an element takes. */
export function wordsOf(cells: Cells): number {
  return cells === 'int64' ? 2 : 1;
}

const integerTypes = [
  ...(['bool', 'int2', 'uint2', 'int4', 'uint4', 'int8', 'uint8'] as const),
  ...(['int16', 'uint16', 'int32', 'uint32', 'int64', 'uint64'] as const),
] as const;

/** Types of integers that kernels compute with exactly. */
export type IntegerType = (typeof integerTypes)[number];
export type NumberType = IntegerType | 'float32';

export function isIntegerType(type: string | undefined): type is IntegerType {
  return (integerTypes as readonly (string | undefined)[]).includes(type);
}

/** The cells that hold all numbers of the type. */
export function cellsOf(type: NumberType): Cells {
  if (type === 'int64' || type === 'uint64') return 'int64';
  return type === 'int32' || type === 'uint32' ? 'int32' : 'float32';
}

/** What is loaded: a number of the type, in these cells. */
export interface Element {
  readonly type: NumberType;
  readonly cells: Cells;
}

/** The element at an address: f32 for float32, i64 for integers, whose sign or zeros are extended. */
export function loadElement({ type, cells }: Element, address: Operand, offset = 0): Expression {
  if (cells === 'float32') {
    const number = load('f32.load', address, offset);
    return type === 'float32' ? number : op('i64.trunc_sat_f32_s', number);
  }
  if (cells === 'int64') return load('i64.load', address, offset);
  return load(type === 'uint32' ? 'i64.load32_u' : 'i64.load32_s', address, offset);
}

export function storeElement(f: FunctionBuilder, { type, cells }: Element, address: Operand, value: Operand): void {
  if (cells === 'int64') f.run(memoryOp('i64.store', 0, address, value));
  else if (cells === 'int32') f.run(memoryOp('i64.store32', 0, address, value));
  else f.run(memoryOp('f32.store', 0, address, type === 'float32' ? value : op('f32.convert_i64_s', value)));
}

/** An integer in 64 bits as the type wraps it; the lowest bit of a bool. */
export function wrapped(type: IntegerType, value: Operand): Operand {
  switch (type) {
    case 'bool':
      return op('i64.and', value, 1);
    case 'int2':
    case 'int4': {
      const sign = type === 'int2' ? 2 : 8;
      return op('i64.sub', op('i64.xor', op('i64.and', value, 2 * sign - 1), sign), sign);
    }
    case 'uint2':
      return op('i64.and', value, 3);
    case 'uint4':
      return op('i64.and', value, 0xf);
    case 'int8':
      return op('i64.extend8_s', value);
    case 'uint8':
      return op('i64.and', value, 0xff);
    case 'int16':
      return op('i64.extend16_s', value);
    case 'uint16':
      return op('i64.and', value, 0xffff);
    case 'int32':
      return op('i64.extend32_s', value);
    case 'uint32':
      return op('i64.and', value, 0xffff_ffff);
    default:
      return value;
  }
}

/**
 * A float32 towards zero in 64 bits: modulo 2^64, and 0 for infinities and NaN. ONNX leaves open what is out of range; this is
 * what the reference of Cast gives.
 */
export function truncated(f: FunctionBuilder, number: Operand): Local {
  const whole = f.local('f64', op('f64.promote_f32', number));
  // Numbers beyond are multiples of powers of two: both products are exact, and so is the difference.
  const turns = op('f64.floor', op('f64.mul', whole, 2 ** -64));
  const rest = op('i64.trunc_sat_f64_u', op('f64.sub', whole, op('f64.mul', turns, 2 ** 64)));
  const isNear = op('f32.lt', op('f32.abs', number), 2 ** 63);
  return f.local('i64', select('i64', op('i64.trunc_sat_f32_s', number), rest, isNear));
}
