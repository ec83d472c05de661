/** ONNX: pads are the beginnings of all axes, then their ends (Operators.md, ConvTranspose). */
import { type HandLayer, HandLayerError, type WriteForm } from './form.js';

export const writeOnnx: WriteForm = ({ axes, group }) => {
  const list = (values: readonly number[]) => `[${values.join(', ')}]`;
  const unless = (name: string, values: readonly number[], usual: number) =>
    values.every((value) => value === usual) ? [] : [`${name} = ${list(values)}`];
  const attributes = [
    `kernel_shape = ${list(axes.map(({ kernel }) => kernel))}`,
    ...unless(
      'strides',
      axes.map(({ stride }) => stride),
      1,
    ),
    ...unless('pads', [...axes.map(({ padBegin }) => padBegin), ...axes.map(({ padEnd }) => padEnd)], 0),
    ...unless(
      'output_padding',
      axes.map(({ tail }) => tail),
      0,
    ),
    ...unless(
      'dilations',
      axes.map(({ dilation }) => dilation),
      1,
    ),
    ...(group === 1 ? [] : [`group = ${group}`]),
  ];
  const isLarge = axes.some(({ tail, stride, dilation }) => tail > 0 && tail >= Math.max(stride, dilation));
  return {
    code: `ConvTranspose <${attributes.join(', ')}>`,
    note: isLarge
      ? 'runtimes refuse an output_padding of the stride or more (US1401): a Pad after the layer adds it'
      : null,
  };
};

const autoPads = ['NOTSET', 'SAME_UPPER', 'SAME_LOWER', 'VALID'] as const;

export interface OnnxPadding {
  readonly autoPad: (typeof autoPads)[number];
  readonly pads: number[] | undefined;
  readonly outputPadding: number[] | undefined;
  readonly outputShape: number[] | undefined;
}

/** @throws HandLayerError for a word that auto_pad does not take, or another number of pads */
export function readOnnx({ paddingWord, padding, outputPadding, outputShape, kernel }: HandLayer): OnnxPadding {
  const autoPad = autoPads.find((word) => word === (paddingWord ?? 'NOTSET').toUpperCase());
  if (autoPad === undefined)
    throw new HandLayerError(
      `'${paddingWord}' is no value of auto_pad`,
      `it is one of ${autoPads.join(', ')}; --framework keras has same and valid`,
    );
  if (autoPad !== 'NOTSET' && padding !== undefined)
    throw new HandLayerError(`auto_pad ${autoPad} decides the padding, and --padding is given, too`, 'leave one out');
  return {
    autoPad,
    pads: padding && bothEnds(padding, kernel.length),
    outputPadding: outputPadding && [...outputPadding],
    outputShape: outputShape && [...outputShape],
  };
}

function bothEnds(padding: readonly number[], rank: number): number[] {
  if (padding.length === 2 * rank) return [...padding];
  if (padding.length === rank) return [...padding, ...padding];
  throw new HandLayerError(
    `--padding has ${padding.length} numbers for ${rank} ${rank === 1 ? 'axis' : 'axes'}`,
    `give one for each axis, or ${2 * rank}: the beginnings of all axes, then their ends`,
  );
}
