import { describe, expect, it } from 'vitest';
import { control, controlBytes, ringHops, ringStep } from '../../src/codegen/control.js';
import { emitModule, runBytesOf } from '../../src/codegen/emit-module.js';
import { binary, input } from '../../src/wasm/kernels/elementwise-expression.js';
import { readModule } from '../wasm/wabt.js';
import { arena, elementwiseStep, exchangePlan, planOf } from './plans.js';

const options = { tier: 'baseline', constants: [], maximumPages: 16, mainMaySleep: true } as const;
const plan = exchangePlan({ half: 8192, rounds: 3 }, (i) => i % 3 > 0);

describe('the module', () => {
  it('for one thread has no atomic instructions and a memory of its own', () => {
    const text = readModule(emitModule(plan, { ...options, threads: 1 }));
    expect(text).not.toContain('atomic');
    expect(text).toContain('(import "host" "memory" (memory (;0;) 1 16))');
  });

  it.each([true, false])('for several is valid and shares its memory; thread 0 may sleep: %s', (mainMaySleep) => {
    const text = readModule(emitModule(plan, { ...options, threads: 4, mainMaySleep }));
    expect(text).toContain('(memory (;0;) 1 16 shared)');
    expect(text).toContain('memory.atomic.wait32');
  });

  it('has one function for equal layers', () => {
    const step = (from: number) => elementwiseStep(64, binary('add', input(0), input(0)), [arena(from), arena(0)]);
    const count = (steps: number) => {
      const list = Array.from({ length: steps }, (_, i) => step(64 * i));
      const bytes = emitModule(planOf({ arena: 1024, steps: list, inputs: [], outputs: [] }), {
        ...options,
        threads: 1,
      });
      return readModule(bytes).match(/\(func /g)!.length;
    };
    // A step has a function of its own, the kernel is there once.
    expect(count(5) - count(1)).toBe(4);
  });
});

it('a word goes round between threads where steps depend on how far they are', () => {
  const steps = [{ ...elementwiseStep(8, input(0), [arena(0), arena(16)]), isNear: true as const }];
  const near = planOf({ arena: 32, steps, inputs: [], outputs: [] });
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 16, shared: true });
  const module = new WebAssembly.Module(emitModule(near, { ...options, threads: 2 }));
  const { exports } = new WebAssembly.Instance(module, { host: { memory, alive: () => 1 } });
  const run = exports['run'] as (...args: number[]) => number;
  expect(run(0, 1, ringStep, ringStep, controlBytes)).toBe(0);
  expect(new Int32Array(memory.buffer)[control.ring / 4]).toBe(ringHops);
});

it('a range of steps runs from its begin to before its end, wherever the arena is', () => {
  const add = binary('add', input(0), input(0));
  const steps = [0, 1, 2, 3].map((i) => elementwiseStep(8, add, [arena(16 * i), arena(16 * (i + 1))]));
  const doubling = planOf({ arena: 80, steps, inputs: [], outputs: [] });
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 16 });
  const module = new WebAssembly.Module(emitModule(doubling, { ...options, threads: 1 }));
  const run = new WebAssembly.Instance(module, { host: { memory } }).exports['run'] as (...args: number[]) => number;
  const at = controlBytes + 4096;
  const floats = new Float32Array(memory.buffer, at, runBytesOf(doubling, 1) / 4);
  floats[0] = 3;
  expect(run(0, 1, 0, 2, at)).toBe(0);
  expect([0, 16, 32, 48, 64].map((i) => floats[i])).toEqual([3, 6, 12, 0, 0]);
  expect(run(0, 1, 2, 4, at)).toBe(0);
  expect([0, 16, 32, 48, 64].map((i) => floats[i])).toEqual([3, 6, 12, 24, 48]);
  floats.fill(0);
  expect(run(0, 1, 4, 4, at)).toBe(0);
  expect(floats.every((value) => value === 0)).toBe(true);
});
