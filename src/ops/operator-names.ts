/** Names of operators by what is loaded for them. Whoever adds an operator to a file adds its name here. */

const functions =
  'Acos Acosh Affine And Asin Asinh Atan Atanh Celu Cos Cosh Elu Gelu HardSigmoid HardSwish IsInf IsNaN Mish Not Or ' +
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

/** What has which lowerings (lower/registry.ts). */
export const loweredIn = {
  channels: 'BatchNormalization ImageScaler',
  counting: 'Compress NonZero Unique',
  functions: `Mean ${functions}`,
  indexing: `ArgMax ArgMin BitCast Gather MaxUnpool ${rareIndexing}`,
  integers: `Mod ${bits}`,
  pooling: 'AveragePool MaxPool',
  quantized: quantized,
  recurrent: 'CausalConvWithState GRU LSTM RNN',
  regions: 'Col2Im Det LRN MaxRoiPool RoiAlign',
  resampling: 'ConstantOfShape Crop DepthToSpace Expand Pad Resize SpaceToDepth Tile Upsample',
  products: 'Gemm MatMul',
  statistics: `${normalizations} ${reductions}`,
};

/** Frequent operators that come by themselves where a model has no others. */
export const families = {
  functions: `ImageScaler Mod ${functions}`,
  products: 'Gemm MatMul',
  resampled: 'DepthToSpace MaxUnpool Resize SpaceToDepth Upsample',
};

/** Of the others in frequent.ts, and of those in rare.ts, what models have that are waited for. */
export const others = {
  frequent: `ArgMax ArgMin ConstantOfShape Expand If LRN Range Tile ${normalizations} ${reductions}`,
  rare: `Col2Im Compress DeformConv Einsum GRU LSTM Loop NonZero RNN RoiAlign Scan ${quantized} ${rareIndexing}`,
};

/** The names in a line of them. */
export function namesIn(line: string): readonly string[] {
  return line.split(' ');
}
