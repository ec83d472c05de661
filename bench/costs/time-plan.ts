/**
 * Times the steps of a plan that compute nodes, on one thread, as in a network: the layer before has just written what they read,
 * and other layers' weights have taken the place of theirs in the caches.
 */
import { emitModule, runBytesOf } from '../../src/codegen/emit-module.js';
import type { ExecutionPlan } from '../../src/plan/execution-plan.js';
import type { Tier } from '../../src/wasm/kernels/kernel.js';
import { noise } from '../noise.js';

const pageBytes = 65536;
/**
 * What is read in between: more than the last cache of most processors holds. Smaller networks find their weights there, but others on
 * the machine use it as well.
 */
const others = new Float32Array(12 * 2 ** 20);
/** Runs in a turn of each algorithm: fewer of long ones. */
const mostRuns = 3;
const turnLength = 2;

function readOthers(): number {
  let sum = 0;
  for (let i = 0; i < others.length; i += 16) sum += others[i]!;
  return sum;
}

/** @returns a function that adds milliseconds of some runs to a list */
export function timer(plan: ExecutionPlan, tier: Tier): (times: number[]) => void {
  const constants: number[] = [];
  let end = pageBytes;
  for (const { floats } of plan.constants) {
    constants.push(end);
    end += Math.ceil(floats / 16) * 64 + 256;
  }
  const pages = Math.ceil((end + runBytesOf(plan, 1)) / pageBytes) + 1;
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
  // What is computed does not matter, but numbers that are hardly zero are slow.
  const floats = new Float32Array(memory.buffer);
  const values = noise(4096, 1);
  for (let at = 0; at < floats.length; at += values.length) floats.set(values.subarray(0, floats.length - at), at);
  const bytes = emitModule(plan, { tier, threads: 1, constants, maximumPages: pages, mainMaySleep: true });
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { host: { memory } });
  const run = exports['run'] as (thread: number, threads: number, begin: number, end: number, arena: number) => number;
  const first = plan.steps.findIndex(({ nodes }) => nodes.length > 0);
  const last = plan.steps.findLastIndex(({ nodes }) => nodes.length > 0);
  const timed = () => {
    readOthers();
    run(0, 1, 0, first, end);
    const start = performance.now();
    run(0, 1, first, last + 1, end);
    return performance.now() - start;
  };
  timed();
  const count = Math.max(1, Math.min(mostRuns, Math.floor(turnLength / timed())));
  return (times) => {
    for (let i = 0; i < count; i++) times.push(timed());
  };
}
