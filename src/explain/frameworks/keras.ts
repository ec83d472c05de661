/**
 * keras.layers.Conv1DTranspose to 3D: padding is a word, and output_padding has a meaning of its own beside it
 * (keras/src/backend/common/backend_utils.py). With e the extent of the kernel:
 *
 * - valid: the size is (in − 1)·stride + e + output_padding; without output_padding what is missing of max(e, stride) is
 *   added at the end.
 * - same: the size is in·stride; with output_padding it is (in − 1)·stride + e mod 2 + output_padding.
 */
import { alike, type FormAxis, type HandLayer, HandLayerError, netEnd, type WriteForm } from './form.js';

const words = ['valid', 'same'] as const;
type KerasPadding = (typeof words)[number];

interface Crop {
  readonly begin: number;
  /** Negative for elements that are added. */
  readonly end: number;
}

/** What is taken off at both ends. @param outputPadding undefined where it is None */
export function kerasCrop(
  { kernel, stride, dilation }: Pick<FormAxis, 'kernel' | 'stride' | 'dilation'>,
  padding: KerasPadding,
  outputPadding: number | undefined,
): Crop {
  const extent = (kernel - 1) * dilation + 1;
  if (padding === 'valid') {
    const added = outputPadding ?? Math.max(extent, stride) - extent;
    return { begin: 0, end: added === 0 ? 0 : -added };
  }
  // The zeros that Keras puts around the dilated input; extent − 1 of them on each side would take nothing off.
  const zeros = outputPadding === undefined ? stride + extent - 2 : extent + (extent % 2) - 2 + outputPadding;
  const before = Math.min(Math.ceil(zeros / 2), extent - 1);
  return { begin: extent - 1 - before, end: extent - 1 - (zeros - before) };
}

export const writeKeras: WriteForm = ({ axes, group, outputChannels }) => {
  if (group > 1) return { code: null, note: 'Keras has no groups in transposed convolutions' };
  if (axes.some(({ stride }) => stride > 1) && axes.some(({ dilation }) => dilation > 1))
    return { code: null, note: 'strides and dilation_rate above 1 cannot be given together' };
  for (const padding of words) {
    for (const isGiven of [false, true]) {
      const added = axes.map((axis) => outputPaddingFor(axis, padding, isGiven));
      if (!added.every((item) => item !== 'none')) continue;
      const given = added.filter((item) => item !== undefined);
      const call = [
        `keras.layers.Conv${axes.length}DTranspose(${outputChannels}`,
        `kernel_size=${alike(axes.map(({ kernel }) => kernel))}`,
        ...(axes.every(({ stride }) => stride === 1) ? [] : [`strides=${alike(axes.map(({ stride }) => stride))}`]),
        `padding='${padding}'`,
        ...(given.length === 0 ? [] : [`output_padding=${alike(given)}`]),
        ...(axes.every(({ dilation }) => dilation === 1)
          ? []
          : [`dilation_rate=${alike(axes.map(({ dilation }) => dilation))}`]),
      ];
      return {
        code: `${call.join(', ')})`,
        note: 'the kernel is [height, width, filters, channels], channels are last',
      };
    }
  }
  return {
    code: null,
    note: "Keras has padding='same' and 'valid' alone: padding='valid' and a Cropping layer after it crop otherwise",
  };
};

/** The output_padding that gives the axis: undefined where it is None, `none` where there is none. */
function outputPaddingFor(axis: FormAxis, padding: KerasPadding, isGiven: boolean): number | undefined | 'none' {
  const fits = (outputPadding: number | undefined) => {
    const { begin, end } = kerasCrop(axis, padding, outputPadding);
    return begin === axis.padBegin && end === netEnd(axis);
  };
  if (!isGiven) return fits(undefined) ? undefined : 'none';
  for (let outputPadding = 0; outputPadding < Math.min(axis.stride, 4096); outputPadding++)
    if (fits(outputPadding)) return outputPadding;
  return 'none';
}

/** @throws HandLayerError for what Keras' layer does not take */
export function readKeras(layer: HandLayer): { readonly pads: number[]; readonly outputPadding: number[] } {
  const word = (layer.paddingWord ?? 'valid').toLowerCase();
  const padding = words.find((item) => item === word);
  if (layer.padding !== undefined || padding === undefined)
    throw new HandLayerError(
      'Keras takes a word for padding',
      'give --padding same or --padding valid; other frameworks take numbers',
    );
  if (layer.outputShape !== undefined)
    throw new HandLayerError('Keras’ layer takes no output shape', 'give --output-padding, or --framework onnx');
  if (layer.stride.some((stride) => stride > 1) && layer.dilation.some((dilation) => dilation > 1))
    throw new HandLayerError('Keras takes no stride above 1 together with a dilation above 1', 'leave one out');
  const crops = layer.kernel.map((kernel, i) => {
    const [stride, dilation] = [layer.stride[i] ?? 1, layer.dilation[i] ?? 1];
    const added = layer.outputPadding?.[i];
    if (added !== undefined && added >= stride)
      throw new HandLayerError(
        `--output-padding ${added} is too large for Keras`,
        `it has to be smaller than the stride: at most ${stride - 1}`,
      );
    return kerasCrop({ kernel, stride, dilation }, padding, added);
  });
  return {
    pads: [...crops.map(({ begin }) => begin), ...crops.map(({ end }) => Math.max(0, end))],
    outputPadding: crops.map(({ end }) => Math.max(0, -end)),
  };
}
