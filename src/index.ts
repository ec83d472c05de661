/** The public API of unstride: that of onnxruntime-common, and the stages of the compiler. */
export type { CheckedModel, CheckOptions } from './check.js';
export type { CompiledModel } from './compile/any-sizes.js';
export { catalogue } from './diagnostics/catalogue.js';
export {
  type Diagnostic,
  type DiagnosticCode,
  formatDiagnostic,
  ModelError,
  type NodeReference,
  type Problem,
  ProblemError,
  type Severity,
} from './diagnostics.js';
export type { LevelOfDetail } from './draw/build.js';
export type { DrawnNetwork, DrawOptions } from './draw/draw.js';
export { drawNetwork } from './draw/draw-network.js';
export type {
  DrawnBlock,
  DrawnCosts,
  DrawnEdge,
  DrawnExtent,
  DrawnLayer,
  DrawnLevel,
  LayerKind,
  NetworkDrawing,
  SizeAlias,
  SkipJoin,
} from './draw/drawing.js';
export type { DrawColor } from './draw/heat.js';
export type { ProfileTrace } from './draw/profile.js';
export type { DrawStyle } from './draw/scene.js';
export type { DrawTheme } from './draw/theme.js';
export type { LayerExplanations, Unexplained } from './explain/explain.js';
export { type ExplainOptions, explainByHand, explainModel } from './explain/explain-model.js';
export type {
  AxisSteps,
  ConvTransposeAxisExplanation,
  ConvTransposeExample,
  ConvTransposeExplanation,
  ExampleArray,
  Formula,
  Framework,
  FrameworkForm,
  InputField,
  InputFieldAxis,
  LayerExplanation,
  MaxUnpoolAxisExplanation,
  MaxUnpoolExplanation,
  Multiplications,
  Overlap,
  Phase,
  ResizeAxisExplanation,
  ResizeExplanation,
  ResizeSample,
  Size,
  Subconvolution,
  WindowAxisExplanation,
  WindowExplanation,
} from './explain/explanation.js';
export { type HandLayer, HandLayerError } from './explain/frameworks/form.js';
export type { Inference, InferOptions } from './infer/infer.js';
export type { Constraint } from './ir/constraint.js';
export { type Bindings, type Dim, formatDim, type Range, Sym, substitute, symbol, symbolsOf } from './ir/dim.js';
export type { ElementType } from './ir/element-type.js';
export { type Attribute, type Constant, type Graph, type Model, type Node, Value, type ValueType } from './ir/graph.js';
export { formatShape, type Shape, type TensorType } from './ir/shape.js';
export type { Tensor as DenseTensor, TensorData } from './ir/tensor.js';
export { type ExternalFiles, externalFilesFrom } from './onnx/external-data.js';
export type { ModelProtoLike } from './onnx/proto.js';
export { type ReadOptions, type ReadResult, readModel } from './onnx/read.js';
export { readTensorProto } from './onnx/tensor-proto.js';
export { modelBytes } from './onnx/write.js';
export { default } from './onnxruntime.js';
export type { ConvTransposeAxis, ConvTransposeGeometry } from './ops/convolution/conv-transpose-geometry.js';
export {
  type DilatePadConvolve,
  dilatePadConvolve,
  executeDilatePadConvolve,
  formatDilatePadConvolve,
} from './ops/convolution/dilate-pad-convolve.js';
export type { Operator } from './ops/operator.js';
export type { ReferenceSchedule, ScheduledNode } from './plan/reference-schedule.js';
export * from './runtime/common/api.js';
export { listSupportedBackends } from './runtime/common/backends.js';
export { type ModelSource, type OpenedModel, type OpenOptions, openModel } from './runtime/open.js';
export type { ExecuteOptions, Execution } from './runtime/reference-executor.js';
export type { RunOptions, RunResult } from './runtime/run.js';
export type {
  ExternalData,
  ExternalDataFile,
  ExternalFileSource,
  Feeds,
  Fetches,
  RunReport,
  SessionNote,
  SessionOptions,
  SessionRunOptions,
} from './runtime/session-options.js';
export {
  check,
  compile,
  execute,
  extract,
  findDecoder,
  infer,
  operators,
  runModel,
  splitModel,
} from './runtime/stages.js';
export type { TensorLike } from './runtime/tensor/dense.js';
export { float16FromNumbers, float16ToNumbers } from './runtime/tensor/float16.js';
export type { Trace, TraceEvent } from './runtime/trace.js';
export { type WriteModelOptions, type WrittenFiles, writeModel } from './runtime/write.js';
export type { LegalSizes, SymbolSizes } from './solve/legal-sizes.js';
export type {
  CrossingValue,
  DecoderCandidate,
  DecoderFindings,
  NetworkKind,
} from './split/decoders/findings.js';
export type { Join, Joint, ModelSplit, SplitOptions } from './split/decoders/split.js';
export type { ExtractOptions } from './split/extract.js';
