/**
 * Measures unstride against its peers: see README.md here.
 *
 *     cd bench && npm ci --ignore-scripts && npm run bench -- --help
 */
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { architectureCases, ensureWeights } from './architectures.js';
import { ChromiumHost } from './browser/chromium.js';
import { buildFolder, bundleChild, bundleLibrary } from './bundle.js';
import type { Case } from './cases.js';
import { chartFile, writeChart } from './chart.js';
import { measureFirstResult } from './first-result.js';
import type { Answer, LatencyJob, PeerName } from './jobs/job.js';
import { runJob } from './jobs/run-job.js';
import { layerCases } from './layer-cases.js';
import type { LayerShare } from './limits/share.js';
import { machineHere, machineText } from './machine.js';
import { modelCases } from './models.js';
import { type NodeVersion, type Options, readOptions } from './options.js';
import { firstResultLine, latencyLine, sizeLine, summary } from './report.js';
import { type LatencyRow, mergeResults, type Row, readResults, resultsFile, writeResults } from './results.js';
import { measureSizes } from './size.js';

const options = readOptions();
const machine = machineHere();
const rows: Row[] = [];

/** After each row, so that a run that is broken off leaves what it has. */
function keep(row: Row, line: string): void {
  rows.push(row);
  console.log(line);
  const earlier = options.fresh ? undefined : readResults(options.results);
  writeResults(mergeResults(earlier, machine, rows), options.results);
}

function casesOf({ parts, layer, models }: Options): Case[] {
  const isAll = parts.has('first');
  const cases = [
    ...(parts.has('layers') ? layerCases(path.join(buildFolder, 'layers')) : []),
    ...(parts.has('architectures') || isAll ? architectureCases() : []),
    ...(parts.has('models') || isAll ? modelCases(models) : []),
  ].filter(({ name }) => name.includes(layer));
  ensureWeights(cases.filter(({ group }) => group === 'architectures'));
  return cases;
}

function latencyRow(job: LatencyJob, place: string, version: string, answer: Answer): LatencyRow {
  const { subject, peer, threads, tier } = job;
  const { name, group, operations } = subject;
  const row = { kind: 'latency', name, group, peer, place, threads, version, tier, operations } as const;
  const dated = { ...row, date: new Date().toISOString() };
  switch (answer.kind) {
    case 'latency':
      return { ...dated, latency: answer.latency, ...(answer.note ? { note: answer.note } : {}) };
    case 'skipped':
      return { ...dated, skipped: answer.reason };
    case 'failed':
      return { ...dated, failed: answer.reason };
    case 'first-result':
    case 'limits':
    case 'profile':
      throw new Error('an answer to another job');
  }
}

/** What our layer comes to of what the processor can do; undefined where it cannot be said. */
async function limitOf(
  node: NodeVersion,
  script: string,
  subject: Case,
  library: string,
): Promise<LayerShare | undefined> {
  const host = { node: node.path, flags: options.flags, script };
  const job = { kind: 'limits', subject, tier: tierFor(node), library } as const;
  const answer = await runJob(host, job);
  if (answer.kind === 'limits') return answer.limits.layers[0];
  console.log(`${node.place} limit ${subject.name} FAILED ${'reason' in answer ? answer.reason : ''}`);
  return undefined;
}

/** 256-bit code is the library's user's explicit choice, where Node has it. */
function tierFor({ major }: NodeVersion): string | undefined {
  return options.tier ?? (major >= 24 ? 'wide' : undefined);
}

async function measureInNode(
  node: NodeVersion,
  cases: readonly Case[],
  script: string,
  library: string,
): Promise<void> {
  const host = { node: node.path, flags: options.flags, script };
  const tier = tierFor(node);
  const limits = new Map<Case, LayerShare | undefined>();
  if (options.threads.includes(1)) {
    for (const subject of cases.filter(({ group }) => group === 'layers'))
      limits.set(subject, await limitOf(node, script, subject, library));
  }
  for (const threads of options.threads) {
    for (const peer of options.peers) {
      for (const subject of cases.filter(({ group }) => options.parts.has(group))) {
        if (peer === 'tfjs' && (subject.layer === undefined || threads > 1)) continue;
        const job: LatencyJob = { kind: 'latency', subject, peer, threads, tier, seconds: options.seconds, library };
        const limit = threads === 1 ? limits.get(subject) : undefined;
        const measured = latencyRow(job, node.place, node.version, await runJob(host, job));
        const row = limit === undefined ? measured : { ...measured, limit };
        keep(row, latencyLine(row));
      }
    }
  }
  if (!options.parts.has('first')) return;
  for (const peer of options.peers.filter((name): name is Exclude<PeerName, 'tfjs'> => name !== 'tfjs')) {
    for (const subject of cases.filter(({ group }) => group !== 'layers')) {
      const row = await measureFirstResult(host, node, { subject, peer, threads: 1, tier, library });
      keep(row, firstResultLine(row));
    }
  }
}

async function measureInChromium(executable: string, cases: readonly Case[]): Promise<void> {
  const host = await ChromiumHost.start(executable);
  try {
    for (const threads of options.threads) {
      for (const subject of cases.filter(({ group }) => options.parts.has(group))) {
        const job: LatencyJob = {
          kind: 'latency',
          subject,
          peer: 'web',
          threads,
          tier: options.tier,
          seconds: options.seconds,
          library: '',
        };
        const row = latencyRow(job, 'chromium', host.version, await host.run(job));
        keep(row, latencyLine(row));
      }
    }
  } finally {
    await host.stop();
  }
}

const cases = casesOf(options);
const library = pathToFileURL(await bundleLibrary()).href;
const script = await bundleChild();
console.log(machineText(machine));
if (options.parts.has('size')) for (const row of await measureSizes()) keep(row, sizeLine(row));
for (const node of options.nodes) await measureInNode(node, cases, script, library);
if (options.chromium === undefined) console.log('Chromium: not here');
else if (options.peers.includes('web')) await measureInChromium(options.chromium, cases);

const results = readResults(options.results);
if (results !== undefined) {
  console.log(`\n${summary(results)}\n\n${options.results}`);
  if (options.results === resultsFile) {
    writeChart(results);
    console.log(chartFile);
  }
}
