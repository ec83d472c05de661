/** Plans made by hand: elementwise steps over vectors of floats that lie at places of the arena. */
import type {
  Address,
  ExecutionPlan,
  ExecutionStep,
  KernelStep,
  PlanConstant,
  Port,
} from '../../src/plan/execution-plan.js';
import type { Elementwise } from '../../src/wasm/kernels/elementwise-expression.js';

export interface StepOptions {
  readonly barrier?: boolean;
  readonly parallel?: boolean;
}

export function arena(offset: number): Address {
  return { space: 'arena', offset };
}

/** `length` floats at the last place become the tree of those at the others. A unit has 8192 of them. */
export function elementwiseStep(
  length: number,
  tree: Elementwise,
  places: readonly Address[],
  { barrier = true, parallel = true }: StepOptions = {},
): KernelStep {
  const isBroadcast = places.slice(1).map(() => false);
  return {
    kind: 'kernel',
    algorithm: 'elementwise',
    nodes: [],
    kernel: { name: 'elementwise', params: { tree, axes: [], channels: length, writable: length, isBroadcast } },
    arguments: places,
    barrier,
    parallel,
    operations: 0,
    algorithmCosts: [],
  };
}

export function vectorPort(length: number, offset: number): Port {
  return {
    name: `at ${offset}`,
    operand: { kind: 'arena', type: 'float32', dims: [length], offset, cells: 'float32' },
  };
}

export interface PlanParts {
  readonly arena: number;
  readonly steps: readonly ExecutionStep[];
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
  readonly constants?: readonly PlanConstant[];
  readonly scratch?: number;
}

export function planOf({ constants = [], scratch = 0, ...parts }: PlanParts): ExecutionPlan {
  return { precision: 'strict', blocks: [], derived: [], faults: [], constants, scratch, ...parts };
}

/** Floats of each half of the vector that `exchange` goes on with. */
export interface Exchange {
  readonly half: number;
  readonly rounds: number;
}

/**
 * A plan in which every step reads what the other half of the threads has written: in each round the halves of a vector
 * change places, one plus 1, the other times 1/2.
 * @param partsOf cuts the steps of a round: whether each is shared
 */
export function exchangePlan({ half, rounds }: Exchange, isShared: (step: number) => boolean): ExecutionPlan {
  const size = 2 * half + 16;
  const steps: KernelStep[] = [];
  for (let i = 0; i < rounds; i++) {
    const [from, to] = i % 2 === 0 ? [0, size] : [size, 0];
    const options = (barrier: boolean) => ({ barrier, parallel: isShared(steps.length) });
    const change = (op: 'add' | 'mul', value: number): Elementwise => ({
      kind: 'binary',
      op,
      a: { kind: 'input', index: 0 },
      b: { kind: 'constant', value },
    });
    steps.push(elementwiseStep(half, change('add', 1), [arena(from + half), arena(to)], options(true)));
    steps.push(elementwiseStep(half, change('mul', 0.5), [arena(from), arena(to + half)], options(false)));
  }
  return planOf({
    arena: 2 * size,
    steps,
    inputs: [vectorPort(2 * half, 0)],
    outputs: [vectorPort(2 * half, rounds % 2 === 0 ? 0 : size)],
  });
}

export function exchanged({ half, rounds }: Exchange, feed: Float32Array): Float32Array {
  let from = feed;
  for (let i = 0; i < rounds; i++) {
    const to = new Float32Array(2 * half);
    for (let k = 0; k < half; k++) {
      to[k] = Math.fround(from[half + k]! + 1);
      to[half + k] = from[k]! * 0.5;
    }
    from = to;
  }
  return from;
}
