/** What a soak consists of: parts, each of trials that a seed makes again. */
import type { Tensor } from '../../../src/ir/tensor.js';
import type { FileKind } from '../mutants/mutant.js';

export const faults = ['internal error', 'disagreement', 'damage', 'growth', 'hang', 'memory', 'crash'] as const;
export type Fault = (typeof faults)[number];

export interface Verdict {
  /** `before`: ended before there was anything to damage. */
  readonly kind: Fault | 'ran' | 'refused' | 'before' | 'left out';
  /** What went wrong, and where. */
  readonly text?: string;
}

/** What is fed to the project, where it is a file: it can be made smaller. */
export interface Subject {
  readonly kind: FileKind;
  readonly bytes: Uint8Array;
  /** undefined for some that fit the model. */
  readonly feeds?: ReadonlyMap<string, Tensor> | undefined;
}

export interface Part {
  readonly name: string;
  /** Share of the time. */
  readonly share: number;
  /** Trials that one process goes through before the next one takes its place. */
  readonly batch: number;
  /** Trials that are handed over at once. */
  readonly portion: number;
  /** What a trial consists of, where that is many: 1000 runs of a session. */
  readonly steps?: { readonly count: number; readonly of: string };
  readonly subjectOf?: (seed: number) => Subject;
  /** What is done with a subject, where that is not what the project does with it. */
  readonly tries?: (subject: Subject) => Promise<Verdict>;
  readonly run: (seed: number) => Promise<Verdict>;
}

export function isFault({ kind }: Verdict): boolean {
  return (faults as readonly string[]).includes(kind);
}
