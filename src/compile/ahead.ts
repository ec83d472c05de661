/**
 * What a browser fetches beside the engine, by what the model's first bytes name: a way to the server and back for each stage that
 * finds out what it takes would be most of the time to a first result. Nothing depends on it: who needs a part asks for it.
 */

import { namesAfter, placesAfter } from '../ir/places-after.js';

type Load = () => Promise<unknown>;

const functions =
  'Acos Acosh Affine And Asin Asinh Atan Atanh Celu Cos Cosh Elu Gelu HardSigmoid HardSwish ImageScaler IsInf IsNaN Mish Not Or ' +
  'PRelu ScaledTanh Selu Shrink Sin Sinh Softplus Softsign SwiGLU Swish Tan ThresholdedRelu Xor';
const reductions =
  'ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceMax ReduceMean ReduceMin ReduceProd ReduceSum ReduceSumSquare';
const normalizations =
  'GlobalAveragePool GlobalMaxPool GroupNormalization InstanceNormalization LayerNormalization LogSoftmax RMSNormalization Softmax';
const quantized =
  'ConvInteger DequantizeLinear DynamicQuantizeLinear MatMulInteger QLinearConv QLinearMatMul QuantizeLinear';
const bits = 'BitShift BitwiseAnd BitwiseNot BitwiseOr BitwiseXor';
const rareIndexing =
  'CumProd CumSum EyeLike GatherElements GatherND GridSample OneHot Scatter ScatterElements ScatterND TopK Trilu';

const frequentOperators: Load = () => import('../ops/frequent.js');

/** By the operators that they are loaded for; of passes and kernels those that many models take. */
export const ahead: Readonly<Record<string, { readonly names: string; readonly load: Load }>> = {
  // Kernels of the same groups are in the same files.
  counting: { names: 'Compress NonZero Unique', load: () => import('../lower/groups/counting.js') },
  functions: { names: `Mean ${functions}`, load: () => import('../lower/groups/functions.js') },
  indexing: {
    names: `ArgMax ArgMin BitCast Gather MaxUnpool ${rareIndexing}`,
    load: () => import('../lower/groups/indexing.js'),
  },
  integers: { names: `Mod ${bits}`, load: () => import('../lower/groups/integers.js') },
  quantized: { names: quantized, load: () => import('../lower/groups/quantized.js') },
  recurrent: { names: 'CausalConvWithState GRU LSTM RNN', load: () => import('../lower/groups/recurrent.js') },
  regions: { names: 'Col2Im Det LRN MaxRoiPool RoiAlign', load: () => import('../lower/groups/regions.js') },
  resampling: {
    names: 'ConstantOfShape Crop DepthToSpace Expand Pad Resize SpaceToDepth Tile Upsample',
    load: () => import('../lower/groups/resampling.js'),
  },
  statistics: {
    names: `Gemm MatMul ${normalizations} ${reductions}`,
    load: () => import('../lower/groups/statistics.js'),
  },
  winograd: { names: 'Conv ConvTranspose', load: () => import('../wasm/kernels/groups/winograd.js') },
  // Their phases have few taps.
  'raw weights': { names: 'ConvTranspose', load: () => import('../wasm/kernels/groups/raw-weights.js') },
  pooling: { names: 'AveragePool MaxPool', load: () => import('../wasm/kernels/groups/pooling.js') },
  'common functions': { names: `Mod ${functions}`, load: () => import('../ops/functions.js') },
  products: { names: 'Gemm MatMul', load: () => import('../ops/products.js') },
  resampled: {
    names: 'DepthToSpace MaxUnpool Resize SpaceToDepth Upsample',
    load: () => import('../ops/resampled.js'),
  },
  frequent: {
    names:
      'ArgMax ArgMin ConstantOfShape Crop Expand GlobalLpPool Hardmax If LRN LpNormalization MeanVarianceNormalization RandomNormal ' +
      `RandomNormalLike RandomUniform RandomUniformLike Range Tile ${normalizations} ${reductions}`,
    load: frequentOperators,
  },
  rare: {
    names:
      'AffineGrid Bernoulli CenterCropPad Col2Im Compress ConcatFromSequence DeformConv Det Einsum GRU LSTM Loop LpPool MaxRoiPool ' +
      'Multinomial NegativeLogLikelihoodLoss NonZero Optional OptionalGetElement OptionalHasElement RNN ReverseSequence RoiAlign ' +
      'Scan SequenceAt SequenceConstruct SequenceEmpty SequenceErase SequenceInsert SequenceLength SequenceMap ' +
      `SoftmaxCrossEntropyLoss SplitToSequence Unique ${bits} ${quantized} ${rareIndexing}`,
    load: () => Promise.all([frequentOperators(), import('../ops/rare.js')]),
  },
  fusions: {
    names: 'Clip Erf Expand HardSigmoid InstanceNormalization Max Min ReduceMean ScatterND Tile Where',
    load: () => Promise.all([frequentOperators(), import('../passes/groups/fusions.js')]),
  },
  movement: {
    names: 'Flatten Gather Pad Reshape Squeeze Transpose Unsqueeze',
    load: () => import('../passes/groups/movement.js'),
  },
  types: { names: 'QuantizeLinear', load: () => import('../passes/groups/types.js') },
  // Of convolutions with groups.
  depthwise: { names: 'group', load: () => import('../wasm/kernels/groups/depthwise.js') },
};

/** Frequent operators that come by themselves where a model has no others. */
const families: ReadonlySet<string> = new Set(['common functions', 'products', 'resampled']);
const withFrequent: ReadonlySet<string> = new Set(['frequent', 'rare', 'fusions']);

/** Names of what to load for a model of these bytes. */
export function partsAhead(bytes: Uint8Array): readonly string[] {
  // Field 4 of a node.
  const named = namesAfter(bytes, '"');
  for (const at of placesAfter(bytes, '\n\u0005group\u0018')) if (bytes[at] !== 1) named.add('group');
  const parts = Object.keys(ahead).filter((part) => ahead[part]!.names.split(' ').some((name) => named.has(name)));
  return parts.some((part) => withFrequent.has(part)) ? parts.filter((part) => !families.has(part)) : parts;
}

export function fetchAhead(bytes: Uint8Array): void {
  for (const part of partsAhead(bytes)) ahead[part]!.load().catch(() => {});
}
