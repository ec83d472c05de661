/** The page of first results: the engine is imported within the time that is measured. */
import type { Answer, FirstResultJob } from '../jobs/job.js';
import { makeFeeds, type Peer } from '../peers/peer.js';
import { unstride } from '../peers/unstride.js';
import { read } from './read.js';

/** A file of its own, so that a page of ours does not load the peer. */
const webPeer = '/page/web.js';

async function runJob({ subject, engine, threads, tier, library }: FirstResultJob): Promise<Answer> {
  try {
    if (!crossOriginIsolated) throw new Error('the page is not isolated: no shared memory');
    const feeds = await makeFeeds(subject, read);
    const setting = { threads, tier, read, assets: new URL('/ort/', location.href).href };
    const start = performance.now();
    const peer = engine === 'web' ? ((await import(webPeer)) as { readonly web: Peer }).web : unstride(library);
    const opened = await peer.open(subject, feeds, setting);
    await opened.run();
    return { kind: 'first-result', first: { milliseconds: performance.now() - start, peakMemory: 0 } };
  } catch (error) {
    return { kind: 'failed', reason: error instanceof Error ? error.message : String(error) };
  }
}

/** What starting a page takes beside us is over by then. */
const restMilliseconds = 200;

const place = location.search.slice(1);
const job = (await (await fetch(place)).json()) as FirstResultJob;
await new Promise((resolve) => setTimeout(resolve, restMilliseconds));
await fetch(place, { method: 'POST', body: JSON.stringify(await runJob(job)) });
