/** Layers with what may follow them, and plans of every algorithm for them beside the references. */
import fc from 'fast-check';
import { expect } from 'vitest';
import { infer } from '../../../src/infer/infer.js';
import type { Graph, Value } from '../../../src/ir/graph.js';
import { elementCount, float32, type Tensor } from '../../../src/ir/tensor.js';
import { type ConvolutionAlgorithm, lower } from '../../../src/lower/lower.js';
import type { ExecutionPlan } from '../../../src/plan/execution-plan.js';
import { scheduleReferences } from '../../../src/plan/reference-schedule.js';
import { execute } from '../../../src/runtime/reference-executor.js';
import type { Tier } from '../../../src/wasm/kernels/kernel.js';
import { largestMagnitude } from '../../support/compare.js';
import { smallIntegers } from '../../support/geometry.js';
import type { GraphBuilder } from '../../support/graph.js';
import { executePlan } from '../execute-plan.js';

export function tensor(dims: readonly number[], seed: number): Tensor {
  return float32(dims, smallIntegers(elementCount(dims), seed));
}

/** A Conv of x, which is an input; weights are [group * to, from, …]. */
export function addConv(
  b: GraphBuilder,
  {
    batch,
    group,
    from,
    to,
    axes,
    hasBias,
  }: {
    readonly batch: number;
    readonly group: number;
    readonly from: number;
    readonly to: number;
    readonly axes: readonly {
      readonly input: number;
      readonly kernel: number;
      readonly stride: number;
      readonly dilation: number;
      readonly begin: number;
      readonly end: number;
    }[];
    readonly hasBias: boolean;
  },
): Value {
  const x = b.input('x', [batch, group * from, ...axes.map(({ input }) => input)]);
  const w = b.constant(tensor([group * to, from, ...axes.map(({ kernel }) => kernel)], 2));
  const bias = hasBias ? b.constant(tensor([group * to], 3)) : undefined;
  return b.add('Conv', [x, w, bias], {
    group,
    strides: axes.map(({ stride }) => stride),
    dilations: axes.map(({ dilation }) => dilation),
    pads: [...axes.map(({ begin }) => begin), ...axes.map(({ end }) => end)],
  });
}

/** Every algorithm has its turn where a layer can take it; strict plans ask for none. */
const algorithms: readonly (ConvolutionAlgorithm | undefined)[] = [
  undefined,
  { name: 'direct' },
  { name: 'small-N' },
  { name: 'winograd', outputs: 2 },
  { name: 'winograd', outputs: 4 },
  { name: 'winograd', outputs: 6 },
  { name: 'winograd steps', outputs: 6 },
  { name: 'winograd panels', outputs: 6 },
];

/**
 * What the plans give beside what the references give, and the plans.
 * @param tried algorithms, all by default
 * @param strict allowed in strict plans; a single layer has the sums of small whole numbers exact
 */
export function compare(
  graph: Graph,
  feeds: readonly Tensor[],
  tier: Tier,
  tolerance: number,
  strict = 1e-6,
  tried = algorithms,
): ExecutionPlan[] {
  const expected = execute(scheduleReferences(graph), feeds).outputs;
  return tried.map((prefer) => {
    const precision = prefer === undefined ? 'strict' : 'fast';
    const options = { tier, precision, threads: 1, ...(prefer === undefined ? {} : { prefer }) } as const;
    const plan = lower(graph, infer(graph), options);
    const actual = executePlan(graph, plan, tier, feeds);
    for (const [i, output] of expected.entries()) {
      if (output.size === 0) continue;
      const allowed = precision === 'strict' ? strict : tolerance;
      expect(largestMagnitude(allowed)(actual[i]!, output), plan.steps.map((step) => step.algorithm).join(', ')).toBe(
        undefined,
      );
    }
    return plan;
  });
}

/** Nodes after a layer: activations, a residual, a scale for each channel, a branch that others read as well. */
export type Follower = 'Relu' | 'residual' | 'Swish' | 'channels' | 'gate' | 'second reader';

function follow(b: GraphBuilder, y: Value, follower: Follower, dims: readonly number[], outputs: Value[]): Value {
  const perChannel = [dims[1]!, ...dims.slice(2).map(() => 1)];
  switch (follower) {
    case 'Relu':
      return b.add('Relu', [y]);
    case 'residual':
      return b.add('Add', [b.input(`residual ${outputs.length}`, dims), y]);
    case 'Swish':
      return b.add('Mul', [y, b.add('Sigmoid', [y])]);
    case 'channels':
      return b.add('Mul', [b.add('Add', [y, b.constant(tensor(perChannel, 5))]), b.constant(float32([], [0.5]))]);
    case 'gate': {
      const gate = [dims[0]!, dims[1]!, ...dims.slice(2).map(() => 1)];
      return b.add('Mul', [y, b.input(`gate ${outputs.length}`, gate)]);
    }
    case 'second reader':
      outputs.push(b.add('Neg', [y]));
      return b.add('Abs', [y]);
  }
}

export const followers = fc.array(
  fc.constantFrom<Follower>('Relu', 'residual', 'Swish', 'channels', 'gate', 'second reader'),
  { maxLength: 3 },
);

export function finish(b: GraphBuilder, y: Value, list: readonly Follower[], dims: readonly number[]): Graph {
  const outputs: Value[] = [];
  let value = y;
  for (const [i, follower] of list.entries()) {
    if (follower === 'residual' || follower === 'gate') outputs.push(b.add('Identity', [value]));
    else if (i === 5) outputs.push(value);
    value = follow(b, value, follower, dims, outputs);
  }
  return b.graph(value, ...outputs);
}

export function feedsFor(graph: Graph): Tensor[] {
  return graph.inputs.map((input, i) => tensor(infer(graph).types.get(input)!.shape as number[], 11 + i));
}
