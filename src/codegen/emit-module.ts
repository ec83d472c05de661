/**
 * A plan as a WebAssembly module. `run` goes through a range of steps; threads call it with the same range, share the work
 * units of each step and meet where steps depend on one another. How units are shared never changes a bit of the result.
 */

import { loadParts } from '../limits/part.js';
import { finish, type Steps } from '../limits/steps.js';
import type { Address, ExecutionPlan, KernelStep } from '../plan/execution-plan.js';
import { add, forRange, minimum, multiply } from '../wasm/arithmetic.js';
import { call, type Local, memoryFill, type Operand, op } from '../wasm/expression.js';
import type { FunctionBuilder } from '../wasm/function.js';
import { type Kernel, roundUp, type Tier } from '../wasm/kernels/kernel.js';
import { emitKernel, loadKernels } from '../wasm/kernels/spec.js';
import { readableAfter } from '../wasm/kernels/views.js';
import { ModuleBuilder } from '../wasm/module.js';
import type { Barrier } from './barrier.js';
import { ringStep, runStatus } from './control.js';
import { meetings } from './schedule.js';
import { cacheLine, type EmitCall } from './step-call.js';
import { threadCode } from './threads-part.js';

export interface EmitOptions {
  readonly tier: Tier;
  /** Threads at most. With one, the memory is not shared and the code has no atomic instructions. */
  readonly threads: number;
  /** The address in bytes of each constant of the plan, a multiple of 64. */
  readonly constants: readonly number[];
  /** Of the memory, in pages. */
  readonly maximumPages: number;
  /** Whether thread 0 may sleep: the main thread of a browser must not. */
  readonly mainMaySleep: boolean;
}

/** Calls of a kernel in a step: enough for V8 to change to optimized code while the first run goes on. */
const callsOfStep = 32;
interface RunMemory {
  readonly scratchStart: number;
  readonly scratchStride: number;
  readonly countersStart: number;
  readonly end: number;
}

function runMemoryOf(plan: ExecutionPlan, threads: number): RunMemory {
  const scratchStart = roundUp(plan.arena * 4 + readableAfter * 4, cacheLine);
  const scratchStride = roundUp(plan.scratch * 4 + readableAfter * 4, cacheLine);
  const countersStart = scratchStart + threads * scratchStride;
  const shared = plan.steps.filter((step) => step.kind === 'kernel' && step.parallel).length;
  return {
    scratchStart,
    scratchStride,
    countersStart,
    end: countersStart + (threads === 1 ? 0 : shared * threads * cacheLine),
  };
}

/** Bytes that a run of the plan needs. */
export function runBytesOf(plan: ExecutionPlan, threads: number): number {
  return runMemoryOf(plan, threads).end;
}

/**
 * Exports of the module, which imports its memory as `host.memory`, and for several threads `host.alive`, which thread 0 calls
 * where it waits: () → 0 where another thread has died.
 * - `run(thread, threads, begin, end, arena)` → a status of control.ts: steps begin to end - 1, all of them kernels. `arena`
 *   is an address in bytes, a multiple of 64. From `ringStep` on there are no steps, but what is timed to see how far threads are
 *   from one another.
 * - `prepare(arena)`, before each run that has a step for all threads. The words `arrived` and `stop` have to be 0, too.
 *
 * From `arena` on a run needs `runBytesOf` bytes: arena, scratch of each thread, counters.
 */
export function emitModule(plan: ExecutionPlan, options: EmitOptions): Uint8Array<ArrayBuffer> {
  return finish(emitSteps(plan, options));
}

/** The same, kernel by kernel. */
export function* emitSteps(plan: ExecutionPlan, options: EmitOptions): Steps<Uint8Array<ArrayBuffer>> {
  const { tier, threads, constants, maximumPages } = options;
  const memory = runMemoryOf(plan, threads);
  const module = new ModuleBuilder({ forgetsVectors: tier === 'wide' });
  module.importMemory('host', 'memory', { initial: 1, maximum: maximumPages, shared: threads > 1 });
  const alive = threads > 1 ? module.importFunction('host', 'alive', { params: [], results: ['i32'] }) : undefined;
  if (threads > 1) yield* loadParts([threadCode]);
  const loading = loadKernels(plan.steps.flatMap((step) => (step.kind === 'kernel' ? [step.kernel] : [])));
  if (loading !== undefined) yield loading;
  const kernels: (Kernel | undefined)[] = [];
  for (const step of plan.steps) {
    kernels.push(step.kind === 'kernel' ? emitKernel({ module, tier }, step.kernel) : undefined);
    yield;
  }
  const barrier = alive === undefined ? undefined : threadCode.value.emitBarrier(module, alive);
  let counters = memory.countersStart;
  const steps = plan.steps.map((step, index): CallStep | undefined => {
    const kernel = kernels[index];
    if (step.kind !== 'kernel' || kernel === undefined) return undefined;
    const body = (f: FunctionBuilder, thread: Local, scratch: Local, arena: Local) => {
      const emitCall = callOf(f, kernel, step, { constants, scratch, arena });
      if (!step.parallel || threads === 1) emitCall.prepare();
      if (!step.parallel) f.run(emitCall.units(0, kernel.units));
      else if (threads === 1) emitPieces(f, kernel, emitCall);
      else {
        const operations = Math.max(kernel.operations, step.operations);
        threadCode.value.emitSharing(
          f,
          { ...kernel, operations },
          { threads, thread, counters: add(arena, counters) },
          emitCall,
        );
        counters += threads * cacheLine;
      }
    };
    if (!step.parallel) return body;
    const type = { params: ['i32', 'i32', 'i32'] as const, results: [] };
    const own = module.function(`step ${index}: ${step.algorithm}`, type, (f, thread, scratch, arena) =>
      body(f, thread!, scratch!, arena!),
    );
    return (f, ...args) => f.run(call(own, ...args));
  });
  emitRun(module, plan, options, memory, steps, barrier);
  module.export(
    module.function('prepare', { params: ['i32'], results: [] }, (f, arena) => {
      const bytes = memory.end - memory.countersStart;
      if (bytes > 0) f.run(memoryFill(add(arena!, memory.countersStart), 0, bytes));
    }),
  );
  return module.toBytes();
}

