/**
 * From a graph with known sizes to a plan of kernels. Node by node: the lowering of its operator adds steps, and may take
 * the elementwise nodes behind it along; what no lowering takes, its reference computes.
 */
import type { Inference } from '../infer.js';
import type { Graph, Node } from '../ir/graph.js';
import type { ExecutionPlan } from '../plan/execution-plan.js';
import { lowerBatchNormalization, lowerImageScaler } from './channel-affine.js';
import { lowerConcat } from './concat.js';
import { LoweringContext, type LowerOptions } from './context.js';
import { lowerConv, lowerConvTranspose } from './conv.js';
import { lowerElementwise } from './elementwise.js';
import { isElementwise } from './expression.js';
import { lowerGather, lowerScatterNd } from './indexing.js';
import type { Lowering } from './lowering.js';
import { lowerGemm, lowerMatMul } from './matrix.js';
import { planMemory } from './memory.js';
import { lowerInstanceNormalization, lowerLayerNormalization, lowerSoftmax } from './normalization.js';
import { lowerCrop, lowerPad } from './pad.js';
import { lowerAveragePool, lowerMaxPool, lowerMaxUnpool } from './pooling.js';
import { dequantizeConstant, isQuantization } from './quantize.js';
import { lowerDynamicQuantizeLinear } from './quantize-dynamic.js';
import { lowerConvInteger, lowerQLinearConv } from './quantized-convolution.js';
import { lowerMatMulInteger, lowerQLinearMatMul } from './quantized-product.js';
import { lowerDepthToSpace, lowerExpand, lowerSpaceToDepth, lowerTile } from './rearrange.js';
import { lowerGru, lowerLstm } from './recurrent.js';
import { lowerGlobalPool, lowerReduction } from './reduce.js';
import { lowerReshape } from './reshape.js';
import { lowerResize, lowerUpsample } from './resize.js';
import { lowerSlice, lowerSplit } from './slice.js';
import { lowerTranspose } from './transpose.js';

export type { ConvolutionForm, LowerOptions } from './context.js';

/** By operator; elementwise operators are in expression.ts. */
const lowerings: Readonly<Record<string, Lowering>> = {
  AveragePool: lowerAveragePool,
  BatchNormalization: lowerBatchNormalization,
  Concat: lowerConcat,
  Conv: lowerConv,
  ConvInteger: lowerConvInteger,
  ConvTranspose: lowerConvTranspose,
  Crop: lowerCrop,
  DepthToSpace: lowerDepthToSpace,
  DynamicQuantizeLinear: lowerDynamicQuantizeLinear,
  Expand: lowerExpand,
  Flatten: lowerReshape,
  GRU: lowerGru,
  Gather: lowerGather,
  Gemm: lowerGemm,
  GlobalAveragePool: lowerGlobalPool('mean'),
  GlobalMaxPool: lowerGlobalPool('max'),
  ImageScaler: lowerImageScaler,
  InstanceNormalization: lowerInstanceNormalization,
  LSTM: lowerLstm,
  LayerNormalization: lowerLayerNormalization,
  LogSoftmax: lowerSoftmax(true),
  MatMul: lowerMatMul,
  MatMulInteger: lowerMatMulInteger,
  MaxPool: lowerMaxPool,
  MaxUnpool: lowerMaxUnpool,
  Pad: lowerPad,
  QLinearConv: lowerQLinearConv,
  QLinearMatMul: lowerQLinearMatMul,
  ReduceL2: lowerReduction('norm'),
  ReduceMax: lowerReduction('max'),
  ReduceMean: lowerReduction('mean'),
  ReduceMin: lowerReduction('min'),
  ReduceSum: lowerReduction('sum'),
  ReduceSumSquare: lowerReduction('sum of squares'),
  Reshape: lowerReshape,
  Resize: lowerResize,
  ScatterND: lowerScatterNd,
  Slice: lowerSlice,
  Softmax: lowerSoftmax(false),
  SpaceToDepth: lowerSpaceToDepth,
  Split: lowerSplit,
  Squeeze: lowerReshape,
  Tile: lowerTile,
  Transpose: lowerTranspose,
  Unsqueeze: lowerReshape,
  Upsample: lowerUpsample,
};

/** @param inference the types of this graph's values, with the sizes of its inputs bound */
export function lower(graph: Graph, inference: Pick<Inference, 'types'>, options: LowerOptions): ExecutionPlan {
  const lowerOne = (node: Node) => {
    const reason = lowerNode(context, node);
    if (reason !== undefined) context.reference(node, reason);
  };
  const context = new LoweringContext(graph, inference, options, lowerOne);
  for (const input of graph.inputs) context.placeInput(input);
  const inputs = graph.inputs.map((value) => ({ name: value.name, operand: context.operand(value) }));
  for (const node of graph.nodes) if (!context.done.has(node)) lowerOne(node);
  const outputs = graph.outputs.map((value) => ({ name: value.name, operand: context.operand(value) }));
  const plan = planMemory(graph, context.drafts, { inputs, outputs }, context.constants, options.precision);
  return { ...plan, derived: context.derived };
}

function lowerNode(context: LoweringContext, node: Node): string | undefined {
  const lowering = node.domain === '' ? lowerings[node.opType] : undefined;
  if (lowering !== undefined) return lowering(context, node);
  if (isQuantization(node) && dequantizeConstant(context, node)) return undefined;
  if (isElementwise(node) || isQuantization(node)) return lowerElementwise(context, node);
  return 'an operator without a kernel';
}
