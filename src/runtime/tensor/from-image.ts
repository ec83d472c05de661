/** Tensors of what browsers have for pictures. The numbers are those of onnxruntime-common where it makes any. */
import { resizePicture } from '../../pictures/transform.js';
import { channelOrder, channelPlace, checkLayout, normalization } from './channels.js';
import type { TensorFromUrlOptions } from './factory-types.js';

interface Pixels {
  readonly width: number;
  readonly height: number;
  /** Red, green, blue and alpha of each pixel. */
  readonly data: ArrayLike<number>;
}

export interface PictureTensor {
  readonly type: 'float32' | 'uint8';
  readonly data: Float32Array | Uint8Array;
  readonly dims: readonly number[];
}

/**
 * [1, channels, height, width], or [1, height, width, channels] with `tensorLayout: 'NHWC'`.
 * @throws TypeError for what is no picture, Error for one that cannot be read here
 */
export async function tensorFromImage(image: unknown, options: TensorFromUrlOptions = {}): Promise<PictureTensor> {
  const { tensorLayout, dataType = 'float32' } = options;
  checkLayout(tensorLayout);
  if (dataType !== 'float32' && dataType !== 'uint8')
    throw new RangeError(`the dataType is '${String(dataType)}', and has to be float32 or uint8`);
  const order = channelOrder(options.tensorFormat ?? (isElement(image) ? 'RGBA' : 'RGB'));
  const { width, height, data } = resize(await pixelsOf(image), options);
  const { mean, bias } = normalization(options);
  const out = dataType === 'uint8' ? new Uint8ClampedArray(order.length * width * height) : undefined;
  const elements = out ?? new Float32Array(order.length * width * height);
  order.forEach((sample, channel) => {
    const { start, step } = channelPlace(tensorLayout, channel, order.length, width * height);
    const [divisor, offset] = [mean[sample]!, bias[sample]!];
    for (let pixel = 0, to = start; pixel < width * height; pixel++, to += step)
      elements[to] = (data[pixel * 4 + sample]! + offset) / divisor;
  });
  const dims = tensorLayout === 'NHWC' ? [1, height, width, order.length] : [1, order.length, height, width];
  return { type: dataType, dims, data: out === undefined ? (elements as Float32Array) : new Uint8Array(out.buffer) };
}

function isElement(image: unknown): image is HTMLImageElement {
  return typeof HTMLImageElement === 'function' && image instanceof HTMLImageElement;
}

async function pixelsOf(image: unknown): Promise<Pixels> {
  if (typeof image === 'string') return readAddress(image);
  if (isElement(image)) return drawn(image);
  if (typeof ImageBitmap === 'function' && image instanceof ImageBitmap) return drawn(image);
  if (typeof image === 'object' && image !== null && 'data' in image && 'width' in image && 'height' in image) {
    const { data, width, height } = image as Pixels;
    if (typeof data?.length === 'number' && data.length === width * height * 4) return { data, width, height };
  }
  throw new TypeError(
    'the picture has to be an ImageData, an HTMLImageElement, an ImageBitmap, or an address as a string',
  );
}

async function readAddress(address: string): Promise<Pixels> {
  if (typeof document === 'object') {
    const element = new Image();
    // Else pixels of other origins cannot be read, even where their server allows it.
    element.crossOrigin = 'anonymous';
    element.src = address;
    await element.decode().catch((cause: unknown) => {
      throw new Error(`the picture '${address.slice(0, 200)}' cannot be loaded`, { cause });
    });
    return drawn(element);
  }
  if (typeof createImageBitmap !== 'function')
    throw new Error(
      'only browsers read pictures at an address: decode it with a library, and give { data, width, height } with RGBA in 8 bits',
    );
  const response = await fetch(address);
  if (!response.ok) throw new Error(`the picture '${address.slice(0, 200)}' cannot be loaded: ${response.status}`);
  return drawn(await createImageBitmap(await response.blob()));
}

/** By a canvas, which is how browsers give pixels away. */
function drawn(image: HTMLImageElement | ImageBitmap): Pixels {
  const { width, height } = image;
  if (width === 0 || height === 0) throw new Error('the picture has no pixels: is it loaded?');
  const canvas =
    typeof document === 'object'
      ? Object.assign(document.createElement('canvas'), { width, height })
      : new OffscreenCanvas(width, height);
  const context = canvas.getContext('2d', { willReadFrequently: true }) as CanvasRenderingContext2D | null;
  if (context === null) throw new Error('there is no canvas to draw the picture on');
  context.drawImage(image, 0, 0, width, height);
  return context.getImageData(0, 0, width, height);
}

function resize(pixels: Pixels, { resizedHeight, resizedWidth }: TensorFromUrlOptions): Pixels {
  const [width, height] = [resizedWidth ?? pixels.width, resizedHeight ?? pixels.height];
  if (width === pixels.width && height === pixels.height) return pixels;
  for (const size of [width, height])
    if (!Number.isSafeInteger(size) || size < 1)
      throw new RangeError(`a picture cannot be resized to ${width} × ${height}`);
  return resizePicture({ ...pixels, channels: 4, data: Uint8Array.from(pixels.data) }, width, height);
}
