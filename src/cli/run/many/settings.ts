/** Options for runs of many files. */
import { isFlagSet, wholeNumber } from '../../arguments.js';
import { UsageError } from '../../usage.js';

export interface ManySettings {
  /** The number of items that are run together; undefined if not given. */
  readonly batch: number | undefined;
  readonly jsonLines: boolean;
  readonly skipExisting: boolean;
}

/** @throws UsageError */
export function readManySettings(options: Readonly<Record<string, unknown>>): ManySettings {
  const jsonLines = isFlagSet(options['jsonLines']);
  if (jsonLines && isFlagSet(options['json'])) throw new UsageError('--json and --json-lines cannot both be had');
  return {
    batch: wholeNumber(options['batch'], 'batch', { min: 1, max: maxBatch }),
    jsonLines,
    skipExisting: isFlagSet(options['skipExisting']),
  };
}

/** Whether the options require a run of many even for a single file. */
export function asksForMany({ batch, jsonLines, skipExisting }: ManySettings): boolean {
  return batch !== undefined || jsonLines || skipExisting;
}

const maxBatch = 4096;
