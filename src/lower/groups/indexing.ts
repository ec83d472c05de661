/** Lowerings that read or write at computed places, choose elements, or follow an axis. */
import { argLowerings } from '../arg-extremum.js';
import { cumulativeLowerings } from '../cumulate.js';
import { gridSampleLowerings } from '../grid-sample.js';
import type { Lowering } from '../lowering.js';
import { bitCastLowerings } from '../movement/bit-cast.js';
import { elementIndexingLowerings } from '../movement/elements.js';
import { indexingLowerings } from '../movement/indexing.js';
import { matrixMovementLowerings } from '../movement/matrices.js';
import { selectionLowerings } from '../selection.js';
import { unpoolingLowerings } from '../unpool.js';

export const lowerings: readonly Lowering[] = [
  ...argLowerings,
  ...bitCastLowerings,
  ...cumulativeLowerings,
  ...gridSampleLowerings,
  ...elementIndexingLowerings,
  ...indexingLowerings,
  ...matrixMovementLowerings,
  ...selectionLowerings,
  ...unpoolingLowerings,
];
