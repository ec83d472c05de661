/**
 * Conversions between JavaScript numbers and the float formats that have no typed array: float16, bfloat16,
 * the 8-bit kinds and float4e2m1. IEEE 754-2019; OCP OFP8 and MX; ONNX "Float stored in 8 bits" for the FNUZ kinds.
 */
import type { ElementType } from './element-type.js';
import { decodeIeee, encodeIeee, floorLog2, infinityBits, roundTiesToEven } from './ieee-float.js';

interface FloatFormat {
  readonly exponentBits: number;
  readonly mantissaBits: number;
  readonly bias: number;
  /** `ieee`: the top exponent holds infinities and NaN; `fn`: only the all-ones pattern is NaN; `fnuz`: only negative zero is NaN; `finite`: every pattern is a number. */
  readonly specials: 'ieee' | 'fn' | 'fnuz' | 'finite';
}

const formats = {
  float16: { exponentBits: 5, mantissaBits: 10, bias: 15, specials: 'ieee' },
  bfloat16: { exponentBits: 8, mantissaBits: 7, bias: 127, specials: 'ieee' },
  float8e4m3fn: { exponentBits: 4, mantissaBits: 3, bias: 7, specials: 'fn' },
  float8e4m3fnuz: { exponentBits: 4, mantissaBits: 3, bias: 8, specials: 'fnuz' },
  float8e5m2: { exponentBits: 5, mantissaBits: 2, bias: 15, specials: 'ieee' },
  float8e5m2fnuz: { exponentBits: 5, mantissaBits: 2, bias: 16, specials: 'fnuz' },
  float4e2m1: { exponentBits: 2, mantissaBits: 1, bias: 1, specials: 'finite' },
} as const satisfies Partial<Record<ElementType, FloatFormat>>;

/** The formats with sign, exponent and mantissa. float8e8m0, which is only an exponent, is not one of them. */
export type SmallFloat = keyof typeof formats;

export function isSmallFloat(type: ElementType): type is SmallFloat {
  return type in formats;
}

/** The number that `bits` stand for. */
export function decodeSmallFloat(type: SmallFloat, bits: number): number {
  const format = formats[type];
  const { exponentBits, mantissaBits, bias, specials } = format;
  if (specials === 'ieee') return decodeIeee(format, bits);
  const sign = (bits >> (exponentBits + mantissaBits)) & 1 ? -1 : 1;
  const exponent = (bits >> mantissaBits) & ((1 << exponentBits) - 1);
  const mantissa = bits & ((1 << mantissaBits) - 1);
  const topExponent = (1 << exponentBits) - 1;
  if (specials === 'fnuz' && sign < 0 && exponent === 0 && mantissa === 0) return Number.NaN;
  if (specials === 'fn' && exponent === topExponent && mantissa === (1 << mantissaBits) - 1) return Number.NaN;
  if (exponent === 0) return sign * mantissa * 2 ** (1 - bias - mantissaBits);
  return sign * (1 + mantissa / (1 << mantissaBits)) * 2 ** (exponent - bias);
}

/**
 * The bits nearest to `value`, ties to even. With `saturate`, numbers beyond the largest finite one become that number;
 * without it, they become infinity or NaN if the format has one (ONNX Cast, attribute `saturate`).
 */
export function encodeSmallFloat(type: SmallFloat, value: number, saturate = false): number {
  const format = formats[type];
  const { exponentBits, mantissaBits, bias, specials } = format;
  if (specials === 'ieee') {
    const bits = encodeIeee(format, value);
    const infinity = infinityBits(format);
    return saturate && !Number.isNaN(value) && (bits & infinity) === infinity ? bits - 1 : bits;
  }
  const signBit = 1 << (exponentBits + mantissaBits);
  const sign = value < 0 || Object.is(value, -0) ? signBit : 0;
  const nan = specials === 'fnuz' ? signBit : signBit - 1;
  if (Number.isNaN(value)) return nan;

  const largest = specials === 'fn' ? signBit - 2 : signBit - 1;
  const overflow = specials === 'finite' || saturate ? sign | largest : specials === 'fn' ? sign | nan : nan;
  const magnitude = Math.abs(value);
  if (magnitude === Number.POSITIVE_INFINITY) return overflow;

  const exponent = Math.max(floorLog2(magnitude), 1 - bias);
  const bits = roundTiesToEven(magnitude / 2 ** (exponent - mantissaBits)) + ((exponent + bias - 1) << mantissaBits);
  if (bits > largest) return overflow;
  return bits === 0 && specials === 'fnuz' ? 0 : sign | bits;
}

/** float8e8m0 is 2^(bits − 127); 255 is NaN (OCP MX 1.0). */
export function decodeE8M0(bits: number): number {
  return bits === 255 ? Number.NaN : 2 ** (bits - 127);
}
