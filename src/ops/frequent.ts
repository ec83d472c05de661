/**
 * The operators that many models have beyond those of plain convolutional networks, one family on each line. In the published
 * library they are a separate file, which comes with a model that has one of them, or a rarer one; those of the lists here are
 * files of their own as well, for models that have no others (load.ts).
 */
import { branching } from './control/if.js';
import { constantOfShape } from './creation/constant-of-shape.js';
import { randomTensors } from './creation/random.js';
import { range } from './creation/range.js';
import { operators as functions } from './functions.js';
import { crop } from './movement/crop.js';
import { repeating } from './movement/expand.js';
import { axisNormalizations } from './normalization/axis-normalization.js';
import { instanceNormalizations } from './normalization/instance-normalization.js';
import { layerNormalizations } from './normalization/layer-normalization.js';
import { lrn } from './normalization/lrn.js';
import type { Operator } from './operator.js';
import { globalPooling } from './pooling/global-pool.js';
import { operators as products } from './products.js';
import { argExtrema } from './reduction/arg.js';
import { reductions } from './reduction/reduce.js';
import { softmaxes } from './reduction/softmax.js';
import { operators as resampled } from './resampled.js';

export const frequentOperators: readonly Operator[] = [
  ...functions,
  ...products,
  ...resampled,
  ...argExtrema,
  ...axisNormalizations,
  ...branching,
  ...constantOfShape,
  ...crop,
  ...globalPooling,
  ...instanceNormalizations,
  ...layerNormalizations,
  ...lrn,
  ...randomTensors,
  ...range,
  ...reductions,
  ...repeating,
  ...softmaxes,
];
