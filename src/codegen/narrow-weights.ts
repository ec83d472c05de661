/** Weights of 16 bits: how large their numbers are, and panels of them (wasm/kernels/half-weights.ts says how they lie). */
import type { Constant } from '../ir/graph.js';
import { elementCount } from '../ir/tensor.js';
import { headerTerms, type WeightType } from '../wasm/kernels/half-weights.js';
import type { HalfPacking } from '../wasm/packing/half-packing.js';
import type { Staging } from './staging.js';

/** What float16 lies in memory as: a multiple of a power of two. */
export interface HalfScale {
  /** Brings a number to where its bits are those of float16, less the exponents' difference. Two factors, as one may be too small. */
  readonly factors: readonly [number, number];
  /** What kernels multiply by. */
  readonly widening: number;
}

const exponentBias = 127;
/** The largest number gets the largest exponent but one, since rounding may carry. */
const largestExponent = 30;
/** That of numbers that are too large, infinite ones among them: 2^31 is more than any layer has. What reads them becomes NaN. */
const mostExponent = 31;

/** @param step elements at a time */
export function halfScale(constant: Constant, step: number, staging: Staging, { largest }: HalfPacking): HalfScale {
  const count = elementCount(constant.dims);
  let most = 0;
  for (let from = 0; from < count; from += step) {
    const source = staging.origin(constant, from, Math.min(count, from + step));
    most = Math.max(most, largest(source + from * 4, Math.min(step, count - from)));
  }
  const exponent = (most >>> 23) - exponentBias;
  const shift = largestExponent - exponentBias - exponent;
  const half = Math.trunc(shift / 2);
  return {
    factors: [2 ** half, 2 ** (shift - half)],
    widening: exponent < mostExponent ? 2 ** -shift : Number.NaN,
  };
}

/** A panel that is made of float32, a block of terms at a time. */
export class HalfPanel {
  constructor(
    private readonly type: WeightType,
    private readonly packing: HalfPacking,
    private readonly scale: HalfScale,
    /** Its address. */
    private readonly start: number,
    private readonly columns: number,
  ) {}

  writeHeader(memory: WebAssembly.Memory): void {
    if (headerTerms(this.type) > 0) new Float32Array(memory.buffer, this.start, 1)[0] = this.scale.widening;
  }

  /** @param source the address of as many rows of float32 */
  narrow(source: number, firstTerm: number, terms: number): void {
    const { narrowFloat16, narrowBfloat16 } = this.packing;
    const narrow = this.type === 'float16' ? narrowFloat16 : narrowBfloat16;
    const target = this.start + (headerTerms(this.type) + firstTerm) * this.columns * 2;
    narrow(source, target, terms, this.columns, ...this.scale.factors);
  }
}
