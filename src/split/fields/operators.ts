/** What each operator reads, by its name in the default domain. */
import { alikeReads } from './elementwise.js';
import { rearrangingReads } from './rearranging.js';
import { reducingReads } from './reducing.js';
import { resamplingReads } from './resampling.js';
import type { OperatorReads } from './rule.js';
import { windowReads } from './windows.js';

export const operatorReads: ReadonlyMap<string, OperatorReads> = new Map([
  ...alikeReads,
  ...windowReads,
  ...rearrangingReads,
  ...reducingReads,
  ...resamplingReads,
]);
