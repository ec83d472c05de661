/** The report of `unstride diff`, with the names of the files. */
import type { ModelDiff } from '../contract/model-diff.js';
import type { Diagnostic } from '../diagnostics.js';

export interface DiffReport extends ModelDiff {
  readonly from: string;
  readonly to: string;
  readonly same: boolean;
  /** Errors of reading and inference, because of which a shape may be unknown. */
  readonly diagnostics: readonly Diagnostic[];
}
