/** All kernels at once, for whoever cannot wait. */
import { registerKernels } from '../spec.js';
import { kernels as bytes, register as registerByteTiles } from './bytes.js';
import { kernels as counting } from './counting.js';
import { kernels as depthwise } from './depthwise.js';
import { registerRareFunctions } from './functions.js';
import { kernels as indexing } from './indexing.js';
import { kernels as integers } from './integers.js';
import { kernels as panels } from './panels.js';
import { kernels as pooling } from './pooling.js';
import { kernels as rawWeights, register as registerRawWeights } from './raw-weights.js';
import { kernels as recurrent } from './recurrent.js';
import { kernels as regions } from './regions.js';
import { kernels as resampling } from './resampling.js';
import { register as registerSmallFloats } from './small-floats.js';
import { kernels as statistics } from './statistics.js';
import { kernels as strassen } from './strassen.js';
import { kernels as winograd } from './winograd.js';

export function registerAllKernels(): void {
  registerByteTiles();
  registerRareFunctions();
  registerRawWeights();
  registerSmallFloats();
  for (const kernels of [
    bytes,
    counting,
    depthwise,
    indexing,
    integers,
    panels,
    pooling,
    rawWeights,
    recurrent,
    regions,
    resampling,
    statistics,
    strassen,
    winograd,
  ])
    registerKernels(kernels);
}
