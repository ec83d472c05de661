/**
 * Networks of many kinds, and those of fixtures/twins on the backbones of others, against onnxruntime-node, one thread, and the
 * steps of ours that take longest.
 *
 *     cd bench && npm ci --ignore-scripts && npm run zoo -- [--models FOLDER] [--only NAME,...] [--seconds N] [--steps N]
 *
 * Printed are the peer's median time by ours (above 1 ours is faster), the quartiles of that ratio over rounds, and the
 * geometric mean. `--steps N` prints for each network the N slowest steps; 0 prints none.
 */
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { architectureCases, besides, ensureWeights } from './architectures.js';
import { bundleChild, bundleLibrary } from './bundle.js';
import type { Case } from './cases.js';
import type { ProfiledStep } from './jobs/job.js';
import { runJob } from './jobs/run-job.js';
import { modelCases } from './models.js';
import { findNode } from './options.js';
import { geometricMean } from './statistics.js';

const { values } = parseArgs({
  options: {
    models: { type: 'string', default: path.join(import.meta.dirname, '..', '..', 'shared', 'models', 'zoo') },
    only: { type: 'string', default: '' },
    node: { type: 'string', default: '24' },
    tier: { type: 'string', default: 'wide' },
    seconds: { type: 'string', default: '1' },
    steps: { type: 'string', default: '0' },
    library: { type: 'string' },
  },
});
const wanted = values.only.split(',');
const backbones = architectureCases().filter(({ name }) => besides.has(name) && name !== 'unet-512');
const cases: readonly Case[] = [...modelCases(path.resolve(values.models)), ...backbones].filter(({ name }) =>
  wanted.some((text) => name.includes(text)),
);
ensureWeights(cases.filter(({ group }) => group === 'architectures'));
const node = findNode(values.node);
if (node === undefined) throw new Error(`Node ${values.node} is not here`);
const host = { node: node.path, flags: [], script: await bundleChild() };
const library = pathToFileURL(values.library ?? (await bundleLibrary())).href;
const { tier } = values;

/** Steps of equal operators, shapes and algorithm, slowest first. */
function slowest(steps: readonly ProfiledStep[], count: number): string[] {
  const whole = steps.reduce((sum, { microseconds }) => sum + microseconds, 0);
  const groups = new Map<string, ProfiledStep[]>();
  for (const step of steps) {
    const name = `${step.algorithm}: ${step.operators} ${step.shapes}`;
    groups.set(name, [...(groups.get(name) ?? []), step]);
  }
  const totals = [...groups].map(([name, equal]) => ({
    name,
    count: equal.length,
    microseconds: equal.reduce((sum, { microseconds }) => sum + microseconds, 0),
    operations: equal.reduce((sum, { operations }) => sum + operations, 0),
  }));
  totals.sort((a, b) => b.microseconds - a.microseconds);
  return [
    `    ${steps.length} steps, ${whole.toFixed(0)} us`,
    ...totals.slice(0, count).map(({ name, count: times, microseconds, operations }) => {
      const rate = operations > 0 ? `${(operations / microseconds / 1e3).toFixed(0)} GFLOP/s` : '';
      const share = `${((100 * microseconds) / whole).toFixed(1)} %`;
      return `    ${microseconds.toFixed(0).padStart(6)} us ${share.padStart(7)} ${`${times}×`.padStart(4)} ${rate.padStart(12)}  ${name.slice(0, 200)}`;
    }),
  ];
}

const ratios: number[] = [];
for (const subject of cases) {
  const job = { subject, threads: 1, tier, library };
  if (Number(values.seconds) > 0) {
    const answer = await runJob(host, { ...job, kind: 'latency', peer: 'node', seconds: Number(values.seconds) });
    if (answer.kind === 'latency') {
      const { ours, peer, ratio, ratioQuartiles, comparison } = answer.latency;
      ratios.push(ratio);
      const spread = ratioQuartiles.map((value) => value.toFixed(2)).join('…');
      console.log(
        `${subject.name.padEnd(26)} ${ratio.toFixed(2)} (${spread})  ours ${ours.toPrecision(3)} ms, peer ${peer.toPrecision(3)} ms, error ${comparison.error.toExponential(0)}`,
      );
    } else console.log(`${subject.name.padEnd(26)} ${'reason' in answer ? answer.reason : ''}`);
  }
  if (Number(values.steps) > 0) {
    const answer = await runJob(host, { ...job, kind: 'profile' });
    if (answer.kind === 'profile') console.log(slowest(answer.steps, Number(values.steps)).join('\n'));
    else console.log(`    ${'reason' in answer ? answer.reason : ''}`);
  }
}
if (ratios.length > 0) console.log(`mean of ${ratios.length}: ${geometricMean(ratios).toFixed(2)}`);
