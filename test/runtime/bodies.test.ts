/** Branches and loops whose graphs are compiled, against the references. */
import { describe, expect, it } from 'vitest';
import { registerAllParts } from '../../src/compile/all.js';
import { compileFor } from '../../src/compile.js';
import type { Graph } from '../../src/ir/graph.js';
import { bool, float32, int64 } from '../../src/ir/tensor.js';
import { Tensor } from '../../src/runtime/tensor/tensor.js';
import { GraphBuilder } from '../support/graph.js';
import { modelOf } from '../support/layers.js';
import { expectEqual, noise } from './both-executors.js';

/** relu(conv(x, w)) in one branch, another convolution in the other; both read x of the graph around them. */
function branching(): Graph {
  const builder = new GraphBuilder(17);
  const x = builder.input('x', [1, 8, 12, 12]);
  const condition = builder.input('condition', [], 'bool');
  const shared = builder.constant(float32([8, 8, 3, 3], noise(576)));
  const branch = (seed: number) => {
    const inner = new GraphBuilder();
    const own = inner.constant(float32([8, 8, 3, 3], noise(576, seed)));
    const y = inner.add('Conv', [x, shared], { pads: [1, 1, 1, 1] });
    return inner.graph(inner.add('Relu', [inner.add('Conv', [y, own], { pads: [1, 1, 1, 1] })]));
  };
  const y = builder.add('If', [condition], {
    then_branch: { kind: 'graph', value: branch(2) },
    else_branch: { kind: 'graph', value: branch(3) },
  });
  return builder.graph(builder.add('Softmax', [y]));
}

registerAllParts();

describe('branches', () => {
  it.each([true, false])('run compiled, with what they read of the graph around them, on %s', async (condition) => {
    await expectEqual(branching(), {
      x: new Tensor('float32', noise(1152), [1, 8, 12, 12]),
      condition: new Tensor('bool', [condition], []),
    });
  });
});

/** x and a sum are carried: x = relu(conv(x, w) + bias), sum = sum + x; what is collected is the mean of x. */
function looping(trips: number | undefined): Graph {
  const builder = new GraphBuilder(17);
  const x = builder.input('x', [1, 8, 6, 6]);
  const limit = trips === undefined ? builder.input('limit', [], 'int64') : builder.constant(int64([], [trips]));
  const weights = builder.constant(float32([8, 8, 3, 3], noise(576)));
  const bias = builder.add('ReduceMean', [x], { axes: [2, 3], keepdims: 1 });
  const body = new GraphBuilder(17);
  body.input('i', [], 'int64');
  const going = body.input('going', [], 'bool');
  const [state, sum] = [body.input('state', undefined), body.input('sum', undefined)];
  const made = body.add('Relu', [body.add('Add', [body.add('Conv', [state, weights], { pads: [1, 1, 1, 1] }), bias])]);
  const total = body.add('Add', [sum, made]);
  const mean = body.add('ReduceMean', [made], { axes: [1, 2, 3], keepdims: 0 });
  const value = body.graph(body.add('Identity', [going]), made, total, mean);
  const start = builder.constant(bool([], [true]));
  const outputs = builder.addMany('Loop', [limit, start, x, x], 3, { body: { kind: 'graph', value } });
  return builder.graph(...outputs);
}

describe('loops', () => {
  const x = new Tensor('float32', noise(288), [1, 8, 6, 6]);

  it('run compiled', () => expectEqual(looping(5), { x }));

  it('run as often as an input says', async () => {
    for (const limit of [1, 4])
      await expectEqual(looping(undefined), { x, limit: new Tensor('int64', [BigInt(limit)], []) });
  });

  it('have their states in place', () => {
    const target = { tier: 'baseline', precision: 'fast', threads: 1 } as const;
    const { plan } = compileFor(modelOf(looping(5)), target);
    const bodies = plan.steps.flatMap((step) => (step.kind === 'control' ? step.bodies : []));
    expect(bodies).toHaveLength(1);
    const [{ plan: inner, states }] = bodies as [(typeof bodies)[number]];
    expect(inner?.steps.every(({ kind }) => kind === 'kernel')).toBe(true);
    for (const { output, input } of states)
      expect(inner?.outputs[output]?.operand).toEqual(inner?.inputs[input]?.operand);
  });
});
