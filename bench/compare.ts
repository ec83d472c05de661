/** Whether two engines mean the same: no timing counts before this. */
import type { Closeness } from './cases.js';
import type { Output, Outputs } from './peers/peer.js';

export interface Comparison {
  /** Largest difference by the largest magnitude of the peer's output, the worst of all outputs. */
  readonly error: number;
  /** Share of the elements beyond the tolerance, the worst of all outputs. */
  readonly beyond: number;
  readonly isClose: boolean;
}

export function compareOutputs(ours: Outputs, peers: Outputs, closeness: Closeness): Comparison {
  const { tolerance, jumps = 0 } = closeness;
  let error = 0;
  let beyond = 0;
  for (const [name, expected] of Object.entries(peers)) {
    const actual = name === '' ? Object.values(ours)[0] : ours[name];
    if (actual === undefined) throw new Error(`no output '${name}'`);
    const one = compareOutput(actual, expected, tolerance);
    error = Math.max(error, one.error);
    beyond = Math.max(beyond, one.beyond);
  }
  return { error, beyond, isClose: beyond <= jumps };
}

function compareOutput(actual: Output, expected: Output, tolerance: number): { error: number; beyond: number } {
  if (actual.dims.join() !== expected.dims.join()) {
    throw new Error(`the output is [${actual.dims}], the peer's [${expected.dims}]`);
  }
  const [a, b] = [actual.data, expected.data];
  let largest = 0;
  for (let i = 0; i < b.length; i++) largest = Math.max(largest, Math.abs(Number(b[i])));
  const scale = largest === 0 ? 1 : largest;
  let error = 0;
  let beyond = 0;
  for (let i = 0; i < b.length; i++) {
    const difference = Math.abs(Number(a[i]) - Number(b[i])) / scale;
    // A NaN is beyond every tolerance.
    if (!(difference <= tolerance)) beyond++;
    error = Math.max(error, Number.isNaN(difference) ? Infinity : difference);
  }
  return { error, beyond: b.length === 0 ? 0 : beyond / b.length };
}
