/**
 * The operators that many models have beyond those of plain convolutional networks, one family on each line. In the published
 * library they are a separate file, which comes with a model that has one of them, or a rarer one (load.ts).
 */
import { branching } from './control/if.js';
import { constantOfShape } from './creation/constant-of-shape.js';
import { randomTensors } from './creation/random.js';
import { range } from './creation/range.js';
import { experimental } from './elementwise/experimental.js';
import { gated } from './elementwise/gated.js';
import { logic } from './elementwise/logic.js';
import { modulo } from './elementwise/modulo.js';
import { smoothActivation } from './elementwise/smooth-activation.js';
import { trigonometry } from './elementwise/trigonometry.js';
import { gemm } from './linear/gemm.js';
import { matMul } from './linear/matmul.js';
import { crop } from './movement/crop.js';
import { depthSpace } from './movement/depth-space.js';
import { repeating } from './movement/expand.js';
import { axisNormalizations } from './normalization/axis-normalization.js';
import { instanceNormalizations } from './normalization/instance-normalization.js';
import { layerNormalizations } from './normalization/layer-normalization.js';
import { lrn } from './normalization/lrn.js';
import type { Operator } from './operator.js';
import { globalPooling } from './pooling/global-pool.js';
import { maxUnpool } from './pooling/max-unpool.js';
import { argExtrema } from './reduction/arg.js';
import { reductions } from './reduction/reduce.js';
import { softmaxes } from './reduction/softmax.js';
import { resize } from './resampling/resize.js';
import { upsample } from './resampling/upsample.js';

export const frequentOperators: readonly Operator[] = [
  ...argExtrema,
  ...axisNormalizations,
  ...branching,
  ...constantOfShape,
  ...crop,
  ...depthSpace,
  ...experimental,
  ...gated,
  ...gemm,
  ...globalPooling,
  ...instanceNormalizations,
  ...layerNormalizations,
  ...logic,
  ...lrn,
  ...matMul,
  ...maxUnpool,
  ...modulo,
  ...randomTensors,
  ...range,
  ...reductions,
  ...repeating,
  ...resize,
  ...smoothActivation,
  ...softmaxes,
  ...trigonometry,
  ...upsample,
];
