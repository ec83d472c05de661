/**
 * The operators that few models use, one family on each line. In the published library they are a separate file, which
 * a browser fetches only for models that need it (load.ts).
 */
import { loops } from './control/loop.js';
import { scans } from './control/scan.js';
import { deformConvs } from './convolution/deform-conv.js';
import { eyeLike } from './creation/eye-like.js';
import { sampling } from './creation/sampling.js';
import { bitwise } from './elementwise/bitwise.js';
import { col2ims } from './indexing/col2im.js';
import { compressing } from './indexing/compress.js';
import { elementIndexing } from './indexing/elements.js';
import { nonZero } from './indexing/non-zero.js';
import { oneHot } from './indexing/one-hot.js';
import { topKs } from './indexing/top-k.js';
import { triangles } from './indexing/trilu.js';
import { tupleIndexing } from './indexing/tuples.js';
import { uniques } from './indexing/unique.js';
import { det } from './linear/det.js';
import { einsum } from './linear/einsum.js';
import { centerCropPad } from './movement/center-crop-pad.js';
import { reverseSequence } from './movement/reverse-sequence.js';
import type { Operator } from './operator.js';
import { lpPooling } from './pooling/lp-pool.js';
import { maxRoiPools } from './pooling/max-roi-pool.js';
import { roiAligns } from './pooling/roi-align.js';
import { dynamicQuantizeLinear } from './quantization/dynamic-quantize-linear.js';
import { linearQuantization } from './quantization/quantize-linear.js';
import { quantizedConvolution } from './quantization/quantized-convolution.js';
import { quantizedMatMul } from './quantization/quantized-matmul.js';
import { gru } from './recurrent/gru.js';
import { lstm } from './recurrent/lstm.js';
import { rnn } from './recurrent/rnn.js';
import { cumulative } from './reduction/cumulative.js';
import { losses } from './reduction/loss.js';
import { affineGrids } from './resampling/affine-grid.js';
import { gridSamples } from './resampling/grid-sample.js';
import { sequenceMaps } from './sequences/map.js';
import { optionals } from './sequences/optional.js';
import { sequences } from './sequences/sequence.js';
import { sequenceParts } from './sequences/split.js';

export const rareOperators: readonly Operator[] = [
  ...affineGrids,
  ...bitwise,
  ...centerCropPad,
  ...col2ims,
  ...compressing,
  ...cumulative,
  ...deformConvs,
  ...det,
  ...dynamicQuantizeLinear,
  ...einsum,
  ...elementIndexing,
  ...eyeLike,
  ...gridSamples,
  ...gru,
  ...linearQuantization,
  ...loops,
  ...losses,
  ...lpPooling,
  ...lstm,
  ...maxRoiPools,
  ...nonZero,
  ...oneHot,
  ...quantizedConvolution,
  ...quantizedMatMul,
  ...reverseSequence,
  ...rnn,
  ...roiAligns,
  ...sampling,
  ...scans,
  ...sequenceParts,
  ...optionals,
  ...sequenceMaps,
  ...sequences,
  ...topKs,
  ...triangles,
  ...tupleIndexing,
  ...uniques,
];
