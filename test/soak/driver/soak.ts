/** Goes through trials of parts in processes of their own, confirms what looks like a finding, and counts the outcomes. */
import type { Part, Verdict } from '../parts/part.js';
import { isFault } from '../parts/part.js';
import { type Finding, findingOf } from './finding.js';
import type { Tried } from './protocol.js';
import { WorkerProcess } from './worker-process.js';

export interface SoakOptions {
  readonly seed: number;
  /** Processes at once. */
  readonly jobs: number;
  /** Milliseconds that a trial may take before it is a suspect, which is tried once more alone. */
  readonly patience: number;
  /** Whether to go on with a part after so many milliseconds and trials. */
  readonly goesOn: (part: Part, elapsed: number, trials: number) => boolean;
  readonly hear?: (finding: Finding) => void;
}

export interface PartResult {
  readonly part: string;
  readonly trials: number;
  /** What the trials consist of, where that is many. */
  readonly steps?: { readonly count: number; readonly of: string };
  readonly outcomes: Readonly<Record<string, number>>;
  readonly findings: readonly Finding[];
}

/** Milliseconds of processor time. */
const mostCpu = 10_000;
const mostMemory = 300 * 2 ** 20;

/** Seeds of a soak are its own: another soak's trials are others. */
const seedsOfSoak = 10_000_000;

export async function soakPart(part: Part, options: SoakOptions): Promise<PartResult> {
  const started = Date.now();
  const outcomes = new Map<string, number>();
  const findings: Finding[] = [];
  let handedOut = 0;
  const { portion } = part;
  const goesOn = () => options.goesOn(part, Date.now() - started, handedOut);
  const count = ({ kind }: Verdict) => outcomes.set(kind, (outcomes.get(kind) ?? 0) + 1);

  async function lane(): Promise<void> {
    let process: WorkerProcess | undefined;
    let done = 0;
    while (goesOn()) {
      const first = options.seed * seedsOfSoak + handedOut;
      const seeds = Array.from({ length: portion }, (_, i) => first + i);
      handedOut += portion;
      while (seeds.length > 0) {
        process ??= new WorkerProcess();
        const suspects: Tried[] = [];
        const work = { kind: 'trials', part: part.name, seeds: [...seeds] } as const;
        const ended = await process.do(work, seeds.length, options.patience, (tried) => {
          seeds.shift();
          done++;
          if (isFault(tried.verdict) || isSuspect(part, tried)) suspects.push(tried);
          else count(tried.verdict);
        });
        for (const { seed, verdict } of suspects) count(await confirmed(seed, verdict));
        if (ended === undefined && done < part.batch) continue;
        process.end();
        process = undefined;
        done = 0;
        const seed = seeds.shift();
        if (ended !== undefined && seed !== undefined)
          count(await confirmed(seed, { kind: ended.fault, text: ended.text }));
        else if (seed !== undefined) seeds.unshift(seed);
      }
    }
    process?.end();
  }

  /** What it is when it is tried alone, in a fresh process: the machine may have been busy, or the process large. */
  async function confirmed(seed: number, suspicion: Verdict): Promise<Verdict> {
    const verdict = await triedAlone(part, seed, suspicion, options.patience);
    if (!isFault(verdict)) return verdict;
    const finding = await findingOf(part, seed, verdict, options.patience);
    findings.push(finding);
    options.hear?.(finding);
    return verdict;
  }

  // What sessions grow by is measured in one process for all trials of the part.
  await Promise.all(Array.from({ length: part.steps === undefined ? options.jobs : 1 }, lane));
  const { steps } = part;
  return {
    part: part.name,
    trials: handedOut,
    ...(steps === undefined ? {} : { steps: { count: steps.count * handedOut, of: steps.of } }),
    outcomes: Object.fromEntries([...outcomes].sort()),
    findings,
  };
}

/** A trial of many steps takes what they take. */
function isSuspect(part: Part, tried: Tried): boolean {
  return part.steps === undefined && (tried.cpu > mostCpu || isOvergrown(tried));
}

function isOvergrown({ memory, fileBytes }: Tried): boolean {
  return memory > mostMemory + 4 * fileBytes;
}

async function triedAlone(part: Part, seed: number, suspicion: Verdict, patience: number): Promise<Verdict> {
  // Growth is what many trials come to.
  if (suspicion.kind === 'growth') return suspicion;
  const process = new WorkerProcess();
  let verdict: Verdict = suspicion;
  const work = { kind: 'trials', part: part.name, seeds: [seed] } as const;
  const ended = await process.do(work, 1, 3 * patience, (tried) => {
    verdict = tried.verdict;
    if (part.steps === undefined && tried.cpu > mostCpu)
      verdict = { kind: 'hang', text: `${Math.round(tried.cpu)} ms of processor time` };
    else if (part.steps === undefined && isOvergrown(tried))
      verdict = { kind: 'memory', text: `${Math.round(tried.memory / 2 ** 20)} MB for ${tried.fileBytes} bytes` };
  });
  process.end();
  return ended === undefined ? verdict : { kind: ended.fault, text: ended.text };
}
