/** Conversion of elements from any type to any other, as Cast defines it (Changelog.md, Cast versions 13, 19 and 24). */
import { defineProblem, fail } from '../../diagnostics.js';
import { type ElementType, elementTypeFacts, isBigInt, isFloat, isInteger } from '../../ir/element-type.js';
import { type NumberArray, numbersOf, tensorFromNumbers } from '../../ir/numeric.js';
import { encodeSmallFloat, type SmallFloat } from '../../ir/small-float.js';
import { Tensor, type TensorData } from '../../ir/tensor.js';

export type RoundMode = 'up' | 'down' | 'nearest';

export interface ConversionOptions {
  /** For 8-bit floats: numbers out of range become the nearest finite number, not infinity or NaN. */
  readonly saturate: boolean;
  /** For float8e8m0, which has only powers of two. */
  readonly roundMode: RoundMode;
  /** With `saturate`, in formats without infinities: whether infinities become finite or NaN. */
  readonly saturatesInfinity: boolean;
}

const defaults: ConversionOptions = { saturate: true, roundMode: 'up', saturatesInfinity: true };

const typeNotHeld = defineProblem('US2007', { type: 'string' }, ({ type }) => ({
  message: `tensors of ${type} cannot be held`,
  actual: type,
}));

/**
 * The tensor's elements as `to`: floats are rounded to nearest even, integers wrap, floats to integers are truncated.
 */
export function convertTensor(tensor: Tensor, to: ElementType, options: ConversionOptions = defaults): Tensor {
  const { type: from, dims } = tensor;
  if (from === to) return tensor;
  if (to === 'string') return new Tensor(to, dims, formatElements(tensor));
  if (elementTypeFacts(to).array === undefined) fail(typeNotHeld({ type: to }));
  if (isBigInt(to)) return new Tensor(to, dims, toBigInts(tensor, to));
  return new Tensor(to, dims, fromNumbers(numbersForRounding(tensor, to), to, options));
}

/** The elements as numbers that can be rounded to `to` in one step. */
function numbersForRounding(tensor: Tensor, to: ElementType): ArrayLike<number> {
  const { type, data } = tensor;
  if (type === 'string') return (data as string[]).map(parseNumber);
  if (!isBigInt(type)) return numbersOf(tensor);
  const values = data as BigInt64Array;
  if (isInteger(to)) return Int32Array.from(values, (value) => Number(BigInt.asIntN(32, value)));
  return Float64Array.from(values, to === 'float64' ? Number : stickyNumber);
}

/**
 * A 64-bit integer as a float64 that rounds to a shorter float as the integer itself would: the last bit is set if any
 * dropped bit is (rounding to odd).
 */
function stickyNumber(value: bigint): number {
  const lost = 11n;
  if (BigInt.asIntN(53, value) === value) return Number(value);
  const kept = value >> lost;
  return Number(kept << lost === value ? kept : kept | 1n) * 2 ** Number(lost);
}

