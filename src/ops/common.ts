/** The operators that most models use or that passes create, one family on each line. They are always loaded. */
import { branching } from './control/if.js';
import { conv } from './convolution/conv.js';
import { convTranspose } from './convolution/conv-transpose.js';
import { constants } from './creation/constant.js';
import { constantOfShape } from './creation/constant-of-shape.js';
import { dropout } from './creation/dropout.js';
import { randomTensors } from './creation/random.js';
import { range } from './creation/range.js';
import { activation } from './elementwise/activation.js';
import { arithmetic } from './elementwise/arithmetic.js';
import { casts } from './elementwise/cast.js';
import { clipping } from './elementwise/clip.js';
import { comparison } from './elementwise/comparison.js';
import { experimental } from './elementwise/experimental.js';
import { gated } from './elementwise/gated.js';
import { logic } from './elementwise/logic.js';
import { math } from './elementwise/math.js';
import { modulo } from './elementwise/modulo.js';
import { powers } from './elementwise/power.js';
import { rounding } from './elementwise/rounding.js';
import { variadic } from './elementwise/variadic.js';
import { where } from './elementwise/where.js';
import { gathering } from './indexing/gather.js';
import { gemm } from './linear/gemm.js';
import { matMul } from './linear/matmul.js';
import { concat } from './movement/concat.js';
import { crop } from './movement/crop.js';
import { depthSpace } from './movement/depth-space.js';
import { repeating } from './movement/expand.js';
import { padded } from './movement/pad.js';
import { reshaping } from './movement/reshape.js';
import { shapes } from './movement/shape.js';
import { slicing } from './movement/slice.js';
import { splitting } from './movement/split.js';
import { squeezing } from './movement/squeeze.js';
import { transposing } from './movement/transpose.js';
import { axisNormalizations } from './normalization/axis-normalization.js';
import { batchNormalizations } from './normalization/batch-normalization.js';
import { instanceNormalizations } from './normalization/instance-normalization.js';
import { layerNormalizations } from './normalization/layer-normalization.js';
import { lrn } from './normalization/lrn.js';
import type { Operator } from './operator.js';
import { globalPooling } from './pooling/global-pool.js';
import { maxUnpool } from './pooling/max-unpool.js';
import { pooling } from './pooling/pool.js';
import { argExtrema } from './reduction/arg.js';
import { reductions } from './reduction/reduce.js';
import { softmaxes } from './reduction/softmax.js';
import { resize } from './resampling/resize.js';
import { upsample } from './resampling/upsample.js';

export const commonOperators: readonly Operator[] = [
  ...activation,
  ...argExtrema,
  ...arithmetic,
  ...axisNormalizations,
  ...batchNormalizations,
  ...branching,
  ...casts,
  ...clipping,
  ...comparison,
  ...concat,
  ...constantOfShape,
  ...constants,
  ...conv,
  ...convTranspose,
  ...crop,
  ...depthSpace,
  ...dropout,
  ...experimental,
  ...gated,
  ...gathering,
  ...gemm,
  ...globalPooling,
  ...instanceNormalizations,
  ...layerNormalizations,
  ...logic,
  ...lrn,
  ...math,
  ...matMul,
  ...maxUnpool,
  ...modulo,
  ...padded,
  ...pooling,
  ...powers,
  ...randomTensors,
  ...range,
  ...reductions,
  ...repeating,
  ...reshaping,
  ...resize,
  ...rounding,
  ...shapes,
  ...slicing,
  ...softmaxes,
  ...splitting,
  ...squeezing,
  ...transposing,
  ...upsample,
  ...variadic,
  ...where,
];
