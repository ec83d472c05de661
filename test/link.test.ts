/** From a model to code and constants with no session: what `link` returns is all that a run takes. */
import { describe, expect, it } from 'vitest';
import { ConstantStore } from '../src/codegen/constant-store.js';
import { compileFor, type LinkedProgram, type LinkTarget, link, type PlannedModel } from '../src/compile.js';
import type { Tensor } from '../src/ir/tensor.js';
import { RandomSource } from '../src/ops/random-source.js';
import type { Operand } from '../src/plan/execution-plan.js';
import { scheduleReferences } from '../src/plan/reference-schedule.js';
import { execute } from '../src/runtime/reference-executor.js';
import { largestMagnitude } from './support/compare.js';
import { GraphBuilder } from './support/graph.js';
import { modelOf } from './support/layers.js';
import { randomFloats } from './support/weights.js';

const random = new RandomSource(7);

function network(): PlannedModel {
  const b = new GraphBuilder();
  const x = b.input('x', [1, 8, 9, 9]);
  const up = b.add('ConvTranspose', [x, b.constant(randomFloats([8, 16, 4, 4], random))], { strides: [2, 2] });
  const y = b.add('Conv', [b.add('Relu', [up]), b.constant(randomFloats([3, 16, 3, 3], random))]);
  return compileFor(modelOf(b.graph(y)), { tier: 'baseline', precision: 'strict', threads: 1 });
}

function linkTarget(store: ConstantStore, reserve: LinkTarget['reserve'] = () => {}): LinkTarget {
  return { tier: 'baseline', threads: 1, mainMaySleep: true, maximumPages: 64, store, reserve };
}

async function run(
  { plan, module, packing }: LinkedProgram,
  store: ConstantStore,
  feed: Tensor,
): Promise<Float32Array> {
  const memory = new WebAssembly.Memory({ initial: 64, maximum: 64 });
  const host = { host: { memory } };
  const { instance } = await WebAssembly.instantiate(packing.module, host);
  packing.pack({ memory, instance, staging: store.end, used: 0 });
  const { exports } = (await WebAssembly.instantiate(module, host)).instance;
  const view = (operand: Operand) => {
    if (operand.kind !== 'arena') throw new Error(`a ${operand.kind} where the arena is meant`);
    const length = operand.dims.reduce((product, size) => product * size, 1);
    return new Float32Array(memory.buffer, store.end + operand.offset * 4, length);
  };
  view(plan.inputs[0]!.operand).set(feed.data as Float32Array);
  (exports['run'] as (...args: number[]) => number)(0, 1, 0, plan.steps.length, store.end);
  return view(plan.outputs[0]!.operand).slice();
}

describe('a linked program', () => {
  it('runs with nothing but its module, its constants and a memory', async () => {
    const compiled = network();
    const store = new ConstantStore();
    const linked = link(compiled, linkTarget(store));
    const feed = randomFloats([1, 8, 9, 9], random);
    const actual = await run(linked, store, feed);
    const [expected] = execute(scheduleReferences(compiled.graph), [feed]).outputs;
    expect(largestMagnitude(1e-6)({ ...expected!, data: actual } as Tensor, expected!)).toBeUndefined();
  });

  it('is the same for the same memory, and packs only what is not there', () => {
    const compiled = network();
    const store = new ConstantStore();
    const first = link(compiled, linkTarget(store));
    expect(first.packing.stagingBytes).toBeGreaterThan(0);
    expect(link(compiled, linkTarget(new ConstantStore())).module).toEqual(first.module);

    store.share(first.placed, first.plan.constants, first.constants);
    const { end } = store;
    const second = link(compiled, linkTarget(store));
    expect([store.end, second.packing.stagingBytes]).toEqual([end, 0]);
    expect(second.module).toEqual(first.module);
  });

  it('leaves nothing in a memory that has no room for it', () => {
    const store = new ConstantStore();
    const { end } = store;
    const asked: number[][] = [];
    const reserve = (...bytes: number[]) => {
      asked.push([store.end - end, ...bytes]);
      throw new Error('full');
    };
    expect(() => link(network(), linkTarget(store, reserve))).toThrow('full');
    expect(asked).toHaveLength(1);
    expect(asked[0]!.every((bytes) => bytes > 0)).toBe(true);
    expect(store.end).toBe(end);
  });
});
