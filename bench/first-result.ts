/** Load to first result and peak memory: each time a fresh process, the engines in turns. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Case } from './cases.js';
import type { FirstResult, FirstResultJob } from './jobs/job.js';
import { type Host, runJob } from './jobs/run-job.js';
import type { NodeVersion } from './options.js';
import type { FirstResultRow } from './results.js';
import { median } from './statistics.js';

const rounds = 5;

export interface Subject {
  readonly subject: Case;
  readonly peer: 'node' | 'web';
  readonly threads: number;
  readonly tier: string | undefined;
  readonly library: string;
}

export async function measureFirstResult(
  host: Host,
  node: NodeVersion,
  { subject, peer, threads, tier, library }: Subject,
): Promise<FirstResultRow> {
  const { name, group } = subject;
  const row = { kind: 'first-result', name, group, peer, place: node.place, threads, version: node.version } as const;
  const dated = { ...row, date: new Date().toISOString() };
  const cache = mkdtempSync(path.join(tmpdir(), 'unstride-bench-'));
  const one = async (engine: FirstResultJob['engine'], from?: string): Promise<FirstResult> => {
    const answer = await runJob(host, { kind: 'first-result', subject, engine, threads, tier, library, cache: from });
    if (answer.kind === 'first-result') return answer.first;
    throw new Error('reason' in answer ? `${engine}: ${answer.reason}` : 'an answer to another job');
  };
  try {
    // The first of each brings the files into memory, and has Node keep the code of ours.
    await one('unstride', cache);
    await one(peer);
    const samples: Record<'none' | 'ours' | 'warm' | 'others', FirstResult[]> = {
      none: [],
      ours: [],
      warm: [],
      others: [],
    };
    for (let round = 0; round < rounds; round++) {
      samples.none.push(await one('none'));
      samples.ours.push(await one('unstride'));
      samples.warm.push(await one('unstride', cache));
      samples.others.push(await one(peer));
    }
    const memory = (of: readonly FirstResult[]) => median(of.map(({ peakMemory }) => peakMemory));
    const empty = memory(samples.none);
    const middle = (of: readonly FirstResult[]): FirstResult => ({
      milliseconds: median(of.map(({ milliseconds }) => milliseconds)),
      peakMemory: memory(of) - empty,
    });
    return { ...dated, ours: middle(samples.ours), warm: middle(samples.warm), others: middle(samples.others) };
  } catch (error) {
    return { ...dated, failed: (error as Error).message };
  } finally {
    rmSync(cache, { recursive: true, force: true });
  }
}
