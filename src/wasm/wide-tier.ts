/**
 * Whether the engine runs `wide` well. That it is faster depends on the engine's version, on the flag that the host sets, and on the
 * processor; where the version is not known to pair vectors, that is measured. Imports nothing: it is a part of a file for Node.
 */
import type { Run, Trial } from './trial.js';

/** How much faster paired code has to be: other tiers' code is faster than single code, which takes more registers than there are. */
const wideGain = 1.5;
/** Rounds that are timed, some microseconds; and so many that V8 begins to optimize. */
const timedRounds = 256;
const manyRounds = 4096;
const timings = 4;
/** Optimized code is several times as fast. */
const optimizedGain = 2;
/** Milliseconds that optimizing may take. Other threads do it, and others on this thread get their turns. */
const patience = 200;

/** Milliseconds of some rounds, at best: the machine may be busy. */
function timeOf(run: Run): number {
  let best = Number.POSITIVE_INFINITY;
  for (let i = 0; i < timings; i++) {
    const start = performance.now();
    run(timedRounds);
    best = Math.min(best, performance.now() - start);
  }
  return best;
}

/** Has the engine optimize code; false when time was up before. */
async function optimized(runs: readonly Run[]): Promise<boolean> {
  const first = runs.map(timeOf);
  for (const run of runs) run(manyRounds);
  const start = performance.now();
  do {
    await new Promise((resolve) => setTimeout(resolve, 1));
    if (runs.every((run, i) => timeOf(run) * optimizedGain < first[i]!)) return true;
  } while (performance.now() - start < patience);
  return false;
}

/** Whether a multiplication and the addition after it round once. */
function isFused({ rows, columns, inputs, weights, output, paired }: Trial): boolean {
  const factor = 1 + 2 ** -12;
  inputs
    .fill(0)
    .fill(1, 0, rows)
    .fill(factor, rows, 2 * rows);
  weights.fill(-1 - 2 ** -11, 0, columns).fill(factor, columns, 2 * columns);
  paired(1);
  return output[0] !== 0;
}

/** The reason not to use `wide`, or undefined. The parameters are as TierOptions says. */
export async function objectionToWide(
  prepare: (typeof Trial)['prepare'],
  enableWide: () => void,
  isKnownToPair: boolean | undefined,
): Promise<string | undefined> {
  const prepared = prepare('wide', isKnownToPair !== true);
  if (prepared === undefined) return 'wide: the engine has no relaxed SIMD';
  enableWide();
  const trial = prepared();
  const { paired, single } = trial;
  if (!trial.isRight()) return 'wide: wrong results in the self-test';
  // Vectors of 256 bits and fused operations came with the same processors.
  if (!isFused(trial)) return 'wide: the processor has no fused operations';
  if (!(await optimized(single === undefined ? [paired] : [paired, single])))
    return 'wide: the engine has not optimized the self-test in time';
  if (!trial.isRight()) return 'wide: wrong results in the self-test of the optimized code';
  if (single !== undefined && timeOf(paired) * wideGain > timeOf(single))
    return 'wide: not faster than 128-bit code here';
  return undefined;
}
