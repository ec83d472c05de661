/** The operators, a line a family. */
import type { Node } from '../ir/graph.js';
import { branching } from './control/if.js';
import { loops } from './control/loop.js';
import { scans } from './control/scan.js';
import { conv } from './convolution/conv.js';
import { convTranspose } from './convolution/conv-transpose.js';
import { deformConvs } from './convolution/deform-conv.js';
import { constants } from './creation/constant.js';
import { constantOfShape } from './creation/constant-of-shape.js';
import { dropout } from './creation/dropout.js';
import { eyeLike } from './creation/eye-like.js';
import { randomTensors } from './creation/random.js';
import { range } from './creation/range.js';
import { sampling } from './creation/sampling.js';
import { activation } from './elementwise/activation.js';
import { affine } from './elementwise/affine.js';
import { arithmetic } from './elementwise/arithmetic.js';
import { bitwise } from './elementwise/bitwise.js';
import { casts } from './elementwise/cast.js';
import { clipping } from './elementwise/clip.js';
import { comparison } from './elementwise/comparison.js';
import { gated } from './elementwise/gated.js';
import { logic } from './elementwise/logic.js';
import { math } from './elementwise/math.js';
import { modulo } from './elementwise/modulo.js';
import { powers } from './elementwise/power.js';
import { rounding } from './elementwise/rounding.js';
import { variadic } from './elementwise/variadic.js';
import { where } from './elementwise/where.js';
import { col2ims } from './indexing/col2im.js';
import { compressing } from './indexing/compress.js';
import { elementIndexing } from './indexing/elements.js';
import { gathering } from './indexing/gather.js';
import { nonZero } from './indexing/non-zero.js';
import { oneHot } from './indexing/one-hot.js';
import { topKs } from './indexing/top-k.js';
import { triangles } from './indexing/trilu.js';
import { tupleIndexing } from './indexing/tuples.js';
import { uniques } from './indexing/unique.js';
import { det } from './linear/det.js';
import { einsum } from './linear/einsum.js';
import { gemm } from './linear/gemm.js';
import { matMul } from './linear/matmul.js';
import { centerCropPad } from './movement/center-crop-pad.js';
import { concat } from './movement/concat.js';
import { crop } from './movement/crop.js';
import { depthSpace } from './movement/depth-space.js';
import { repeating } from './movement/expand.js';
import { padded } from './movement/pad.js';
import { reshaping } from './movement/reshape.js';
import { reverseSequence } from './movement/reverse-sequence.js';
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
import { maxRoiPools } from './pooling/max-roi-pool.js';
import { maxUnpool } from './pooling/max-unpool.js';
import { pooling } from './pooling/pool.js';
import { roiAligns } from './pooling/roi-align.js';
import { dynamicQuantizeLinear } from './quantization/dynamic-quantize-linear.js';
import { linearQuantization } from './quantization/quantize-linear.js';
import { quantizedConvolution } from './quantization/quantized-convolution.js';
import { quantizedMatMul } from './quantization/quantized-matmul.js';
import { gru } from './recurrent/gru.js';
import { lstm } from './recurrent/lstm.js';
import { rnn } from './recurrent/rnn.js';
import { argExtrema } from './reduction/arg.js';
import { cumulative } from './reduction/cumulative.js';
import { losses } from './reduction/loss.js';
import { reductions } from './reduction/reduce.js';
import { softmaxes } from './reduction/softmax.js';
import { affineGrids } from './resampling/affine-grid.js';
import { gridSamples } from './resampling/grid-sample.js';
import { resize } from './resampling/resize.js';
import { upsample } from './resampling/upsample.js';

export const operators: readonly Operator[] = [
  ...activation,
  ...affine,
  ...affineGrids,
  ...argExtrema,
  ...arithmetic,
  ...axisNormalizations,
  ...batchNormalizations,
  ...bitwise,
  ...branching,
  ...casts,
  ...centerCropPad,
  ...clipping,
  ...col2ims,
  ...comparison,
  ...compressing,
  ...concat,
  ...constantOfShape,
  ...constants,
  ...conv,
  ...convTranspose,
  ...crop,
  ...cumulative,
  ...deformConvs,
  ...depthSpace,
  ...det,
  ...dropout,
  ...dynamicQuantizeLinear,
  ...einsum,
  ...elementIndexing,
  ...eyeLike,
  ...gated,
  ...gathering,
  ...gemm,
  ...globalPooling,
  ...gridSamples,
  ...gru,
  ...instanceNormalizations,
  ...layerNormalizations,
  ...linearQuantization,
  ...logic,
  ...loops,
  ...losses,
  ...lrn,
  ...lstm,
  ...math,
  ...matMul,
  ...maxRoiPools,
  ...maxUnpool,
  ...modulo,
  ...padded,
  ...nonZero,
  ...oneHot,
  ...pooling,
  ...powers,
  ...quantizedConvolution,
  ...quantizedMatMul,
  ...randomTensors,
  ...range,
  ...reductions,
  ...repeating,
  ...reshaping,
  ...resize,
  ...reverseSequence,
  ...rnn,
  ...roiAligns,
  ...rounding,
  ...shapes,
  ...slicing,
  ...sampling,
  ...scans,
  ...softmaxes,
  ...splitting,
  ...squeezing,
  ...transposing,
  ...upsample,
  ...topKs,
  ...triangles,
  ...tupleIndexing,
  ...uniques,
  ...variadic,
  ...where,
];

const byName = new Map(operators.map((operator) => [`${operator.domain}:${operator.name}`, operator]));

/** 'ai.onnx' is the long name of the default domain. */
const aliases = new Map([['ai.onnx', '']]);

export function findOperator(node: Pick<Node, 'domain' | 'opType'>): Operator | undefined {
  return byName.get(`${aliases.get(node.domain) ?? node.domain}:${node.opType}`);
}
