/** Quantized tensors for tests, plans held to the references, and how close results of rounding have to be. */
import { expect } from 'vitest';
import { infer } from '../../../src/infer/infer.js';
import type { ElementType } from '../../../src/ir/element-type.js';
import type { Graph } from '../../../src/ir/graph.js';
import { numbersOf, tensorFromNumbers } from '../../../src/ir/numeric.js';
import { elementCount, type Tensor } from '../../../src/ir/tensor.js';
import { lower } from '../../../src/lower/lower.js';
import type { Precision } from '../../../src/plan/execution-plan.js';
import { scheduleReferences } from '../../../src/plan/reference-schedule.js';
import { execute } from '../../../src/runtime/reference-executor.js';
import type { ByteProducts } from '../../../src/wasm/kernels/byte-tile.js';
import { type Comparison, elementwise } from '../../support/compare.js';
import { executePlan } from '../execute-plan.js';

export const exact = elementwise(0, 0);

/** Outputs of a plan beside those of the references; all of its steps have to be kernels. */
export function compare(
  graph: Graph,
  feeds: readonly Tensor[],
  precision: Precision,
  comparison: Comparison,
  byteProducts?: ByteProducts,
): readonly string[] {
  const expected = execute(scheduleReferences(graph), feeds).outputs;
  const plan = lower(graph, infer(graph), { tier: 'baseline', precision, threads: 1, byteProducts });
  expect(plan.steps.flatMap((step) => (step.kind === 'reference' ? [step.reason] : []))).toEqual([]);
  const actual = executePlan(graph, plan, 'baseline', feeds);
  for (const [i, tensor] of expected.entries()) expect(comparison(actual[i]!, tensor)).toBeUndefined();
  return plan.steps.map(({ algorithm }) => algorithm);
}

/** Numbers of 16 bits without a pattern, from a seed. */
export function randomBits(count: number, seed: number): number[] {
  let state = (seed * 2654435761 + 12345) >>> 0;
  return Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 16;
  });
}

/** 8-bit integers over the whole range of the type. */
export function integers(type: ElementType, dims: readonly number[], seed: number): Tensor {
  const low = type === 'uint8' ? 0 : -128;
  const numbers = randomBits(elementCount(dims), seed).map((bits) => ((bits >>> 3) % 256) + low);
  return tensorFromNumbers(type, dims, numbers);
}

/** Integers that differ by one at a few places at most: what lies between two may be rounded to either. */
export function withinOneStep(actual: Tensor, expected: Tensor): string | undefined {
  if (actual.type !== expected.type || actual.dims.join() !== expected.dims.join()) return 'another type or shape';
  const [a, e] = [numbersOf(actual), numbersOf(expected)];
  let differing = 0;
  for (let i = 0; i < e.length; i++) {
    const difference = Math.abs(a[i]! - e[i]!);
    if (!(difference <= 1)) return `element ${i} is ${a[i]}, expected ${e[i]}`;
    differing += difference;
  }
  return differing <= 1 + e.length / 100 ? undefined : `${differing} of ${e.length} elements differ`;
}
