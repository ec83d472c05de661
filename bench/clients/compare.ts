/** Whether two engines gave a client the same. */
import type { Results } from './programs/answer.js';

/** How far numbers may be from each other, as absolute differences; what has another unit has a line of its own. */
export interface Tolerance {
  readonly numbers: number;
  /** The part of an array's elements that may be farther apart: where one rounding decides between two integers. */
  readonly outliers?: number;
}

/** @returns what differs, in words; undefined where nothing does */
export function difference(expected: Results, actual: Results, tolerance: Tolerance): string | undefined {
  const names = new Set([...Object.keys(expected), ...Object.keys(actual)]);
  if (names.size === 0) return 'there are no results';
  for (const name of names) {
    const [there, here] = [expected[name] ?? [], actual[name] ?? []];
    if (there.length === 0) return `${name}: onnxruntime gave nothing, so nothing is compared`;
    if (there.length !== here.length) return `${name}: ${there.length} elements, and ${here.length} with unstride`;
    const far = there.flatMap((value, i) => (isNear(value, here[i], tolerance.numbers) ? [] : [i]));
    const [first] = far;
    if (first !== undefined && far.length > there.length * (tolerance.outliers ?? 0)) {
      const values = `${JSON.stringify(there[first])}, and ${JSON.stringify(here[first])} with unstride`;
      return `${name}: ${far.length} of ${there.length} differ, first [${first}]: ${values}`;
    }
  }
  return undefined;
}

/** NaN is near nothing. */
function isNear(expected: number | string, actual: number | string | undefined, tolerance: number): boolean {
  if (typeof expected === 'number' && typeof actual === 'number') return Math.abs(expected - actual) <= tolerance;
  return expected === actual;
}
