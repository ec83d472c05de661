/** Convolutions of random geometry as plans, against the references: every form, with what may follow them. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { infer } from '../../src/infer.js';
import type { Graph, Value } from '../../src/ir/graph.js';
import { elementCount, float32, type Tensor } from '../../src/ir/tensor.js';
import { type ConvolutionForm, lower } from '../../src/lower/lower.js';
import { planExecution } from '../../src/plan/plan.js';
import { execute } from '../../src/runtime/reference-executor.js';
import { largestMagnitude } from '../support/compare.js';
import { attributesOf, convTransposeCase, smallIntegers } from '../support/geometry.js';
import { GraphBuilder } from '../support/graph.js';
import { tiers } from '../wasm/kernels/run-kernel.js';
import { executePlan } from './execute-plan.js';

function tensor(dims: readonly number[], seed: number): Tensor {
  return float32(dims, smallIntegers(elementCount(dims), seed));
}

/** Every form has its turn where a layer can take it; strict plans have no choice. */
const forms: readonly (ConvolutionForm | undefined)[] = [
  undefined,
  { name: 'direct' },
  { name: 'narrow' },
  { name: 'winograd', outputs: 2 },
  { name: 'winograd', outputs: 4 },
  { name: 'winograd steps', outputs: 4 },
  { name: 'winograd panels', outputs: 4 },
];

/** What the plan gives beside what the references give. */
function compare(graph: Graph, feeds: readonly Tensor[], tier: 'baseline' | 'fma' | 'wide', tolerance: number) {
  const expected = execute(planExecution(graph), feeds).outputs;
  for (const prefer of forms) {
    const precision = prefer === undefined ? 'strict' : 'fast';
    const options = { tier, precision, threads: 1, ...(prefer === undefined ? {} : { prefer }) } as const;
    const plan = lower(graph, infer(graph), options);
    const actual = executePlan(graph, plan, tier, feeds);
    for (const [i, output] of expected.entries()) {
      if (output.size === 0) continue;
      const allowed = precision === 'strict' ? 1e-6 : tolerance;
      expect(largestMagnitude(allowed)(actual[i]!, output), plan.steps.map((step) => step.algorithm).join(', ')).toBe(
        undefined,
      );
    }
  }
}

/** Nodes behind a layer: activations, a residual, a scale for each channel, a branch that others read as well. */
type Follower = 'Relu' | 'residual' | 'Swish' | 'channels' | 'gate' | 'second reader';

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

const followers = fc.array(
  fc.constantFrom<Follower>('Relu', 'residual', 'Swish', 'channels', 'gate', 'second reader'),
  { maxLength: 3 },
);

function finish(b: GraphBuilder, y: Value, list: readonly Follower[], dims: readonly number[]): Graph {
  const outputs: Value[] = [];
  let value = y;
  for (const [i, follower] of list.entries()) {
    if (follower === 'residual' || follower === 'gate') outputs.push(b.add('Identity', [value]));
    else if (i === 5) outputs.push(value);
    value = follow(b, value, follower, dims, outputs);
  }
  return b.graph(value, ...outputs);
}

function feedsFor(graph: Graph): Tensor[] {
  return graph.inputs.map((input, i) => tensor(infer(graph).types.get(input)!.shape as number[], 11 + i));
}

