/**
 * How near to what the processor can do each layer is (limits/shares.ts), and what the cost model expected of it. One thread.
 *
 *     cd bench && npm ci --ignore-scripts && npm run limits -- [--tier wide|fma|baseline] [--weights float16|bfloat16] [--only TEXT] [--least US] [--node 24]
 *
 * The single layers, products of one row and of four, and with `--only` architectures as well whose name has that text; of those, layers that take at least so many
 * microseconds (1000). Steps that bring tensors from or into ONNX order are not counted.
 */
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import type { WeightType } from '../src/wasm/kernels/half-weights.js';
import { architectureCases, ensureWeights } from './architectures.js';
import { buildFolder, bundleChild, bundleLibrary } from './bundle.js';
import { runJob } from './jobs/run-job.js';
import { layerCases } from './layer-cases.js';
import { layers, weightBound } from './layers.js';
import { shareText } from './limits/share.js';
import { findNode } from './options.js';
import { median } from './statistics.js';

const { values: options } = parseArgs({
  options: {
    tier: { type: 'string', default: 'wide' },
    weights: { type: 'string' },
    only: { type: 'string', default: '' },
    least: { type: 'string', default: '1000' },
    node: { type: 'string', default: '24' },
  },
});
const node = findNode(options.node);
if (node === undefined) throw new Error(`Node ${options.node} is not here`);
const wanted = options.only;
const architectures = wanted === '' ? [] : architectureCases().filter(({ name }) => name.includes(wanted));
ensureWeights(architectures);
const folder = path.join(buildFolder, 'layers');
const subjects = layerCases(folder, [...layers, ...weightBound]).filter(({ name }) => name.includes(wanted));
const host = { node: node.path, flags: [], script: await bundleChild() };
const library = pathToFileURL(await bundleLibrary()).href;
const ratios: number[] = [];
let isFirst = true;
for (const subject of [...subjects, ...architectures]) {
  const job = {
    kind: 'limits',
    subject,
    tier: options.tier,
    weights: options.weights as WeightType | undefined,
    library,
  } as const;
  const answer = await runJob(host, job);
  if (answer.kind !== 'limits') {
    console.log(`${subject.name}: ${'reason' in answer ? answer.reason : ''}`);
    continue;
  }
  const { tier, machine, layers: shares } = answer.limits;
  const rates = `${machine.peak.toFixed(0)} GFLOP/s in registers, ${machine.bandwidth.toFixed(1)} GB/s from 64 MiB`;
  if (isFirst) console.log(`${os.cpus()[0]?.model.trim()}, Node ${node.version}, ${tier}: ${rates}`);
  isFirst = false;
  for (const layer of shares) {
    if (subject.group !== 'layers' && layer.microseconds < Number(options.least)) continue;
    const { microseconds, expected, name } = layer;
    if (expected !== undefined) ratios.push(expected / microseconds);
    const told = expected === undefined ? '' : `expected ${expected.toFixed(0)}`;
    const times = `${microseconds.toFixed(0).padStart(7)} us ${told.padStart(15)}`;
    console.log(`${shareText(layer).padEnd(24)} ${times}  ${name}`);
  }
}
if (ratios.length > 0) {
  const near = ratios.filter((ratio) => ratio > 0.5 && ratio < 2).length;
  console.log(
    `expected by measured: ${median(ratios).toFixed(2)} in the median of ${ratios.length}, within a factor of two ${near}`,
  );
}
