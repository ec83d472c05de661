/**
 * WebNN: MLGraphBuilder.convTranspose2d, which has two spatial axes. padding is [top, bottom, left, right]; outputPadding has
 * to be smaller than the stride; outputSizes choose it (Web Neural Network API, convTranspose2d). There is no autoPad since
 * 2024.
 */
import { type FormAxis, type HandLayer, HandLayerError, type WriteForm } from './form.js';

/** What has no extent. */
const flat: FormAxis = { kernel: 1, stride: 1, dilation: 1, padBegin: 0, padEnd: 0, tail: 0 };

export const writeWebnn: WriteForm = ({ axes, group }) => {
  if (axes.length > 2) return { code: null, note: 'WebNN has convTranspose2d alone' };
  const settled = axes.map((axis) => {
    const both = Math.min(axis.padEnd, axis.tail);
    return axis.tail < axis.stride ? axis : { ...axis, padEnd: axis.padEnd - both, tail: axis.tail - both };
  });
  if (settled.some(({ tail, stride }) => tail > 0 && tail >= stride))
    return { code: null, note: 'outputPadding has to be smaller than the stride: pad() after the layer adds more' };
  const both = axes.length === 1 ? [flat, ...settled] : settled;
  const list = (values: readonly number[]) => `[${values.join(', ')}]`;
  const unless = (name: string, values: readonly number[], usual: number) =>
    values.every((value) => value === usual) ? [] : [`${name}: ${list(values)}`];
  const options = [
    ...unless(
      'padding',
      both.flatMap(({ padBegin, padEnd }) => [padBegin, padEnd]),
      0,
    ),
    ...unless(
      'strides',
      both.map(({ stride }) => stride),
      1,
    ),
    ...unless(
      'dilations',
      both.map(({ dilation }) => dilation),
      1,
    ),
    ...unless(
      'outputPadding',
      both.map(({ tail }) => tail),
      0,
    ),
    ...(group === 1 ? [] : [`groups: ${group}`]),
  ];
  return {
    code: `builder.convTranspose2d(input, filter${options.length === 0 ? '' : `, { ${options.join(', ')} }`})`,
    note: axes.length === 1 ? 'WebNN has two dimensions: input and filter are reshaped to a height of 1' : null,
  };
};

/** @throws HandLayerError for what WebNN's operator does not take */
export function readWebnn(layer: HandLayer): { readonly pads: number[]; readonly outputPadding: number[] } {
  const rank = layer.kernel.length;
  if (layer.paddingWord !== undefined)
    throw new HandLayerError('WebNN’s convTranspose2d takes no word for padding', 'give numbers: --padding 1');
  const given = layer.padding ?? new Array<number>(rank).fill(0);
  if (given.length !== rank && given.length !== 2 * rank)
    throw new HandLayerError(
      `--padding has ${given.length} numbers for ${rank} ${rank === 1 ? 'axis' : 'axes'}`,
      `give one for each axis, or ${2 * rank}: in WebNN's order, top, bottom, left, right`,
    );
  const ends = layer.kernel.map((_, i) =>
    given.length === rank ? [given[i] ?? 0, given[i] ?? 0] : [given[2 * i] ?? 0, given[2 * i + 1] ?? 0],
  );
  const outputPadding = layer.kernel.map((kernel, i) => {
    const [input, stride, dilation] = [layer.input[i] ?? 1, layer.stride[i] ?? 1, layer.dilation[i] ?? 1];
    const [begin = 0, end = 0] = ends[i] ?? [];
    const least = (input - 1) * stride + (kernel - 1) * dilation + 1 - begin - end;
    const size = layer.outputShape?.[i];
    if (size !== undefined && (size < least || size >= least + stride))
      throw new HandLayerError(
        `--output-shape ${size} is none that outputSizes takes`,
        `from ${least} to ${least + stride - 1}`,
      );
    const added = size === undefined ? (layer.outputPadding?.[i] ?? 0) : size - least;
    if (added > 0 && added >= stride)
      throw new HandLayerError(
        `--output-padding ${added} is too large for WebNN`,
        `it has to be smaller than the stride: at most ${stride - 1}`,
      );
    return added;
  });
  return { pads: [...ends.map(([begin = 0]) => begin), ...ends.map(([, end = 0]) => end)], outputPadding };
}
