/** Kernels are shared by what is equal to the bit of a sign: constants that JSON does not tell apart make others. */
import { expect, it } from 'vitest';
import { infer } from '../../src/infer/infer.js';
import type { Value } from '../../src/ir/graph.js';
import { float32 } from '../../src/ir/tensor.js';
import { lower } from '../../src/lower/lower.js';
import { Executor } from '../../src/runtime/executor.js';
import { GraphBuilder } from '../support/graph.js';

const { POSITIVE_INFINITY: infinity, NEGATIVE_INFINITY: minusInfinity, NaN: noNumber } = Number;
const numbers = [-2.5, -1, -0, 0, 0.5, 3, infinity, minusInfinity];

interface Case {
  readonly title: string;
  readonly add: (b: GraphBuilder, x: Value, constant: (value: number) => Value) => Value;
  readonly at: (x: number) => number;
}

function binary(opType: string, c: number, at: (x: number) => number): Case {
  const spelled = Object.is(c, -0) ? '-0' : String(c);
  return { title: `${opType} ${spelled}`, add: (b, x, constant) => b.add(opType, [x, constant(c)]), at };
}

function clip(low: number, high: number): Case {
  return {
    title: `Clip ${low} to ${high}`,
    add: (b, x, constant) => b.add('Clip', [x, constant(low), constant(high)]),
    at: (x) => Math.min(Math.max(x, low), high),
  };
}

function where(c: number): Case {
  return {
    title: `Where ${c}`,
    add: (b, x, constant) => b.add('Where', [b.add('Greater', [x, constant(0)]), x, constant(c)]),
    at: (x) => (x > 0 ? x : c),
  };
}

const strange = [infinity, minusInfinity, noNumber, 0, -0];
const cases: readonly Case[] = [
  ...strange.map((c) => binary('Add', c, (x) => x + c)),
  ...strange.map((c) => binary('Mul', c, (x) => x * c)),
  ...strange.map((c) => binary('Div', c, (x) => x / c)),
  ...strange.map(where),
  clip(minusInfinity, 1),
  clip(infinity, 1),
  clip(minusInfinity, minusInfinity),
  clip(0, infinity),
  clip(0, minusInfinity),
];

it('infinities, NaN and the sign of zero in one module', async () => {
  const b = new GraphBuilder();
  const x = b.input('x', [numbers.length]);
  const outputs = cases.map(({ add }) => add(b, x, (value) => b.constant(float32([], [value]))));
  const graph = b.graph(...outputs);
  const executor = await Executor.create({ tier: 'baseline', threads: 1 });
  try {
    const plan = lower(graph, infer(graph), { tier: 'baseline', precision: 'strict', threads: 1 });
    expect(plan.steps.flatMap((step) => (step.kind === 'reference' ? [step.reason] : []))).toEqual([]);
    const program = await executor.load(graph, plan);
    const results = await program.run([float32([numbers.length], numbers)]);
    const actual = cases.map(({ title }, i) => [title, [...(results[i]!.data as Float32Array)]]);
    expect(actual).toEqual(cases.map(({ title, at }) => [title, numbers.map(at)]));
  } finally {
    await executor.dispose();
  }
});