function bytesOf(numbers: ArrayLike<number>, convert: (value: number) => number): Uint8Array {
  const bytes = new Uint8Array(numbers.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = convert(numbers[i]!);
  return bytes;
}

function fromNumbers(numbers: ArrayLike<number>, to: ElementType, options: ConversionOptions): TensorData {
  if (to === 'bool') return bytesOf(numbers, (value) => Number(value !== 0));
  if (to === 'float8e8m0') return bytesOf(numbers, (value) => encodeE8M0(value, options));
  if (to === 'float4e2m1') return bytesOf(numbers, encodeFloat4);
  if (isInteger(to)) return toIntegers(numbers, to);
  if (to.startsWith('float8')) {
    return bytesOf(numbers, (value) => encodeFloat8(to as SmallFloat, value, options));
  }
  return tensorFromNumbers(to, [numbers.length], numbers).data;
}

/**
 * Integers of up to 32 bits drop higher bits. So do floats out of range, which ONNX does not specify; infinities and
 * NaN give 0.
 */
function toIntegers(numbers: ArrayLike<number>, to: ElementType): TensorData {
  const { bits, kind, array } = elementTypeFacts(to);
  const out = new array!(numbers.length) as NumberArray;
  const unused = 32 - bits;
  for (let i = 0; i < out.length; i++) {
    const high = numbers[i]! << unused;
    out[i] = kind === 'signed' ? high >> unused : high >>> unused;
  }
  return out;
}

function toBigInts(tensor: Tensor, to: ElementType): BigInt64Array | BigUint64Array {
  const { type, data } = tensor;
  let values: Iterable<bigint>;
  if (isBigInt(type)) values = data as BigInt64Array;
  else if (type === 'string') values = (data as string[]).map(parseBigInt);
  else values = Array.from(numbersOf(tensor), (value) => bigIntFromNumber(value));
  return to === 'int64' ? BigInt64Array.from(values) : BigUint64Array.from(values);
}

/** The lower 64 bits of a float truncated to an integer; 0 for infinities and NaN. */
export function bigIntFromNumber(value: number): bigint {
  return Number.isFinite(value) ? BigInt.asIntN(64, BigInt(Math.trunc(value))) : 0n;
}

function encodeFloat8(to: SmallFloat, value: number, { saturate, saturatesInfinity }: ConversionOptions): number {
  const hasNoInfinity = to.endsWith('fnuz');
  const keepsInfinity = hasNoInfinity && !saturatesInfinity && Math.abs(value) === Number.POSITIVE_INFINITY;
  return encodeSmallFloat(to, value, saturate && !keepsInfinity);
}

/** float4e2m1 has no NaN; as in ONNX's test cases, NaN gives negative zero. */
function encodeFloat4(value: number): number {
  return encodeSmallFloat('float4e2m1', Number.isNaN(value) ? -0 : value);
}

/** float8e8m0 is 2^(bits − 127); 255 is NaN, which negative numbers give as well. */
function encodeE8M0(value: number, { saturate, roundMode }: ConversionOptions): number {
  const least = 0;
  const most = 254;
  const nan = 255;
  if (Number.isNaN(value) || value < 0) return nan;
  if (value === 0) return saturate ? least : nan;
  if (value === Number.POSITIVE_INFINITY) return saturate ? most : nan;
  let exponent = Math.floor(Math.log2(value));
  // log2 is rounded, so it may be off by one next to a power of two.
  if (2 ** exponent > value) exponent--;
  else if (2 ** (exponent + 1) <= value) exponent++;
  const mantissa = value / 2 ** exponent;
  const goesUp = roundMode === 'up' ? mantissa > 1 : roundMode === 'nearest' && mantissa >= 1.5;
  const bits = exponent + (goesUp ? 1 : 0) + 127;
  if (bits >= least && bits <= most) return bits;
  if (!saturate) return nan;
  return bits < least ? least : most;
}

const notANumber = defineProblem('US2007', { text: 'string' }, ({ text }) => ({
  message: `the text "${text}" is not a number`,
  expected: 'a decimal number, INF or NaN',
  actual: text,
}));

function parseNumber(text: string): number {
  const trimmed = text.trim();
  if (/^[+-]?inf(inity)?$/i.test(trimmed))
    return trimmed.startsWith('-') ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  if (/^[+-]?nan$/i.test(trimmed)) return Number.NaN;
  if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(trimmed)) {
    fail(notANumber({ text }));
  }
  return Number(trimmed);
}

function parseBigInt(text: string): bigint {
  const trimmed = text.trim();
  return /^[+-]?\d+$/.test(trimmed)
    ? BigInt(trimmed.startsWith('+') ? trimmed.slice(1) : trimmed)
    : bigIntFromNumber(parseNumber(text));
}

function formatElements(tensor: Tensor): string[] {
  const { type } = tensor;
  if (isBigInt(type)) return Array.from(tensor.data as BigInt64Array, String);
  const format = type === 'float64' || !isFloat(type) ? String : formatFloat32;
  return Array.from(numbersOf(tensor), (value) => (Number.isFinite(value) ? format(value) : formatSpecial(value)));
}

function formatSpecial(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  return value < 0 ? '-INF' : 'INF';
}

/** The fewest digits that are read back as the same float32. */
function formatFloat32(value: number): string {
  for (let digits = 1; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return String(short);
  }
  return String(Number(value.toPrecision(9)));
}
