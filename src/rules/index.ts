/** The rules, a line each. */

import type { Diagnostic } from '../diagnostics.js';
import { unimportedDomain, unknownDomain } from './hygiene/domains.js';
import { missingExternalData } from './hygiene/external-data.js';
import { repeatedNames, unnamedNodes } from './hygiene/names.js';
import type { Rule, RuleContext } from './rule.js';
import { findingsOf } from './run.js';
import { autoPadWithOutputPadding, autoPadWithPads, sameWithSmallKernel } from './transposed/auto-pad.js';
import { oddPadding } from './transposed/odd-padding.js';
import { outputShapeDecides, outputShapeOfFullRank } from './transposed/output-shape.js';
import { checkerboard, gaps } from './transposed/overlap.js';
import { resizeOnly } from './transposed/resize-only.js';
import {
  everythingCropped,
  outputPaddingAboveStride,
  outputPaddingTooLarge,
  outputShapeTooLarge,
} from './transposed/sizes.js';
import { otherGeometry, planeIndices } from './unpool.js';
import { unfoldedBatchNormalization } from './waste/batch-normalization.js';
import { identicalInitialisers } from './waste/duplicates.js';
import { float64Weights } from './waste/float64.js';
import { fixedOpenSize } from './waste/open-sizes.js';
import { sharedSymbol } from './waste/shared-symbols.js';
import { deadNode, unreadInitialiser } from './waste/unused.js';
import { oldIr, oldOpset } from './waste/versions.js';

export type { Rule, RuleContext } from './rule.js';

export const rules: readonly Rule[] = [
  missingExternalData,
  outputPaddingTooLarge,
  outputShapeTooLarge,
  everythingCropped,
  outputPaddingAboveStride,
  autoPadWithOutputPadding,
  sameWithSmallKernel,
  oddPadding,
  outputShapeDecides,
  outputShapeOfFullRank,
  autoPadWithPads,
  checkerboard,
  gaps,
  otherGeometry,
  planeIndices,
  unfoldedBatchNormalization,
  resizeOnly,
  deadNode,
  unreadInitialiser,
  identicalInitialisers,
  oldOpset,
  oldIr,
  fixedOpenSize,
  sharedSymbol,
  float64Weights,
  unnamedNodes,
  repeatedNames,
  unimportedDomain,
  unknownDomain,
];

/**
 * What the rules find, in their order; what reading and inference found is not repeated. A rule that meets weights which
 * cannot be read, or sizes that grow out of hand, says no more.
 */
export function runRules(context: RuleContext): Diagnostic[] {
  return rules.flatMap((rule) => findingsOf(rule, context));
}
