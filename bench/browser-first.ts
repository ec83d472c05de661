/**
 * Load to first result in Chromium: the engine and the model are fetched from this machine, nothing is cached, and each time is of
 * a page of its own, the engines in turns. Printed are medians, and the peer's by ours.
 *
 *     cd bench && npm run browser-first -- [--rounds 5] [--threads 1] [--case vae]
 */
import path from 'node:path';
import { parseArgs } from 'node:util';
import { architectureCases, besides, ensureWeights } from './architectures.js';
import { FirstResultHost } from './browser/chromium.js';
import { modelCases } from './models.js';
import { geometricMean, median } from './statistics.js';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    threads: { type: 'string', default: '1' },
    case: { type: 'string', default: '' },
    models: { type: 'string', default: path.join(import.meta.dirname, '..', '..', 'shared', 'models', 'real') },
    chromium: { type: 'string', default: process.env['UNSTRIDE_CHROMIUM'] ?? '/usr/bin/chromium' },
  },
});
const threads = Number(values.threads);

const cases = [...architectureCases().filter(({ name }) => !besides.has(name)), ...modelCases(values.models)].filter(
  ({ name }) => name.includes(values.case),
);
ensureWeights(cases.filter(({ group }) => group === 'architectures'));

const host = await FirstResultHost.start(values.chromium);
console.log(`Chromium ${await host.version()}, ${threads} ${threads === 1 ? 'thread' : 'threads'}`);
const ratios: number[] = [];
try {
  for (const subject of cases) {
    const times = { unstride: [] as number[], web: [] as number[] };
    const failures = new Set<string>();
    for (let round = 0; round < Number(values.rounds); round++) {
      for (const engine of ['unstride', 'web'] as const) {
        const answer = await host.run({ kind: 'first-result', subject, engine, threads, tier: undefined, library: '' });
        if (answer.kind === 'first-result') times[engine].push(answer.first.milliseconds);
        else failures.add(`${engine}: ${'reason' in answer ? answer.reason : 'an answer to another job'}`);
      }
    }
    if (failures.size > 0) {
      console.log(`${subject.name}: ${[...failures].join('; ')}`);
      continue;
    }
    const [ours, others] = [median(times.unstride), median(times.web)];
    ratios.push(others / ours);
    console.log(
      `${subject.name.padEnd(24)} ours ${ours.toFixed(0).padStart(5)} ms, onnxruntime-web ${others.toFixed(0).padStart(5)} ms: ${(others / ours).toFixed(2)}`,
    );
  }
} finally {
  await host.stop();
}
if (ratios.length > 0) console.log(`mean ${geometricMean(ratios).toFixed(2)} of ${ratios.length}`);
