/** Data for kernels on bytes. */

/** From a seed, the ends of the range often: they are where products of bytes overflow. */
export function bytes(count: number, seed: number): Uint8Array {
  let state = (seed * 2654435761 + 1) >>> 0;
  return Uint8Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 30 === 0 ? 255 : state >>> 30 === 1 ? 128 : (state >>> 20) & 255;
  });
}

/** The same memory as kernels are given it. */
export function asFloats({ buffer }: Uint8Array | Int8Array | Int32Array): Float32Array {
  return new Float32Array(buffer);
}
