/** Numbers in short formats with sign, exponent, infinities and NaN, as IEEE 754-2019 has them. */

export interface IeeeFormat {
  readonly exponentBits: number;
  readonly mantissaBits: number;
}

export const float16Format: IeeeFormat = { exponentBits: 5, mantissaBits: 10 };
export const bfloat16Format: IeeeFormat = { exponentBits: 8, mantissaBits: 7 };

/** The bits of infinity, above those of every number. */
export function infinityBits({ exponentBits, mantissaBits }: IeeeFormat): number {
  return ((1 << exponentBits) - 1) << mantissaBits;
}

/** The number that `bits` stand for. */
export function decodeIeee(format: IeeeFormat, bits: number): number {
  const { exponentBits, mantissaBits } = format;
  const sign = bits >> (exponentBits + mantissaBits) ? -1 : 1;
  const steps = 1 << mantissaBits;
  const exponent = (bits >> mantissaBits) & ((1 << exponentBits) - 1);
  const mantissa = bits & (steps - 1);
  if ((bits & infinityBits(format)) === infinityBits(format)) return mantissa === 0 ? sign / 0 : Number.NaN;
  const unit = 2 ** (Math.max(exponent, 1) - (1 << (exponentBits - 1)) + 1 - mantissaBits);
  return sign * unit * (exponent === 0 ? mantissa : steps + mantissa);
}

/** The bits nearest to `value`, ties to even; numbers beyond the largest become infinity, and NaN the quiet one. */
export function encodeIeee(format: IeeeFormat, value: number): number {
  const { exponentBits, mantissaBits } = format;
  const infinity = infinityBits(format);
  if (Number.isNaN(value)) return infinity | (1 << (mantissaBits - 1));
  const bias = (1 << (exponentBits - 1)) - 1;
  const magnitude = Math.min(Math.abs(value), 2 ** (bias + 1));
  const exponent = Math.max(floorLog2(magnitude), 1 - bias);
  const bits = roundTiesToEven(magnitude / 2 ** (exponent - mantissaBits)) + ((exponent + bias - 1) << mantissaBits);
  const isNegative = value < 0 || Object.is(value, -0);
  return Math.min(bits, infinity) | (isNegative ? 1 << (exponentBits + mantissaBits) : 0);
}

/** −∞ for 0. */
export function floorLog2(magnitude: number): number {
  const exponent = Math.round(Math.log2(magnitude));
  return 2 ** exponent > magnitude ? exponent - 1 : exponent;
}

/** @param value at least 0, and less than 2^51, beyond which float64 has whole numbers only */
export function roundTiesToEven(value: number): number {
  return value + 2 ** 52 - 2 ** 52;
}
