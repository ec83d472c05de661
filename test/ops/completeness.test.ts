/** Every operator that is promised is there, whole: all versions, a shape rule, a reference, a test of its own. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { operators } from '../../src/ops/index.js';
import { onnxTests, titleFor } from '../support/shared-data.js';

/** What encoder-decoder models contain, and what exporters put around it. */
const promised = `
Abs Acos Acosh Add Affine AffineGrid And ArgMax ArgMin Asin Asinh Atan Atanh AveragePool BatchNormalization BitShift
BitwiseAnd BitwiseNot BitwiseOr BitwiseXor Cast CastLike Ceil Celu Clip Col2Im Compress Concat Constant ConstantOfShape
Conv ConvInteger ConvTranspose Cos Cosh Crop CumSum DepthToSpace DequantizeLinear Div Dropout DynamicQuantizeLinear
Einsum Elu Equal Erf Exp Expand EyeLike Flatten Floor GRU Gather GatherElements GatherND Gelu Gemm GlobalAveragePool
GlobalMaxPool Greater GreaterOrEqual GridSample GroupNormalization HardSigmoid HardSwish Hardmax Identity If ImageScaler
InstanceNormalization IsInf IsNaN LRN LSTM LayerNormalization LeakyRelu Less LessOrEqual Log LogSoftmax LpNormalization
LpPool MatMul MatMulInteger Max MaxPool MaxUnpool Mean MeanVarianceNormalization Min Mish Mod Mul Neg NonZero Not OneHot
Or PRelu Pad Pow QLinearConv QLinearMatMul QuantizeLinear RNN RandomNormal RandomNormalLike RandomUniform
RandomUniformLike Range Reciprocal ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceMax ReduceMean ReduceMin
ReduceProd ReduceSum ReduceSumSquare Relu Reshape Resize Round Scatter ScatterElements ScatterND Selu Shape Shrink
Sigmoid Sign Sin Sinh Size Slice Softmax Softplus Softsign SpaceToDepth Split Sqrt Squeeze Sub Sum Tan Tanh
ThresholdedRelu Tile TopK Transpose Trilu Unsqueeze Upsample Where Xor
`
  .trim()
  .split(/\s+/);

const names = operators.map((operator) => operator.name);

describe('the operators', () => {
  it('are all there', () => {
    expect(promised.filter((name) => !names.includes(name))).toEqual([]);
  });

  it('are listed once each', () => {
    const keys = operators.map(({ domain, name }) => `${domain}:${name}`);
    expect(keys.filter((key, i) => keys.indexOf(key) !== i)).toEqual([]);
  });

  it.each(operators.map((operator) => [operator.name, operator] as const))(
    '%s names its versions in order',
    (_, { versions }) => {
      expect(versions).toEqual([...new Set(versions)].sort((a, b) => a - b));
      expect(versions.length).toBeGreaterThan(0);
    },
  );

  it('are each named in a test of their own', () => {
    const sources = readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.test.ts') && file !== 'completeness.test.ts')
      .map((file) => readFileSync(path.join(import.meta.dirname, file), 'utf8'))
      .join('\n');
    expect(names.filter((name) => !new RegExp(`\\b${name}\\b`).test(sources))).toEqual([]);
  });

  const versionFile = path.join(onnxTests, 'op_versions.tsv');
  it.skipIf(!existsSync(versionFile))(titleFor('have every version of the specification', versionFile), () => {
    const [, ...rows] = readFileSync(versionFile, 'utf8').trim().split('\n');
    const specified = new Map(
      rows
        .map((row) => row.split('\t'))
        .map(([domain, name, versions]) => [`${domain}:${name}`, versions!.split(',').map(Number)]),
    );
    const differing = operators
      .filter(({ domain, removedIn }) => domain === '' && removedIn === undefined)
      // What onnxruntime has in ONNX's domain: one operator, and one in older sets.
      .filter(({ name }) => !['LayerNormalization', 'SimplifiedLayerNormalization'].includes(name))
      .filter(({ name, versions }) => specified.get(`ai.onnx:${name}`)?.join() !== versions.join())
      .map(({ name, versions }) => `${name}: ${versions}, specification ${specified.get(`ai.onnx:${name}`)}`);
    expect(differing).toEqual([]);
  });
});
