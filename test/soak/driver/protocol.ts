/** What a soak and the processes that do its trials tell each other. */
import type { Verdict } from '../parts/part.js';
import type { SavedSubject } from './saved-subject.js';

/** Trials of a part, or one of a file that is being made smaller. */
export type Work =
  | { readonly kind: 'trials'; readonly part: string; readonly seeds: readonly number[] }
  | { readonly kind: 'subject'; readonly part: string; readonly subject: SavedSubject };

export interface Tried {
  readonly seed: number;
  readonly verdict: Verdict;
  /** Milliseconds of processor time. */
  readonly cpu: number;
  /** Bytes that the process grew by at most during the trial. */
  readonly memory: number;
  /** Bytes of the file that was tried. */
  readonly fileBytes: number;
}
