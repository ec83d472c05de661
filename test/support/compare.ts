import { isFloat } from '../../src/ir/element-type.js';
import { numbersOf } from '../../src/ir/numeric.js';
import type { Tensor } from '../../src/ir/tensor.js';

/** What differs between two tensors, or undefined. */
export type Comparison = (actual: Tensor, expected: Tensor) => string | undefined;

function describeMismatch(actual: Tensor, expected: Tensor): string | undefined {
  if (actual.type !== expected.type) return `type ${actual.type}, expected ${expected.type}`;
  if (actual.dims.join() !== expected.dims.join()) return `shape [${actual.dims}], expected [${expected.dims}]`;
  return undefined;
}

/** Element by element, |a − e| ≤ absolute + relative·|e| for floats, equal for the rest: the rule of ONNX's backend tests. */
export function elementwise(relative: number, absolute: number): Comparison {
  return (actual, expected) => {
    const mismatch = describeMismatch(actual, expected);
    if (mismatch !== undefined) return mismatch;
    if (!isFloat(expected.type)) {
      const at = Array.from<unknown>(expected.data).findIndex((value, i) => value !== actual.data[i]);
      return at < 0 ? undefined : `element ${at} is ${actual.data[at]}, expected ${expected.data[at]}`;
    }
    const a = numbersOf(actual);
    const e = numbersOf(expected);
    for (let i = 0; i < e.length; i++) {
      if (Object.is(a[i], e[i]) || a[i] === e[i]) continue;
      if (!(Math.abs(a[i]! - e[i]!) <= absolute + relative * Math.abs(e[i]!)))
        return `element ${i} is ${a[i]}, expected ${e[i]}`;
    }
    return undefined;
  };
}

/** The largest difference against the largest magnitude of the expected tensor; integers are counted the same way. */
export function largestMagnitude(tolerance: number): Comparison {
  return (actual, expected) => {
    const mismatch = describeMismatch(actual, expected);
    if (mismatch !== undefined) return mismatch;
    const a = numbersOf(actual);
    const e = numbersOf(expected);
    let magnitude = 0;
    let worst = 0;
    for (let i = 0; i < e.length; i++) {
      magnitude = Math.max(magnitude, Math.abs(e[i]!));
      const difference = Math.abs(a[i]! - e[i]!);
      if (!(difference <= worst)) worst = difference;
    }
    const relative = worst / (magnitude || 1);
    return relative <= tolerance
      ? undefined
      : `differs by ${relative} of the largest magnitude ${magnitude}, allowed ${tolerance}`;
  };
}
