/** Uniform in [-1, 1), the same on every machine: a linear congruential generator (Numerical Recipes' constants). */
export function noise(length: number, seed: number): Float32Array<ArrayBuffer> {
  let state = seed >>> 0;
  const values = new Float32Array(length);
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    values[i] = state / 2 ** 31 - 1;
  }
  return values;
}
