/**
 * How near to what the processor can do: for each layer the least time in which its algorithm's multiplications could be done at
 * the measured peak, or its bytes be read at the measured bandwidth, whichever is longer, as a share of the time that it takes.
 * One thread.
 *
 *     cd bench && npm ci --ignore-scripts && npm run limits -- [--tier wide|fma|baseline] [--weights float16|bfloat16] [--only TEXT] [--least US]
 *
 * The single layers, products of one row and of four, and with `--only` architectures as well whose name has that text; of those, layers that take at least so many
 * microseconds (1000). Steps that bring tensors from or into ONNX order are not counted.
 */
import path from 'node:path';
import { parseArgs } from 'node:util';
import v8 from 'node:v8';
import { compileForSteps } from '../src/compile.js';
import { InferenceSession, Tensor } from '../src/index.js';
import { finishInTurns } from '../src/limits/steps.js';
import type { ExecutionPlan, ExecutionStep } from '../src/plan/execution-plan.js';
import { openModel } from '../src/runtime/open.js';
import type { TraceEvent } from '../src/runtime/trace.js';
import { forRange, loadVector, storeVector } from '../src/wasm/arithmetic.js';
import { op } from '../src/wasm/expression.js';
import type { WeightType } from '../src/wasm/kernels/half-weights.js';
import { type KernelTarget, multiplyAdd, type Tier } from '../src/wasm/kernels/kernel.js';
import { emitKernel } from '../src/wasm/kernels/spec.js';
import { ModuleBuilder } from '../src/wasm/module.js';
import { architectureCases, ensureWeights } from './architectures.js';
import type { Case } from './cases.js';
import { layerCases } from './layer-cases.js';
import { layers, weightBound } from './layers.js';
import { noise } from './noise.js';
import { median } from './statistics.js';

const { values: options } = parseArgs({
  options: {
    tier: { type: 'string', default: 'wide' },
    weights: { type: 'string', default: 'float32' },
    only: { type: 'string', default: '' },
    least: { type: 'string', default: '1000' },
  },
});
const tier = options.tier as Tier;
const weights = options.weights as WeightType;
if (tier === 'wide') v8.setFlagsFromString('--experimental-wasm-revectorize');

/** The best of many turns, in milliseconds: code is optimized meanwhile. */
async function fastest(run: () => void): Promise<number> {
  let best = Number.POSITIVE_INFINITY;
  for (let turn = 0; turn < 60; turn++) {
    const start = performance.now();
    run();
    best = Math.min(best, performance.now() - start);
    // Optimized code arrives between turns.
    if (turn % 6 === 0) await new Promise((resolve) => setTimeout(resolve, 3));
  }
  return best;
}

/** Floating-point operations in a nanosecond, in registers alone, and bytes read in one, of memory that no cache but the last holds. */
async function limitsOf(memoryBytes: number): Promise<{ readonly peak: number; readonly bandwidth: number }> {
  const module = new ModuleBuilder({ forgetsVectors: tier === 'wide' });
  const target: KernelTarget = { module, tier };
  module.memory({ initial: memoryBytes / 65536 + 1 });
  const [sums, unroll] = [tier === 'wide' ? 24 : 12, 4];
  const rounds = 100_000;
  const arithmetic = module.function('arithmetic', { params: [], results: [] }, (f) => {
    const totals = Array.from({ length: sums }, (_, i) => f.local('v128', loadVector(0, i * 16)));
    const factors = [0, 1].map((i) => f.local('v128', loadVector(1024, i * 16)));
    forRange(f, 0, rounds, 1, () => {
      for (let turn = 0; turn < unroll; turn++) {
        for (const [i, total] of totals.entries()) {
          f.set(total, multiplyAdd(target.tier, total, factors[i % 2]!, factors[i % 2]!));
        }
      }
    });
    for (const [i, total] of totals.entries()) storeVector(f, 0, i * 16, total);
  });
  const reading = module.function('reading', { params: [], results: [] }, (f) => {
    const totals = Array.from({ length: 8 }, (_, i) => f.local('v128', loadVector(0, i * 16)));
    const at = f.local('i32', 65536);
    forRange(f, 0, memoryBytes / 128, 1, () => {
      for (const [i, total] of totals.entries()) f.set(total, op('f32x4.add', total, loadVector(at, i * 16)));
      f.increase(at, 128);
    });
    for (const [i, total] of totals.entries()) storeVector(f, 0, i * 16, total);
  });
  module.export(arithmetic, 'arithmetic');
  module.export(reading, 'reading');
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module.toBytes()));
  // Pages that nobody has written are one and the same to the system.
  new Float32Array((exports['memory'] as WebAssembly.Memory).buffer).fill(1);
  return {
    peak: (rounds * unroll * sums * 8) / (await fastest(exports['arithmetic'] as () => void)) / 1e6,
    bandwidth: memoryBytes / (await fastest(exports['reading'] as () => void)) / 1e6,
  };
}

