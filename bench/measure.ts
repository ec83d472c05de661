/** Two engines in one process, in turns. */
import type { Closeness } from './cases.js';
import { type Comparison, compareOutputs } from './compare.js';
import type { Opened } from './peers/peer.js';
import { median, quantile } from './statistics.js';

export interface Latency {
  /** Milliseconds a run, medians. */
  readonly ours: number;
  readonly peer: number;
  /** The peer's time by ours: above 1, ours is faster. The median of the rounds' ratios: a shared machine's speed changes between rounds. */
  readonly ratio: number;
  /** Their quartiles. */
  readonly ratioQuartiles: readonly [number, number];
  readonly rounds: number;
  readonly comparison: Comparison;
}

const minRounds = 5;
/** Runs of this length and more are not repeated within a turn, nor is the first of them left out. */
const longRun = 400;
/**
 * Threads of the other engine still look for work when a turn begins, and the system moves ours apart only when they have
 * stopped: runs of so many milliseconds are not counted.
 */
const settling = 40;
/** What the rest of a turn lasts at least, so that short runs are many. */
const turnLength = 30;

/** Waits for messages and background compilation, which a loop of resolved promises would starve. */
function breathe(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

async function timedRun(engine: Opened): Promise<number> {
  const start = performance.now();
  await engine.run();
  return performance.now() - start;
}

/** Optimized code comes in the background: runs until `milliseconds` are over, and at least a few. */
export async function warmUp(engine: Opened, milliseconds: number): Promise<void> {
  const start = performance.now();
  for (let run = 0; ; run++) {
    const elapsed = performance.now() - start;
    if (run >= 3 && elapsed > milliseconds) return;
    if (run >= 1 && elapsed > 8 * milliseconds) return;
    await engine.run();
    await breathe();
  }
}

/** The first runs of a turn bring caches, registers and threads to where they are when nothing else runs in between. */
async function turn(engine: Opened): Promise<number[]> {
  await breathe();
  const first = await timedRun(engine);
  if (first > longRun) return [first];
  for (let settled = first; settled < settling; ) settled += await timedRun(engine);
  const times: number[] = [];
  const start = performance.now();
  do times.push(await timedRun(engine));
  while (performance.now() - start < turnLength);
  return times;
}

export async function measure(ours: Opened, peer: Opened, closeness: Closeness, seconds: number): Promise<Latency> {
  const comparison = compareOutputs(await ours.run(), await peer.run(), closeness);
  if (!comparison.isClose) throw new DifferentResults(comparison);
  await warmUp(ours, seconds * 333);
  await warmUp(peer, seconds * 333);
  const [own, others, ratios]: [number[], number[], number[]] = [[], [], []];
  const start = performance.now();
  for (let round = 0; ; round++) {
    const elapsed = (performance.now() - start) / 1000;
    if (elapsed > seconds && (round >= minRounds || (elapsed > 5 * seconds && round >= 3))) break;
    let a: number[];
    let b: number[];
    if (round % 2 === 0) {
      a = await turn(ours);
      b = await turn(peer);
    } else {
      b = await turn(peer);
      a = await turn(ours);
    }
    own.push(...a);
    others.push(...b);
    ratios.push(median(b) / median(a));
  }
  // Code that the engine has optimized since is code as well.
  const after = compareOutputs(await ours.run(), await peer.run(), closeness);
  if (!after.isClose) throw new DifferentResults(after);
  return {
    ours: median(own),
    peer: median(others),
    ratio: median(ratios),
    ratioQuartiles: [quantile(ratios, 0.25), quantile(ratios, 0.75)],
    rounds: ratios.length,
    comparison: after.error > comparison.error ? after : comparison,
  };
}

export class DifferentResults extends Error {
  constructor({ error, beyond }: Comparison) {
    super(
      `results differ: by ${error.toExponential(1)}, ${(100 * beyond).toPrecision(2)} % of them beyond the tolerance`,
    );
  }
}
