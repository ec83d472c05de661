/** Options of the tensor's factories and conversions, under the names of onnxruntime-common 1.30. */
import type { Tensor, TypedTensor } from './tensor.js';

export type ImageFormat = 'RGB' | 'RGBA' | 'BGR' | 'RBG';
export type ImageTensorLayout = 'NHWC' | 'NCHW';

interface CommonConstructorParameters<T> {
  readonly type: T;
  readonly dims: readonly number[];
}

interface GpuResourceConstructorParameters<T extends Tensor.Type> {
  /** Gets the data for `getData`; without it the tensor only carries the resource. */
  download?(): Promise<Tensor.DataTypeMap[T]>;
  /** Called by the tensor's `dispose`. */
  dispose?(): void;
}

export interface CpuPinnedConstructorParameters<T extends Tensor.CpuPinnedDataTypes = Tensor.CpuPinnedDataTypes>
  extends CommonConstructorParameters<T> {
  readonly location: 'cpu-pinned';
  readonly data: Tensor.DataTypeMap[T];
}

export interface TextureConstructorParameters<T extends Tensor.TextureDataTypes = Tensor.TextureDataTypes>
  extends CommonConstructorParameters<T>,
    GpuResourceConstructorParameters<T> {
  readonly location: 'texture';
  readonly texture: Tensor.TextureType;
}

export interface GpuBufferConstructorParameters<T extends Tensor.GpuBufferDataTypes = Tensor.GpuBufferDataTypes>
  extends CommonConstructorParameters<T>,
    GpuResourceConstructorParameters<T> {
  readonly location: 'gpu-buffer';
  readonly gpuBuffer: Tensor.GpuBufferType;
}

export interface MLTensorConstructorParameters<T extends Tensor.MLTensorDataTypes = Tensor.MLTensorDataTypes>
  extends CommonConstructorParameters<T>,
    GpuResourceConstructorParameters<T> {
  readonly location: 'ml-tensor';
  readonly mlTensor: Tensor.MLTensorType;
}

export interface OptionsFormat {
  /** Which channels the tensor has, in their order: `RGB` by default. */
  format?: ImageFormat;
}

export interface OptionsTensorFormat {
  /** Which channels of the picture the tensor gets, in their order: `RGB` by default, `RGBA` of an HTMLImageElement. */
  tensorFormat?: ImageFormat;
}

export interface OptionsTensorDataType {
  /** `float32` by default; `uint8` rounds, and keeps to 0 to 255. */
  dataType?: 'float32' | 'uint8';
}

export interface OptionsTensorLayout {
  /** `NCHW` by default. */
  tensorLayout?: ImageTensorLayout;
}

export interface OptionsDimensions {
  /** Rows of pixels. */
  height?: number;
  /** Pixels of a row. */
  width?: number;
}

export interface OptionResizedDimensions {
  /** Rows that the picture is resized to; those that it has by default. */
  resizedHeight?: number;
  /** Pixels of a row after resizing. */
  resizedWidth?: number;
}

export interface OptionsNormalizationParameters {
  /**
   * What is done to samples of 0 to 255, for all channels or for each of red, green, blue and alpha: `fromImage` computes
   * (sample + bias) / mean, `toImageData` and `toDataURL` (element - bias) * mean. `mean` is 255 and `bias` 0 by default.
   */
  norm?: {
    bias?: number | [number, number, number] | [number, number, number, number];
    mean?: number | [number, number, number] | [number, number, number, number];
  };
}

export interface TensorFromImageDataOptions
  extends OptionResizedDimensions,
    OptionsTensorFormat,
    OptionsTensorLayout,
    OptionsTensorDataType,
    OptionsNormalizationParameters {}

export interface TensorFromImageElementOptions extends TensorFromImageDataOptions {}

export interface TensorFromImageBitmapOptions extends TensorFromImageDataOptions {}

export interface TensorFromUrlOptions extends OptionsDimensions, TensorFromImageDataOptions {}

export interface TensorFromTextureOptions<T extends Tensor.TextureDataTypes>
  extends Required<OptionsDimensions>,
    OptionsFormat,
    GpuResourceConstructorParameters<T> {}

export interface TensorFromGpuBufferOptions<T extends Tensor.GpuBufferDataTypes>
  extends GpuResourceConstructorParameters<T> {
  readonly dims: readonly number[];
  /** `float32` by default. */
  dataType?: T;
}

export interface TensorFromMLTensorOptions<T extends Tensor.MLTensorDataTypes>
  extends GpuResourceConstructorParameters<T> {
  readonly dims: readonly number[];
  /** `float32` by default. */
  dataType?: T;
}

/** Tensors of pictures, [1, channels, height, width] or [1, height, width, channels], and of memory elsewhere. */
export interface TensorFactory {
  /** Any object with the members of an ImageData will do, as those of packages for Node. */
  fromImage(
    imageData: ImageData,
    options?: TensorFromImageDataOptions,
  ): Promise<TypedTensor<'float32'> | TypedTensor<'uint8'>>;
  fromImage(
    imageElement: HTMLImageElement,
    options?: TensorFromImageElementOptions,
  ): Promise<TypedTensor<'float32'> | TypedTensor<'uint8'>>;
  /** The address of a picture that the browser reads; data: URLs too. */
  fromImage(urlSource: string, options?: TensorFromUrlOptions): Promise<TypedTensor<'float32'> | TypedTensor<'uint8'>>;
  fromImage(
    bitmap: ImageBitmap,
    options?: TensorFromImageBitmapOptions,
  ): Promise<TypedTensor<'float32'> | TypedTensor<'uint8'>>;
  /** A tensor that carries a texture; its data is what `download` gives. */
  fromTexture<T extends Tensor.TextureDataTypes = 'float32'>(
    texture: Tensor.TextureType,
    options: TensorFromTextureOptions<T>,
  ): TypedTensor<'float32'>;
  /** A tensor that carries a buffer of a GPU; its data is what `download` gives. */
  fromGpuBuffer<T extends Tensor.GpuBufferDataTypes>(
    buffer: Tensor.GpuBufferType,
    options: TensorFromGpuBufferOptions<T>,
  ): TypedTensor<T>;
  /** A tensor that carries one of WebNN; its data is what `download` gives. */
  fromMLTensor<T extends Tensor.MLTensorDataTypes>(
    tensor: Tensor.MLTensorType,
    options: TensorFromMLTensorOptions<T>,
  ): TypedTensor<T>;
  /** The same as the constructor, with the location `cpu-pinned`. */
  fromPinnedBuffer<T extends Exclude<Tensor.Type, 'string'>>(
    type: T,
    buffer: Tensor.DataTypeMap[T],
    dims?: readonly number[],
  ): TypedTensor<T>;
}

export interface TensorToDataUrlOptions extends OptionsTensorLayout, OptionsFormat, OptionsNormalizationParameters {}

export interface TensorToImageDataOptions extends OptionsTensorLayout, OptionsFormat, OptionsNormalizationParameters {}

export interface ConversionUtils {
  /**
   * The first picture of the batch as a PNG; one channel is shown as gray.
   * @throws Error where there is no canvas in a document
   */
  toDataURL(options?: TensorToDataUrlOptions): string;
  /** The first picture of the batch; an object with the members of an ImageData where the engine has no such class. */
  toImageData(options?: TensorToImageDataOptions): ImageData;
}