describe.each(tiers)('$title', ({ tier, isMissing }) => {
  it.skipIf(isMissing)('ConvTranspose with every attribute', () => {
    fc.assert(
      fc.property(convTransposeCase, followers, fc.integer({ min: 1, max: 24 }), (item, list, wider) => {
        const { axes, batch, group, groupIn, groupOut, hasBias } = item;
        // One dense case in two crosses panels and vectors.
        const [from, to] = group === 1 ? [groupIn * wider, groupOut * wider] : [groupIn, groupOut];
        const x = [batch, group * from, ...axes.map(({ input }) => input)];
        const w = [group * from, to, ...axes.map(({ kernel }) => kernel)];
        const b = new GraphBuilder();
        const bias = hasBias ? b.constant(tensor([group * to], 3)) : undefined;
        const inputs = [b.input('x', x), b.constant(tensor(w, 2)), bias];
        const attributes = attributesOf({ ...item, groupOut: to });
        const y = b.add('ConvTranspose', inputs, attributes);
        const dims = infer(b.graph(y)).types.get(y)!.shape as number[];
        const graph = finish(b, y, list, dims);
        compare(graph, feedsFor(graph), tier, 1e-4);
      }),
      { numRuns: 150 },
    );
  });

  const axis = fc
    .record({
      input: fc.integer({ min: 1, max: 15 }),
      kernel: fc.integer({ min: 1, max: 8 }),
      stride: fc.constantFrom(1, 1, 1, 2, 3),
      dilation: fc.constantFrom(1, 1, 2),
      begin: fc.integer({ min: 0, max: 3 }),
      end: fc.integer({ min: 0, max: 3 }),
    })
    .filter(({ input, kernel, dilation, begin, end }) => input + begin + end >= (kernel - 1) * dilation + 1);

  it.skipIf(isMissing)('Conv with every attribute', () => {
    fc.assert(
      fc.property(
        fc.record({
          batch: fc.integer({ min: 1, max: 2 }),
          group: fc.constantFrom(1, 1, 2, 5),
          from: fc.integer({ min: 1, max: 24 }),
          to: fc.integer({ min: 1, max: 40 }),
          isDepthwise: fc.boolean(),
          axes: fc.array(axis, { minLength: 1, maxLength: 2 }),
          hasBias: fc.boolean(),
          followers,
        }),
        ({ batch, group: groups, from, to, isDepthwise, axes, hasBias, followers: list }) => {
          const [group, groupFrom, groupTo] = isDepthwise ? [from, 1, 1] : [groups, from, to];
          const b = new GraphBuilder();
          const x = b.input('x', [batch, group * groupFrom, ...axes.map(({ input }) => input)]);
          const w = b.constant(tensor([group * groupTo, groupFrom, ...axes.map(({ kernel }) => kernel)], 2));
          const bias = hasBias ? b.constant(tensor([group * groupTo], 3)) : undefined;
          const y = b.add('Conv', [x, w, bias], {
            group,
            strides: axes.map(({ stride }) => stride),
            dilations: axes.map(({ dilation }) => dilation),
            pads: [...axes.map(({ begin }) => begin), ...axes.map(({ end }) => end)],
          });
          const dims = infer(b.graph(y)).types.get(y)!.shape as number[];
          const graph = finish(b, y, list, dims);
          compare(graph, feedsFor(graph), tier, 1e-4);
        },
      ),
      { numRuns: 150 },
    );
  });
});

describe('networks', () => {
  it('with skips, whose channels are joined in place', () => {
    fc.assert(
      fc.property(
        fc.record({
          channels: fc.integer({ min: 1, max: 20 }),
          size: fc.constantFrom(8, 12, 16),
          depth: fc.constantFrom(1, 2),
        }),
        ({ channels, size, depth }) => {
          const b = new GraphBuilder();
          const x = b.input('x', [1, 2, size, size]);
          let seed = 1;
          const weights = (dims: readonly number[]) =>
            b.constant(
              float32(
                dims,
                smallIntegers(elementCount(dims), seed++).map((value) => value / 16),
              ),
            );
          const conv = (value: Value, from: number, to: number) =>
            b.add('Relu', [b.add('Conv', [value, weights([to, from, 3, 3]), weights([to])], { pads: [1, 1, 1, 1] })]);
          const skips: { readonly value: Value; readonly width: number }[] = [];
          let width = channels;
          let value = conv(x, 2, width);
          for (let i = 0; i < depth; i++) {
            skips.push({ value, width });
            value = b.add('MaxPool', [value], { kernel_shape: [2, 2], strides: [2, 2] });
            value = conv(value, width, width + 3);
            width += 3;
          }
          for (const skip of [...skips].reverse()) {
            const up = b.add('ConvTranspose', [value, weights([width, skip.width, 2, 2])], { strides: [2, 2] });
            const joined = b.add('Concat', [skip.value, up, skip.value], { axis: 1 });
            value = conv(joined, 3 * skip.width, skip.width);
            width = skip.width;
          }
          const graph = b.graph(value);
          compare(graph, feedsFor(graph), 'baseline', 1e-4);
        },
      ),
      { numRuns: 30 },
    );
  });
});
