/**
 * Converts arrays of float16 and bfloat16 to float32 and back by their bits (IEEE 754-2019, section 4.3.1: to nearest,
 * ties to even). `small-float.ts` converts single numbers of any format.
 */

/** Floats of 16 bits; bfloat16 is the upper half of a float32. */
export type HalfFloat = 'float16' | 'bfloat16';

export function isHalfFloat(type: string | undefined): type is HalfFloat {
  return type === 'float16' || type === 'bfloat16';
}

/** Writes as many numbers as `bits` has entries; `into` is at least as long. Exact; all NaNs become the same. */
export function widenHalves(type: HalfFloat, bits: Uint16Array, into: Float32Array): void {
  const words = wordsOf(into);
  if (type === 'bfloat16') {
    for (let i = 0; i < bits.length; i++) {
      const half = bits[i]!;
      words[i] = (half & 0x7fff) > 0x7f80 ? 0x7fc00000 : half << 16;
    }
    return;
  }
  for (let i = 0; i < bits.length; i++) {
    const half = bits[i]!;
    const sign = (half & 0x8000) << 16;
    const magnitude = half & 0x7fff;
    if (magnitude < 0x400) into[i] = (sign < 0 ? -magnitude : magnitude) * 2 ** -24;
    else if (magnitude < 0x7c00) words[i] = sign | ((magnitude << 13) + 0x38000000);
    else words[i] = magnitude === 0x7c00 ? sign | 0x7f800000 : 0x7fc00000;
  }
}

/** The nearest halves. Numbers at least half a unit above the largest become infinity. */
export function narrowToHalves(type: HalfFloat, numbers: Float32Array): Uint16Array<ArrayBuffer> {
  const words = wordsOf(numbers);
  const bits = new Uint16Array(numbers.length);
  if (type === 'bfloat16') {
    for (let i = 0; i < bits.length; i++) {
      const word = words[i]!;
      bits[i] = (word & 0x7fffffff) > 0x7f800000 ? 0x7fc0 : (word + 0x7fff + ((word >>> 16) & 1)) >>> 16;
    }
    return bits;
  }
  const sum = new Float32Array(1);
  const sumWords = wordsOf(sum);
  for (let i = 0; i < bits.length; i++) {
    const word = words[i]!;
    const sign = (word >>> 16) & 0x8000;
    const magnitude = word & 0x7fffffff;
    if (magnitude < 0x38800000) {
      // Below 2^-14 the unit is 2^-24, which is float32's unit at 0.5, so the addition rounds correctly.
      sum[0] = Math.abs(numbers[i]!) + 0.5;
      bits[i] = sign | (sumWords[0]! - 0x3f000000);
    } else if (magnitude < 0x477ff000) {
      bits[i] = sign | ((magnitude + 0xfff + ((magnitude >>> 13) & 1) - 0x38000000) >>> 13);
    } else bits[i] = magnitude > 0x7f800000 ? 0x7e00 : sign | 0x7c00;
  }
  return bits;
}

function wordsOf({ buffer, byteOffset, length }: Float32Array): Uint32Array {
  return new Uint32Array(buffer, byteOffset, length);
}
