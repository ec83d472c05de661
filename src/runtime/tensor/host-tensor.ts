/**
 * The tensor of the public API: constructed, read and disposed of as that of onnxruntime-common 1.30, with ONNX's newer
 * element types besides. Inside, the engine has a plain one (ir/tensor.ts).
 */
import { elementCount } from '../../ir/element-count.js';
import type { TensorData } from '../../ir/tensor.js';
import { checkDims, checkSize, elementsFor, isHeldType, typeOf } from './elements.js';
import type {
  GpuBufferConstructorParameters,
  MLTensorConstructorParameters,
  TensorFromUrlOptions,
  TensorToDataUrlOptions,
  TensorToImageDataOptions,
  TextureConstructorParameters,
} from './factory-types.js';
import { showFloat16 } from './float16.js';
import { describeTensor } from './inspect.js';
import type { Tensor as TensorType } from './tensor.js';
import { tensorToDataURL, tensorToImageData } from './to-image.js';

type ResourceParameters = TextureConstructorParameters | GpuBufferConstructorParameters | MLTensorConstructorParameters;

/** The member that each kind of resource is given as, and read from. */
const resourceNames = { texture: 'texture', 'gpu-buffer': 'gpuBuffer', 'ml-tensor': 'mlTensor' } as const;

/**
 * What it holds is in properties of its own, those of onnxruntime-common's class, because programs send tensors to workers:
 * the clone that arrives has properties, and neither getters nor methods.
 */
export class HostTensor {
  cpuData: TensorType.DataType | undefined;
  private dataLocation: TensorType.DataLocation;
  readonly type: TensorType.Type;
  readonly dims: readonly number[];
  readonly size: number;
  // Without `declare` every tensor had them.
  declare private resource?: unknown;
  declare private downloader?: (() => Promise<TensorType.DataType>) | undefined;
  declare private disposer?: (() => void) | undefined;

  static {
    // Also where names are shortened.
    Object.defineProperty(HostTensor, 'name', { value: 'Tensor' });
  }

  constructor(...[first, second, third]: readonly unknown[]) {
    const isPlaced = typeof first === 'object' && first !== null && 'location' in first;
    const placed = (isPlaced ? first : {}) as Partial<Record<'location' | 'type' | 'data' | 'dims', unknown>>;
    const isTyped = typeof first === 'string';
    const data = isPlaced ? placed.data : isTyped ? second : first;
    const type: unknown = isPlaced ? placed.type : isTyped ? first : typeOf(first);
    if (!isHeldType(type)) throw new TypeError(`there are no tensors of type '${String(type)}'`);
    this.cpuData = undefined;
    this.dataLocation = 'cpu';
    this.type = type;
    const given = isPlaced ? placed.dims : isTyped ? third : second;
    if (given !== undefined) checkDims(given);
    if (isPlaced && placed.location !== 'cpu-pinned') {
      checkDims(given);
      this.dims = given;
      this.size = elementCount(given);
      this.place(first as ResourceParameters);
      return;
    }
    if (isPlaced) this.dataLocation = 'cpu-pinned';
    const elements = elementsFor(type, data, given && elementCount(given));
    const dims = given ?? [elements.length];
    checkSize(type, dims, elements.length);
    this.cpuData = shown(type, elements);
    this.dims = dims;
    this.size = elements.length;
  }

  /** Takes the resource of a GPU. */
  private place(parameters: ResourceParameters): void {
    const { location, download, dispose } = parameters;
    const name = Object.hasOwn(resourceNames, location) ? resourceNames[location] : undefined;
    const resource = name && (parameters as unknown as Record<string, unknown>)[name];
    if (name === undefined) throw new TypeError(`there are no tensors at '${String(location)}'`);
    if (resource === undefined || resource === null) throw new TypeError(`a tensor at '${location}' needs '${name}'`);
    this.dataLocation = location;
    this.resource = resource;
    this.downloader = download;
    this.disposer = dispose;
  }

  get data(): TensorType.DataType {
    this.checkThere();
    if (this.cpuData === undefined)
      throw new Error(`the data is at '${this.dataLocation}': get it with getData(), which downloads it`);
    return this.cpuData;
  }

