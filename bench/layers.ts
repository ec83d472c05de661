/** Layers of the networks that unstride exists for. */
import type { Layer } from './cases.js';
import { noise } from './noise.js';

export const layers: readonly Layer[] = [
  { op: 'Conv', from: 64, to: 64, kernel: 3, pad: 1, size: 256 },
  { op: 'Conv', from: 128, to: 128, kernel: 3, pad: 1, size: 128 },
  { op: 'Conv', from: 256, to: 256, kernel: 3, pad: 1, size: 64 },
  { op: 'Conv', from: 512, to: 512, kernel: 3, pad: 1, size: 32 },
  { op: 'Conv', from: 256, to: 64, kernel: 1, size: 56 },
  { op: 'Conv', from: 3, to: 64, kernel: 7, stride: 2, pad: 3, size: 224 },
  { op: 'ConvTranspose', from: 512, to: 256, kernel: 2, stride: 2, size: 32 },
  { op: 'ConvTranspose', from: 128, to: 64, kernel: 2, stride: 2, size: 128 },
  { op: 'ConvTranspose', from: 1024, to: 512, kernel: 4, stride: 2, pad: 1, size: 4 },
  { op: 'ConvTranspose', from: 512, to: 256, kernel: 4, stride: 2, pad: 1, size: 8 },
  { op: 'ConvTranspose', from: 256, to: 128, kernel: 4, stride: 2, pad: 1, size: 16 },
  { op: 'ConvTranspose', from: 128, to: 3, kernel: 4, stride: 2, pad: 1, size: 32 },
  { op: 'ConvTranspose', from: 64, to: 32, kernel: 3, stride: 2, pad: 1, outputPadding: 1, size: 64 },
  { op: 'ConvTranspose', from: 21, to: 21, kernel: 16, stride: 8, size: 34 },
  { op: 'ConvTranspose', from: 21, to: 21, kernel: 64, stride: 32, size: 10 },
  { op: 'ConvTranspose', from: 128, to: 128, kernel: 3, pad: 1, size: 64 },
];

/** More, which only single kernels are measured on. */
export const moreLayers: readonly Layer[] = [
  { op: 'Conv', from: 3, to: 64, kernel: 3, pad: 1, size: 256 },
  { op: 'Conv', from: 64, to: 128, kernel: 4, stride: 2, pad: 1, size: 64 },
  { op: 'Conv', from: 64, to: 1, kernel: 1, size: 256 },
  { op: 'Conv', from: 64, to: 2, kernel: 1, size: 256 },
  { op: 'Conv', from: 64, to: 3, kernel: 7, pad: 3, size: 128 },
];

/** Products of one row and of four: nothing but reading weights. */
export const weightBound: readonly Layer[] = [
  { op: 'Conv', from: 4096, to: 4096, kernel: 1, size: 1 },
  { op: 'Conv', from: 4096, to: 4096, kernel: 1, size: 2 },
];

export function layerName({ op, from, to, kernel, stride = 1, pad = 0, outputPadding = 0, size }: Layer): string {
  const attributes = [`k${kernel}`, ...(stride > 1 ? [`s${stride}`] : []), ...(pad > 0 ? [`p${pad}`] : [])];
  if (outputPadding > 0) attributes.push(`a${outputPadding}`);
  return `${op} ${from}→${to} ${attributes.join(' ')} @${size}²`;
}

export function outputSize({ op, kernel, stride = 1, pad = 0, outputPadding = 0, size }: Layer): number {
  return op === 'Conv'
    ? Math.floor((size + 2 * pad - kernel) / stride) + 1
    : (size - 1) * stride - 2 * pad + kernel + outputPadding;
}

/** A multiplication and an addition for each use of a weight. */
export function operationsOf(layer: Layer): number {
  const { op, from, to, kernel, size } = layer;
  return 2 * from * to * kernel ** 2 * (op === 'Conv' ? outputSize(layer) : size) ** 2;
}

/** ONNX order: Conv [to, from, k, k], ConvTranspose [from, to, k, k]. */
export function layerWeights({ from, to, kernel }: Layer): Float32Array {
  return noise(from * to * kernel * kernel, 1);
}

export function layerBias({ to }: Layer): Float32Array {
  return noise(to, 2);
}
