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
  /** Where each of the points is among those of the filtering whose weights it takes. */
  readonly places: readonly number[];
}

/** The points, in the order in which they are taken: small ones, in pairs of both signs, which share half of their work. */
const evaluationPoints = [0, 1, -1, 2, -2, 1 / 2, -1 / 2];

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

const keys = new WeakMap<Matrix, string>();

/** The same for equal matrices. */
export function matrixKey(matrix: Matrix): string {
  const key = keys.get(matrix) ?? matrix.join(';');
  keys.set(matrix, key);
  return key;
}

const made = new Map<string, Filtering>();

/**
 * @param like of how many outputs the filtering is whose transformed weights are multiplied, by default its own. The points of
 * fewer outputs are among those of more, and the transform of the inputs can make good what the weights are scaled by.
 * @param isUnscaled whether the inputs are scaled in place of the weights, which are then sums of powers of the points
 * @throws RangeError for sizes that need more points than are accurate in f32
 */
export function filtering(outputs: number, taps: number, like = outputs, isUnscaled = false): Filtering {
  const key = `${outputs} ${taps} ${like} ${isUnscaled}`;
  const filter = made.get(key) ?? makeFiltering(outputs, taps, like, isUnscaled);
  made.set(key, filter);
  return filter;
}

function finitePoints(outputs: number, taps: number): readonly number[] {
  const count = outputs + taps - 2;
  if (outputs < 1 || taps < 1 || evaluationPoints.length < count) {
    throw new RangeError(`F(${outputs}, ${taps}) is not available`);
  }
  return evaluationPoints.slice(0, count);
}

/** What the row of a point in the weights' transform is divided by. */
function divisorAt(point: number, points: readonly number[]): number {
  return points.reduce((product, other) => (other === point ? product : product * (point - other)), 1);
}

function makeFiltering(outputs: number, taps: number, like: number, isUnscaled: boolean): Filtering {
  const points = outputs + taps - 1;
  const finite = finitePoints(outputs, taps);
  const weighted = finitePoints(like, taps);
  if (like < outputs) throw new RangeError(`F(${like}, ${taps}) has fewer points than F(${outputs}, ${taps})`);
  const powers = (x: number, count: number) => Array.from({ length: count }, (_, k) => x ** k);
  const inputTransform: number[][] = [];
  const weightTransform: number[][] = [];
  for (const point of finite) {
    const others = finite.filter((other) => other !== point);
    const divisor = isUnscaled ? 1 : divisorAt(point, weighted);
    const scale = divisor / divisorAt(point, finite);
    inputTransform.push([...polynomialOf(others).map((coefficient) => coefficient * scale), 0]);
    weightTransform.push(powers(point, taps).map((power) => power / divisor));
  }
  inputTransform.push(polynomialOf(finite));
  weightTransform.push(Array.from({ length: taps }, (_, k) => (k === taps - 1 ? 1 : 0)));
  const outputTransform = Array.from({ length: outputs }, (_, k) => [
    ...finite.map((point) => point ** k),
    k === outputs - 1 ? 1 : 0,
  ]);
  const places = [...finite.keys(), weighted.length];
  return { outputs, taps, points, inputTransform, weightTransform, outputTransform, places };
}
