/** The measuring page: one job, as in a process of Node. */
import type { Answer, LatencyJob } from '../jobs/job.js';
import { measure } from '../measure.js';
import { makeFeeds, Skip } from '../peers/peer.js';
import { unstride } from '../peers/unstride.js';
import { web } from '../peers/web.js';
import { read } from './read.js';

async function runJob({ subject, threads, tier, seconds, library }: LatencyJob): Promise<Answer> {
  try {
    if (!crossOriginIsolated) throw new Error('the page is not isolated: no shared memory');
    const setting = { threads, tier, read, assets: new URL('/ort/', location.href).href };
    const feeds = await makeFeeds(subject, read);
    const peer = await web.open(subject, feeds, setting);
    const ours = await unstride(library).open(subject, feeds, setting);
    return { kind: 'latency', latency: await measure(ours, peer, subject.closeness, seconds), note: ours.note };
  } catch (error) {
    if (error instanceof Skip) return { kind: 'skipped', reason: error.message };
    return { kind: 'failed', reason: error instanceof Error ? error.message : String(error) };
  }
}

Object.assign(globalThis, { runJob });
