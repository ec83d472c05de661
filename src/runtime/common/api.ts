/** The API of onnxruntime-common 1.30, name by name. */

export type { InferenceSessionFactory } from '../inference-session.js';
export type {
  ConversionUtils,
  CpuPinnedConstructorParameters,
  GpuBufferConstructorParameters,
  ImageFormat,
  ImageTensorLayout,
  MLTensorConstructorParameters,
  OptionResizedDimensions,
  OptionsDimensions,
  OptionsFormat,
  OptionsNormalizationParameters,
  OptionsTensorDataType,
  OptionsTensorFormat,
  OptionsTensorLayout,
  TensorFactory,
  TensorFromGpuBufferOptions,
  TensorFromImageBitmapOptions,
  TensorFromImageDataOptions,
  TensorFromImageElementOptions,
  TensorFromMLTensorOptions,
  TensorFromTextureOptions,
  TensorFromUrlOptions,
  TensorToDataUrlOptions,
  TensorToImageDataOptions,
  TextureConstructorParameters,
} from '../tensor/factory-types.js';
export { Tensor, type TensorConstructor, type TypedTensor } from '../tensor/tensor.js';
export type { Backend, InferenceSessionHandler, SessionHandler } from './backends.js';
export type { Env } from './env.js';
export * from './front.js';
export type {
  ExternalDataFileDescription,
  ExternalDataFileType,
  FileBlob,
  FileData,
  FileType,
  FileUrlOrPath,
  OnnxModelOptions,
} from './model-types.js';
export type { NonTensorType, OnnxValue, OnnxValueDataLocation } from './value-types.js';
