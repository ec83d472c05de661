/** The fixes, one on each line, in the order in which they are applied. */
import { repairedCodes } from '../../convert/repair.js';
import type { DiagnosticCode } from '../../diagnostics.js';
import { foldNormalizations } from './batch-normalization.js';
import { mergeInitializers } from './duplicates.js';
import { explicitPads } from './explicit-pads.js';
import type { Fix } from './fix.js';
import { nameNodes } from './names.js';
import { raiseIrVersion, writeAsRead } from './rewriting.js';
import { explicitSamePads } from './same-dilated.js';
import { removeDeadNodes, removeUnreadAttributes, removeUnreadInitializers } from './unused.js';

export const fixes: readonly Fix[] = [
  writeAsRead,
  removeUnreadAttributes,
  explicitPads,
  explicitSamePads,
  removeDeadNodes,
  foldNormalizations,
  mergeInitializers,
  removeUnreadInitializers,
  raiseIrVersion,
  nameNodes,
];

/** The codes that can be fixed; by default without those that must be selected by name. */
export function fixableCodes(options: { readonly withOptional?: boolean } = {}): Set<DiagnosticCode> {
  return new Set([
    ...repairedCodes,
    ...fixes
      .filter(({ isOptional }) => isOptional !== true || options.withOptional === true)
      .flatMap(({ codes }) => codes),
  ]);
}

export function isFixable(code: DiagnosticCode): boolean {
  return fixableCodes({ withOptional: true }).has(code);
}
