/** The rules, one on each line. */

import type { Diagnostic } from '../diagnostics.js';
import { throwIfStopped } from '../limits/stop.js';
import { unimportedDomain, unknownDomain } from './hygiene/domains.js';
import { missingExternalData } from './hygiene/external-data.js';
import { repeatedNames, unnamedNodes } from './hygiene/names.js';
import { lastWindow } from './portability/ceil-mode.js';
import {
  autoPadWithOutputPadding,
  autoPadWithPads,
  sameWithSmallKernel,
} from './portability/conv-transpose-auto-pad.js';
import { oddPadding } from './portability/conv-transpose-odd-padding.js';
import { outputShapeDecides, outputShapeOfFullRank } from './portability/conv-transpose-output-shape.js';
import { overhangingWindow } from './portability/overhang.js';
import { reflectionBound, reflectionTooLarge } from './portability/reflection.js';
import { resizeDiffers } from './portability/resize.js';
import { sameDilated } from './portability/same-dilated.js';
import { smallerUnpool } from './portability/smaller-unpool.js';
import { trainingMode } from './portability/training.js';
import type { Rule, RuleContext } from './rule.js';
import { findingsOf } from './run.js';
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
import { identicalInitializers } from './waste/duplicates.js';
import { float64Weights } from './waste/float64.js';
import { fixedOpenSize } from './waste/open-sizes.js';
import { sharedSymbol } from './waste/shared-symbols.js';
import { deadNode, unreadInitializer } from './waste/unused.js';
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
  unreadInitializer,
  identicalInitializers,
  oldOpset,
  oldIr,
  fixedOpenSize,
  sharedSymbol,
  float64Weights,
  unnamedNodes,
  repeatedNames,
  unimportedDomain,
  unknownDomain,
  sameDilated,
  reflectionTooLarge,
  reflectionBound,
  resizeDiffers,
  lastWindow,
  overhangingWindow,
  trainingMode,
  smallerUnpool,
];

/**
 * The findings of the rules, in their order, without those of reading and inference. A rule stops at weights that
 * cannot be read and at sizes that become too complex.
 */
export function runRules(context: RuleContext): Diagnostic[] {
  return rules.flatMap((rule) => {
    throwIfStopped(context.signal, context.file, 'the check');
    return findingsOf(rule, context);
  });
}
