/** What `unstride diff` found, with the names of the files. */
import type { ModelDiff } from '../contract/model-diff.js';
import type { Diagnostic } from '../diagnostics.js';

export interface DiffReport extends ModelDiff {
  readonly from: string;
  readonly to: string;
  readonly same: boolean;
  /** What reading and inference found wrong: a shape may be unknown because of it. */
  readonly diagnostics: readonly Diagnostic[];
}
