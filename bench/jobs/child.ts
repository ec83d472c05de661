/** A measuring process: one job, then the end. Engines are imported only when the job names them. */
import { readFile } from 'node:fs/promises';
import { measure, warmUp } from '../measure.js';
import { makeFeeds, type Peer, type Setting, Skip } from '../peers/peer.js';
import type { Profile } from '../peers/unstride.js';
import { median } from '../statistics.js';
import type { Answer, FirstResult, FirstResultJob, Job, LatencyJob, Limits, LimitsJob, ProfileJob } from './job.js';

async function read(file: string): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await readFile(file));
}

async function engineOf(name: string, library: string): Promise<Peer> {
  switch (name) {
    case 'unstride':
      return (await import('../peers/unstride.js')).unstride(library);
    case 'node':
      return (await import('../peers/native.js')).native;
    case 'web':
      return (await import('../peers/web.js')).web;
    case 'tfjs':
      return (await import('../peers/tfjs.js')).tfjs;
    default:
      throw new Error(`no engine '${name}'`);
  }
}

/** In which an engine optimizes code that is used all the time. */
const optimizingMilliseconds = 700;

async function latency({ subject, peer, threads, tier, seconds, library }: LatencyJob): Promise<Answer> {
  const feeds = await makeFeeds(subject, read);
  const setting: Setting = { threads, tier, read };
  const other = await (await engineOf(peer, library)).open(subject, feeds, setting);
  // Ours may set a flag of the engine for the whole process: what the peer's code is optimized to must not depend on it.
  await warmUp(other, optimizingMilliseconds);
  const ours = await (await engineOf('unstride', library)).open(subject, feeds, setting);
  return { kind: 'latency', latency: await measure(ours, other, subject.closeness, seconds), note: ours.note };
}

/** Runs after the first, so that what only shows then is in the peak. */
const moreRuns = 2;

async function firstResult({ subject, engine, threads, tier, library, cache }: FirstResultJob): Promise<FirstResult> {
  const feeds = await makeFeeds(subject, read);
  const start = performance.now();
  let milliseconds = 0;
  if (engine !== 'none') {
    const opened = await (await engineOf(engine, library)).open(subject, feeds, { threads, tier, read, cache });
    await opened.run();
    milliseconds = performance.now() - start;
    for (let run = 0; run < moreRuns; run++) await opened.run();
  }
  return { milliseconds, peakMemory: process.resourceUsage().maxRSS / 1024 };
}

/** Runs whose steps are timed. */
const profiledRuns = 15;

async function profile({ subject, library }: ProfileJob | LimitsJob, setting: Omit<Setting, 'read'>): Promise<Profile> {
  const feeds = await makeFeeds(subject, read);
  const { unstride } = await import('../peers/unstride.js');
  const opened = await unstride(library).open(subject, feeds, { ...setting, read });
  await warmUp(opened, optimizingMilliseconds);
  const runs: Profile[] = [];
  // The code that times steps is optimized in the background as well.
  for (let run = 0; run < 2 * profiledRuns; run++) runs.push(await opened.profile());
  await opened.close();
  const { tier, steps } = runs[0]!;
  const late = runs.slice(profiledRuns);
  return {
    tier,
    steps: steps.map((step, i) => ({ ...step, microseconds: median(late.map((one) => one.steps[i]!.microseconds)) })),
  };
}

async function limits(job: LimitsJob): Promise<Limits> {
  const { tier, steps } = await profile(job, { threads: 1, tier: job.tier, weights: job.weights });
  const { measureMachine } = await import('../limits/machine.js');
  const { layerShares, planOf } = await import('../limits/shares.js');
  const machine = await measureMachine(tier);
  const plan = await planOf(job.subject, tier, job.weights);
  return { tier, machine, layers: layerShares(plan, tier, steps, machine) };
}

async function answer(job: Job): Promise<Answer> {
  try {
    if (job.kind === 'latency') return await latency(job);
    if (job.kind === 'limits') return { kind: 'limits', limits: await limits(job) };
    if (job.kind === 'profile') {
      const { threads, tier } = job;
      return { kind: 'profile', steps: (await profile(job, { threads, tier })).steps };
    }
    return { kind: 'first-result', first: await firstResult(job) };
  } catch (error) {
    if (error instanceof Skip) return { kind: 'skipped', reason: error.message };
    return { kind: 'failed', reason: error instanceof Error ? error.message : String(error) };
  }
}

process.once('message', async (job: Job) => {
  const result = await answer(job);
  // Engines with threads of their own may keep a process alive.
  process.send!(result, () => process.exit());
});
