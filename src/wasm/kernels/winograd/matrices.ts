/**
 * Winograd's minimal filtering by the construction of Toom and Cook: F(m, r) makes m outputs of a correlation with r taps
 * from m + r - 1 inputs, with as many multiplications. Polynomials are evaluated at m + r - 2 points and at infinity.
 *
 * outputs = A^T [(G taps) * (B^T inputs)]
 */

export type Matrix = readonly (readonly number[])[];

export interface Filtering {
  readonly outputs: number;
  readonly taps: number;
  /** outputs + taps - 1 */
  readonly points: number;
  /** points x points */
  readonly inputTransform: Matrix;
  /** points x taps */
  readonly weightTransform: Matrix;
  /** outputs x points */
  readonly outputTransform: Matrix;
}

/** The points, in the order in which they are taken: small ones, in pairs of both signs, which share half of their work. */
const evaluationPoints = [0, 1, -1, 2, -2];

/** The coefficients of the product of (x - root), the lowest first. */
function polynomialOf(roots: readonly number[]): number[] {
  let coefficients = [1];
  for (const root of roots) {
    const next = Array.from({ length: coefficients.length + 1 }, () => 0);
    for (const [i, coefficient] of coefficients.entries()) {
      next[i + 1]! += coefficient;
      next[i]! -= root * coefficient;
    }
    coefficients = next;
  }
  return coefficients;
}

const made = new Map<string, Filtering>();

/** @throws RangeError for sizes that need more points than are accurate in f32. */
export function filtering(outputs: number, taps: number): Filtering {
  const key = `${outputs} ${taps}`;
  const filter = made.get(key) ?? makeFiltering(outputs, taps);
  made.set(key, filter);
  return filter;
}

function makeFiltering(outputs: number, taps: number): Filtering {
  const points = outputs + taps - 1;
  const finite = evaluationPoints.slice(0, points - 1);
  if (outputs < 1 || taps < 1 || finite.length < points - 1) {
    throw new RangeError(`F(${outputs}, ${taps}) is not available`);
  }
  const powers = (x: number, count: number) => Array.from({ length: count }, (_, k) => x ** k);
  const inputTransform: number[][] = [];
  const weightTransform: number[][] = [];
  for (const point of finite) {
    const others = finite.filter((other) => other !== point);
    inputTransform.push([...polynomialOf(others), 0]);
    const scale = others.reduce((product, other) => product * (point - other), 1);
    weightTransform.push(powers(point, taps).map((power) => power / scale));
  }
  inputTransform.push(polynomialOf(finite));
  weightTransform.push(Array.from({ length: taps }, (_, k) => (k === taps - 1 ? 1 : 0)));
  const outputTransform = Array.from({ length: outputs }, (_, k) => [
    ...finite.map((point) => point ** k),
    k === outputs - 1 ? 1 : 0,
  ]);
  return { outputs, taps, points, inputTransform, weightTransform, outputTransform };
}
