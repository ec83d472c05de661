/** A process of a soak: it does the trials that it is told to, one after the other, and says what came of each. */
import { registerAllParts } from '../../../src/compile/all.js';
import { registerAllOperators } from '../../../src/ops/index.js';
import { sizeEquations } from '../../../src/runtime/sizes-part.js';
import { trySubject } from '../parts/files.js';
import { partNamed } from '../parts/index.js';
import type { Verdict } from '../parts/part.js';
import type { Tried, Work } from './protocol.js';
import { restored } from './saved-subject.js';

registerAllOperators();
registerAllParts();
await sizeEquations.fetch();

async function tried(seed: number, fileBytes: number, run: () => Promise<Verdict>): Promise<Tried> {
  const before = process.memoryUsage.rss();
  const start = process.cpuUsage();
  let verdict: Verdict;
  try {
    verdict = await run();
  } catch (error) {
    verdict = { kind: 'internal error', text: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
  const { user, system } = process.cpuUsage(start);
  // The most there ever was, in KiB: what earlier trials took does not count where they took more.
  const most = process.resourceUsage().maxRSS * 1024;
  const memory = most > mostSoFar ? most - before : 0;
  mostSoFar = Math.max(mostSoFar, most);
  return { seed, verdict, cpu: (user + system) / 1000, memory, fileBytes };
}

let mostSoFar = 0;

async function work(item: Work): Promise<void> {
  const part = partNamed(item.part);
  const { tries = trySubject } = part;
  if (item.kind === 'subject') {
    const subject = restored(item.subject);
    process.send?.(await tried(0, subject.bytes.length, () => tries(subject)));
    return;
  }
  for (const seed of item.seeds) {
    // What a trial leaves of timers and messages is done before the next one.
    await new Promise((resolve) => setImmediate(resolve));
    const subject = part.subjectOf?.(seed);
    const run = subject === undefined ? () => part.run(seed) : () => tries(subject);
    process.send?.(await tried(seed, subject?.bytes.length ?? 0, run));
  }
}

process.on('message', (item: Work) => void work(item));
process.on('disconnect', () => process.exit());
