/** Relu and bounds that are constant, to the bit: zeros have signs, and NaN stays. */
import { describe, expect, it } from 'vitest';
import { infer } from '../../../src/infer/infer.js';
import { float32 } from '../../../src/ir/tensor.js';
import { lower } from '../../../src/lower/lower.js';
import { GraphBuilder } from '../../support/graph.js';
import { tiers } from '../../wasm/kernels/run-kernel.js';
import { executePlan } from '../execute-plan.js';

const some = [-Infinity, -3, -1, -0, 0, 1, 2.5, Infinity, Number.NaN];
const bounds = [-Infinity, -1, -0, 0, 6, Number.NaN];

describe.each(tiers)('$title', ({ tier, isMissing }) => {
  it.skipIf(isMissing)('gives what JavaScript does', () => {
    const b = new GraphBuilder();
    const x = b.input('x', [some.length]);
    const forms = bounds.flatMap((bound) => {
      const limit = b.constant(float32([], [bound]));
      return [
        { value: b.add('Max', [x, limit]), of: (v: number) => Math.max(v, bound) },
        { value: b.add('Max', [limit, x]), of: (v: number) => Math.max(v, bound) },
        { value: b.add('Min', [x, limit]), of: (v: number) => Math.min(v, bound) },
        { value: b.add('Min', [limit, x]), of: (v: number) => Math.min(v, bound) },
      ];
    });
    forms.push({ value: b.add('Relu', [x]), of: (v) => Math.max(v, 0) });
    const graph = b.graph(...forms.map(({ value }) => value));
    const plan = lower(graph, infer(graph), { tier, precision: 'strict', threads: 1 });
    expect(plan.steps.every(({ kind }) => kind === 'kernel')).toBe(true);
    const results = executePlan(graph, plan, tier, [float32([some.length], some)]);
    for (const [i, { of }] of forms.entries()) expect([...(results[i]!.data as Float32Array)]).toEqual(some.map(of));
  });
});