interface LayerLimit {
  readonly operations: number;
  readonly bytes: number;
  microseconds: number;
}

/** Operations of the kernels, and bytes of the constants, of each group of steps that compute the same nodes. */
function demandsOf(plan: ExecutionPlan): (LayerLimit | undefined)[] {
  const groups = new Map<string, { operations: number; constants: Set<number>; microseconds: number; bytes: number }>();
  return plan.steps.map((step: ExecutionStep) => {
    if (step.kind !== 'kernel' || step.nodes.length === 0) return undefined;
    const key = step.nodes.join();
    const group = groups.get(key) ?? { operations: 0, constants: new Set(), microseconds: 0, bytes: 0 };
    groups.set(key, group);
    group.operations += emitKernel({ module: new ModuleBuilder(), tier }, step.kernel).operations;
    for (const address of step.arguments) {
      if (address.space !== 'constant' || group.constants.has(address.index)) continue;
      group.constants.add(address.index);
      group.bytes += plan.constants[address.index]!.floats * 4;
    }
    return group;
  });
}

async function measure(subject: Case, peak: number, bandwidth: number): Promise<void> {
  const { model } = await openModel(subject.model);
  const steps = compileForSteps(model, { tier, precision: 'fast', threads: 1, weights });
  const { plan } = await finishInTurns(steps, async () => {}, undefined);
  const demands = demandsOf(plan);
  const session = await InferenceSession.create(subject.model, { threads: 1, tier, weights });
  const feeds = Object.fromEntries(
    subject.feeds.map(({ name, dims, from }) => {
      const data = noise(
        dims.reduce((a, b) => a * b, 1),
        'seed' in from ? from.seed : 1,
      );
      return [name, new Tensor('float32', data, dims)];
    }),
  );
  const runs: TraceEvent[][] = [];
  const start = performance.now();
  while (performance.now() - start < 1500 || runs.length < 10) {
    await session.run(feeds, {
      outputsAsViews: true,
      profile: ({ traceEvents }) => runs.push(traceEvents.filter(({ cat }) => cat === 'step')),
    });
  }
  await session.release();
  const late = runs.slice(runs.length >> 1);
  const names = new Map<LayerLimit, string>();
  for (const [i, demand] of demands.entries()) {
    if (demand === undefined) continue;
    demand.microseconds += median(late.map((events) => events[i]?.dur ?? 0));
    const { name, args } = late[0]![i]!;
    if (!names.has(demand)) names.set(demand, `${name} ${String(args['shapes'])}: ${String(args['algorithm'])}`);
  }
  const isLayer = subject.group === 'layers';
  for (const [{ operations, bytes, microseconds }, name] of names) {
    if (operations === 0 || (!isLayer && microseconds < Number(options.least))) continue;
    const [computing, reading] = [operations / peak / 1e3, bytes / bandwidth / 1e3];
    const share = Math.max(computing, reading) / microseconds;
    const bound = computing > reading ? 'multiplications' : 'bytes';
    console.log(`${share.toFixed(2)} of ${bound.padEnd(15)} ${microseconds.toFixed(0).padStart(7)} us  ${name}`);
  }
}

const { peak, bandwidth } = await limitsOf(64 * 2 ** 20);
console.log(
  `Node ${process.version}, ${tier}: ${peak.toFixed(0)} GFLOP/s in registers, ${bandwidth.toFixed(1)} GB/s from 64 MiB`,
);
const wanted = options.only;
const architectures = wanted === '' ? [] : architectureCases().filter(({ name }) => name.includes(wanted));
ensureWeights(architectures);
const folder = path.join(import.meta.dirname, 'build', 'layers');
const subjects = layerCases(folder, [...layers, ...weightBound]);
for (const subject of [...subjects.filter(({ name }) => name.includes(wanted)), ...architectures]) {
  await measure(subject, peak, bandwidth);
}
process.exit();