/** Emits a step into the function that runs all. One that one thread does alone is a call, which needs no function of its own. */
type CallStep = (f: FunctionBuilder, thread: Local, scratch: Local, arena: Local) => void;

/** What calls a step's kernel for a range of units; the addresses of its arguments are computed once. */
function callOf(
  f: FunctionBuilder,
  kernel: Kernel,
  step: KernelStep,
  bases: { readonly constants: readonly number[]; readonly scratch: Local; readonly arena: Local },
): EmitCall {
  const addressOf = (address: Address): Operand => {
    if (address.space === 'constant') return bases.constants[address.index]! + address.offset * 4;
    const place = add(address.space === 'arena' ? bases.arena : bases.scratch, address.offset * 4);
    return step.parallel ? f.local('i32', place) : place;
  };
  const pointers = step.arguments.map(addressOf);
  const { prepare } = kernel;
  return {
    prepare: () => prepare && f.run(call(prepare, ...pointers)),
    units: (begin, end) => call(kernel.function, ...pointers, begin, end),
  };
}

function emitPieces(f: FunctionBuilder, { units }: Kernel, emitCall: EmitCall): void {
  const piece = Math.ceil(units / callsOfStep);
  forRange(f, 0, units, piece, (begin) => {
    f.run(emitCall.units(begin, units % piece === 0 ? add(begin, piece) : minimum(f, add(begin, piece), units)));
  });
}

function emitRun(
  module: ModuleBuilder,
  plan: ExecutionPlan,
  { threads, mainMaySleep }: EmitOptions,
  memory: RunMemory,
  steps: readonly (CallStep | undefined)[],
  barrier: Barrier | undefined,
): void {
  const type = { params: ['i32', 'i32', 'i32', 'i32', 'i32'] as const, results: ['i32'] as const };
  const meets = meetings(plan.steps);
  const hasNear = plan.steps.some((step) => step.kind === 'kernel' && step.isNear === true);
  const ring = barrier !== undefined && hasNear ? threadCode.value.emitRing(module) : undefined;
  const run = module.function('run', type, (f, ...params) => {
    const [thread, team, begin, end, arena] = params as [Local, Local, Local, Local, Local];
    const scratch = f.local(
      'i32',
      add(arena, memory.scratchStart, threads === 1 ? 0 : multiply(thread, memory.scratchStride)),
    );
    const target = f.local('i32');
    const status = f.local('i32');
    const isMain = op('i32.eqz', thread);
    if (ring !== undefined) f.if(op('i32.eq', begin, ringStep), () => f.run(call(ring, thread, team)));
    for (const [index, step] of steps.entries()) {
      const { kind, parallel } = plan.steps[index] as KernelStep;
      if (kind !== 'kernel' || step === undefined) continue;
      const isWithin = op('i32.and', op('i32.le_s', begin, index), op('i32.gt_s', end, index));
      f.if(isWithin, () => {
        if (barrier !== undefined && meets[index]) {
          const isShared = op('i32.and', op('i32.lt_s', begin, index), op('i32.gt_s', team, 1));
          f.if(isShared, () => {
            f.set(target, add(target, team));
            f.set(status, call(barrier.meet, target, mainMaySleep ? 1 : thread, isMain));
            f.if(status, () => f.return(status));
          });
        }
        const work = () => step(f, thread, scratch, arena);
        if (barrier === undefined || parallel) work();
        else f.if(isMain, work);
      });
    }
    if (barrier !== undefined) {
      // The other threads leave; thread 0 returns to the host once all have arrived.
      f.if(op('i32.gt_s', team, 1), () => {
        f.set(target, add(target, team));
        f.if(
          isMain,
          () => f.return(call(barrier.meet, target, mainMaySleep ? 1 : 0, 1)),
          () => f.run(call(barrier.arrive, target)),
        );
      });
    }
    f.return(runStatus.complete);
  });
  module.export(run);
}
