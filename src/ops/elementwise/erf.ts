/** The error function and its complement, to about 1e-15 relative (Abramowitz and Stegun, chapter 7). */

/** Above this, the continued fraction converges faster than the series. */
const seriesLimit = 2;

export function erf(x: number): number {
  const magnitude = Math.abs(x);
  if (magnitude < seriesLimit) return erfSeries(x);
  return Math.sign(x) * (1 - erfcFraction(magnitude));
}

/** 1 − erf(x) without cancellation for large x. */
export function erfc(x: number): number {
  return x < seriesLimit ? 1 - erf(x) : erfcFraction(x);
}

/** 7.1.6: 2/√π · e^(−x²) · Σ 2ⁿ x^(2n+1) / (1·3·…·(2n+1)): all terms have the same sign. */
function erfSeries(x: number): number {
  const square = x * x;
  let term = x;
  let sum = x;
  for (let n = 1; Math.abs(term) > Math.abs(sum) * 1e-17; n++) {
    term *= (2 * square) / (2 * n + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-square) * sum;
}

/** 7.1.14: e^(−x²)/√π · 1/(x + ½/(x + 1/(x + 1½/(x + …)))), for x ≥ `seriesLimit`. */
function erfcFraction(x: number): number {
  let denominator = x;
  for (let n = 60; n > 0; n--) denominator = x + n / 2 / denominator;
  return Math.exp(-x * x) / Math.sqrt(Math.PI) / denominator;
}
