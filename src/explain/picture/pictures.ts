/** The drawings of an explained layer. */
import type {
  ConvTransposeAxisExplanation,
  ConvTransposeExplanation,
  LayerExplanation,
  MaxUnpoolExplanation,
  ResizeExplanation,
  WindowExplanation,
} from '../explanation.js';
import type { LayerPicture, PictureOptions } from './document.js';
import { overlapPicture } from './overlap.js';
import { resizePicture } from './resize.js';
import { transposedConvolutionPictures } from './transposed.js';
import type { TransposedAxis } from './transposed-drawing.js';
import { unpoolPicture } from './unpool.js';
import { windowPictures } from './window.js';

/** What is drawn for a size that is open: any that is too large to be drawn whole, and divides by small strides. */
const openSize = 5040;

/**
 * All drawings of a layer; the one that says most comes last, `slide` of a convolution. Nothing for a layer whose padding
 * depends on open sizes.
 * @param options.name overrides the node's
 */
export function picturesOf(layer: LayerExplanation, options: PictureOptions = {}): LayerPicture[] {
  const named = { name: nameOf(layer), ...options };
  switch (layer.kind) {
    case 'ConvTranspose':
      return transposedPictures(layer, named);
    case 'Window':
      return slidPictures(layer, named);
    case 'Resize':
      return resizePictures(layer, named);
    case 'MaxUnpool':
      return unpoolPictures(layer, named);
  }
}

function nameOf({ node }: LayerExplanation): string | undefined {
  if (node === null) return undefined;
  return node.name === '' ? node.opType : `${node.name} (${node.opType})`;
}

function transposedPictures(layer: ConvTransposeExplanation, options: PictureOptions): LayerPicture[] {
  const axes = layer.axes.flatMap((axis) => transposedAxisOf(axis) ?? []);
  if (axes.length < layer.axes.length) return [];
  const values = layer.example && { input: layer.example.input.data, kernel: layer.example.kernel.data };
  const steps = transposedConvolutionPictures(axes, { ...options, values: values ?? undefined });
  const overlap = overlapPicture(axes, layer.overlap.text, options);
  return overlap === undefined ? steps : [...steps.slice(0, -1), overlap, ...steps.slice(-1)];
}

function transposedAxisOf(axis: ConvTransposeAxisExplanation): TransposedAxis | undefined {
  const sizes = { ...axis.steps, input: axis.input };
  if (axis.geometry !== null) return { geometry: axis.geometry, sizes };
  const { padBegin, padEnd, tail, kernel, stride, dilation, extent } = axis;
  if (typeof padBegin !== 'number' || typeof padEnd !== 'number' || typeof tail !== 'number') return undefined;
  const input = typeof axis.input === 'number' ? axis.input : openSize;
  const output = (input - 1) * stride + extent - padBegin - padEnd + tail;
  return { geometry: { input, kernel, stride, dilation, padBegin, padEnd, tail, output }, sizes };
}

function slidPictures(layer: WindowExplanation, options: PictureOptions): LayerPicture[] {
  const axes = layer.axes.flatMap((axis) => {
    const { input, output, kernel, stride, dilation, extent, padBegin, padEnd } = axis;
    if (axis.geometry !== null) return [{ geometry: axis.geometry, input, output }];
    if (padBegin === null || padEnd === null) return [];
    // As many as whole strides need: whether something is left over is not known.
    const count = Math.floor((openSize + padBegin + padEnd - extent) / stride);
    const drawn = count * stride + extent - padBegin - padEnd;
    const geometry = { input: drawn, output: count + 1, kernel, stride, dilation, padBegin, padEnd };
    return count < 1 ? [] : [{ geometry, input, output }];
  });
  return axes.length < layer.axes.length ? [] : windowPictures(layer.operator, axes, options);
}

function resizePictures(layer: ResizeExplanation, options: PictureOptions): LayerPicture[] {
  const axes = layer.axes.flatMap(({ input, output, samples, sampleInput, sampleOutput }) =>
    sampleInput === null || sampleOutput === null
      ? []
      : [{ input: sampleInput, output: sampleOutput, samples, sizes: { input, output } }],
  );
  if (axes.length === 0 || axes.length < layer.axes.length) return [];
  const { mode, coordinates, node } = layer;
  const picture = resizePicture({ operator: node?.opType ?? 'Resize', mode, coordinates }, axes, options);
  return picture === undefined ? [] : [picture];
}

function unpoolPictures(layer: MaxUnpoolExplanation, options: PictureOptions): LayerPicture[] {
  const axes = layer.axes.map((axis) => {
    const { kernel, stride, padBegin, padEnd, input, output } = axis;
    const sizes = { input, output };
    const pooled = typeof input === 'number' ? input : openSize;
    const natural = (pooled - 1) * stride + kernel - padBegin - padEnd;
    return {
      kernel,
      stride,
      padBegin,
      padEnd,
      input: pooled,
      output: typeof output === 'number' && typeof input === 'number' ? output : natural,
      sizes,
    };
  });
  return axes.length === 0 ? [] : [unpoolPicture(axes, options)];
}