  get location(): TensorType.DataLocation {
    return this.dataLocation;
  }

  get texture(): TensorType.TextureType {
    return this.resourceAt('texture') as TensorType.TextureType;
  }

  get gpuBuffer(): TensorType.GpuBufferType {
    return this.resourceAt('gpu-buffer') as TensorType.GpuBufferType;
  }

  get mlTensor(): TensorType.MLTensorType {
    return this.resourceAt('ml-tensor') as TensorType.MLTensorType;
  }

  private resourceAt(location: TensorType.DataLocation): unknown {
    this.checkThere();
    if (this.dataLocation !== location) throw new Error(`the data is at '${this.dataLocation}', not at '${location}'`);
    return this.resource;
  }

  async getData(releaseData?: boolean): Promise<TensorType.DataType> {
    this.checkThere();
    if (this.cpuData !== undefined) return this.cpuData;
    const { downloader } = this;
    if (downloader === undefined)
      throw new Error(`the tensor at '${this.dataLocation}' was made without 'download', so its data cannot be had`);
    const data = await downloader();
    // It may have been disposed of, or downloaded by another call, meanwhile.
    this.checkThere();
    this.cpuData ??= data;
    this.dataLocation = 'cpu';
    this.downloader = undefined;
    if (releaseData === true) this.releaseResource();
    return this.cpuData;
  }

  reshape(dims: readonly number[]): TensorType {
    this.checkThere();
    if (this.resource !== undefined && this.cpuData === undefined)
      throw new Error(`a tensor at '${this.dataLocation}' cannot be reshaped: get its data first, with getData()`);
    const { type, data, dataLocation: location } = this;
    return new HostTensor(...(location === 'cpu' ? [type, data, dims] : [{ location, type, data, dims }]));
  }

  dispose(): void {
    this.releaseResource();
    this.cpuData = undefined;
    this.dataLocation = 'none';
  }

  private releaseResource(): void {
    this.disposer?.();
    if (this.resource === undefined) return;
    this.resource = undefined;
    this.disposer = undefined;
    this.downloader = undefined;
  }

  toImageData(options?: TensorToImageDataOptions): ImageData {
    return tensorToImageData(this, options);
  }

  toDataURL(options?: TensorToDataUrlOptions): string {
    return tensorToDataURL(this, options);
  }

  private checkThere(): void {
    if (this.dataLocation === 'none') throw new Error('the tensor is disposed of: its data is gone');
  }

  /** What Node's console prints. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return describeTensor(this.type, this.dims, this.dataLocation, this.cpuData);
  }

  static async fromImage(image: unknown, options?: TensorFromUrlOptions): Promise<TensorType> {
    const { tensorFromImage } = await import('./from-image.js');
    const { type, data, dims } = await tensorFromImage(image, options);
    return new HostTensor(type, data, dims);
  }

  static fromTexture(texture: unknown, options: { width: number; height: number }): TensorType {
    const { width, height } = options;
    return placedAt('texture', texture, { ...options, dims: [1, height, width, 4] });
  }

  static fromGpuBuffer(gpuBuffer: unknown, options: { dims: readonly number[] }): TensorType {
    return placedAt('gpu-buffer', gpuBuffer, options);
  }

  static fromMLTensor(mlTensor: unknown, options: { dims: readonly number[] }): TensorType {
    return placedAt('ml-tensor', mlTensor, options);
  }

  static fromPinnedBuffer(type: TensorType.Type, data: TensorType.DataType, dims?: readonly number[]): TensorType {
    return new HostTensor({ location: 'cpu-pinned', type, data, dims: dims ?? [data.length] });
  }
}

function placedAt(
  location: keyof typeof resourceNames,
  resource: unknown,
  options: { readonly dims: readonly number[]; readonly dataType?: string; download?: unknown; dispose?: unknown },
): TensorType {
  const { dims, dataType: type = 'float32', download, dispose } = options;
  return new HostTensor({ location, [resourceNames[location]]: resource, type, dims, download, dispose });
}

/** As `data` shows elements. */
function shown(type: TensorType.Type, elements: TensorData): TensorType.DataType {
  return type === 'float16' ? showFloat16(elements as Uint16Array) : (elements as TensorType.DataType);
}
