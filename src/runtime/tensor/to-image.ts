/** Tensors as pictures, the first of a batch. The numbers are those of onnxruntime-common where it makes a picture. */
import { channelOrder, channelPlace, checkLayout, normalization } from './channels.js';
import type { TensorToDataUrlOptions, TensorToImageDataOptions } from './factory-types.js';
import { float16ToNumbers } from './float16.js';
import type { Tensor } from './tensor.js';

/** @throws RangeError for a tensor that is no picture of the format */
export function tensorToImageData(tensor: Tensor, options: TensorToImageDataOptions = {}): ImageData {
  const { dims, type } = tensor;
  const { tensorLayout, format } = options;
  checkLayout(tensorLayout);
  const [, second, third, fourth] = dims;
  const [channels, height, width] = tensorLayout === 'NHWC' ? [fourth, second, third] : [second, third, fourth];
  if (dims.length !== 4 || !width || !height || !channels || channels === 2 || channels > 4)
    throw new RangeError(
      `a tensor of shape [${dims.join(', ')}] is no picture: it has to be ${tensorLayout ?? 'NCHW'} with 1, 3 or 4 channels`,
    );
  const order = channels === 1 ? [0] : channelOrder(format ?? (channels === 4 ? 'RGBA' : 'RGB'));
  if (order.length > channels)
    throw new RangeError(`the format ${format} has ${order.length} channels, and the tensor ${channels}`);
  const { mean, bias } = normalization(options);
  const values = type === 'float16' ? float16ToNumbers(tensor.data as Uint16Array) : (tensor.data as Float32Array);
  const image = newImage(width, height);
  const pixels = width * height;
  for (let at = 3; at < image.data.length; at += 4) image.data[at] = 255;
  order.forEach((sample, channel) => {
    const { start, step } = channelPlace(tensorLayout, channel, channels, pixels);
    for (let pixel = 0, from = start; pixel < pixels; pixel++, from += step)
      image.data[pixel * 4 + sample] = (Number(values[from]) - bias[sample]!) * mean[sample]!;
  });
  if (channels === 1)
    for (let at = 0; at < image.data.length; at += 4) image.data[at + 1] = image.data[at + 2] = image.data[at]!;
  return image;
}

/** @throws Error where there is no document, whose canvas writes the PNG */
export function tensorToDataURL(tensor: Tensor, options?: TensorToDataUrlOptions): string {
  if (typeof document !== 'object')
    throw new Error('toDataURL needs the canvas of a page: elsewhere take toImageData, and a library that writes PNG');
  const image = tensorToImageData(tensor, options);
  const canvas = Object.assign(document.createElement('canvas'), { width: image.width, height: image.height });
  canvas.getContext('2d')?.putImageData(image, 0, 0);
  return canvas.toDataURL();
}

function newImage(width: number, height: number): ImageData {
  const data = new Uint8ClampedArray(width * height * 4);
  // What decoders of pictures define in Node makes no pixels of its own.
  if (typeof ImageData === 'function') return new ImageData(data, width, height);
  return { width, height, data, colorSpace: 'srgb' } as ImageData;
}
