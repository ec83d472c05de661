/** Kernels of regions and neighbors: what pools regions, folds columns, sums over channels, or eliminates. */
import { channelWindow } from '../channel-window.js';
import { determinant } from '../determinant.js';
import { foldColumns } from '../fold-columns.js';
import { maxRoiPool, roiAlign } from '../regions.js';

export const kernels = {
  'channel window': channelWindow,
  determinant,
  'fold columns': foldColumns,
  'max roi pool': maxRoiPool,
  'roi align': roiAlign,
};
