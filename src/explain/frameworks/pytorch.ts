/**
 * torch.nn.ConvTranspose1d to 3d: padding takes off the same at both ends, output_padding adds at the end and has to be
 * smaller than the stride or the dilation; `output_size` of the call chooses it (documentation of torch.nn.ConvTranspose2d).
 */
import { alike, type FormAxis, type HandLayer, HandLayerError, netEnd, type WriteForm } from './form.js';

interface SymmetricAxis {
  readonly padding: number;
  readonly outputPadding: number;
  /** Elements that a slice takes off at both ends after the layer. */
  readonly before: number;
  readonly after: number;
}

export const writePytorch: WriteForm = (layer) => {
  const { axes, group } = layer;
  if (axes.some((axis) => -netEnd(axis) >= Math.max(axis.stride, axis.dilation)))
    return {
      code: null,
      note: 'output_padding has to be smaller than the stride or the dilation: torch.nn.functional.pad after the layer adds more',
    };
  const symmetric = axes.map(symmetricAxis);
  const call = [
    `torch.nn.ConvTranspose${axes.length}d(${layer.inputChannels}, ${layer.outputChannels}`,
    `kernel_size=${alike(axes.map(({ kernel }) => kernel))}`,
    ...option(
      'stride',
      axes.map(({ stride }) => stride),
      1,
    ),
    ...option(
      'padding',
      symmetric.map(({ padding }) => padding),
      0,
    ),
    ...option(
      'output_padding',
      symmetric.map(({ outputPadding }) => outputPadding),
      0,
    ),
    ...option('groups', [group], 1),
    ...option(
      'dilation',
      axes.map(({ dilation }) => dilation),
      1,
    ),
  ].join(', ');
  if (symmetric.every(({ before, after }) => before === 0 && after === 0)) return { code: `${call})`, note: null };
  const slices = symmetric.map(({ before, after }) => `${before === 0 ? '' : before}:${after === 0 ? '' : -after}`);
  return {
    code: `${call})(x)[:, :, ${slices.join(', ')}]`,
    note: 'padding takes off the same at both ends: the rest is cut off the result',
  };
};

/** The padding at both ends with the output_padding that leaves the right end, or a slice for what they cannot say. */
function symmetricAxis(axis: FormAxis): SymmetricAxis {
  const { padBegin } = axis;
  const end = netEnd(axis);
  const added = padBegin - end;
  if (added >= 0 && added < Math.max(axis.stride, axis.dilation))
    return { padding: padBegin, outputPadding: added, before: 0, after: 0 };
  const padding = Math.max(0, Math.min(padBegin, end));
  return {
    padding,
    outputPadding: padding - Math.min(padding, end),
    before: padBegin - padding,
    after: Math.max(0, end - padding),
  };
}

function option(name: string, values: readonly number[], unless: number): string[] {
  return values.every((value) => value === unless) ? [] : [`${name}=${alike(values)}`];
}

/** @throws HandLayerError for what PyTorch's layer does not take */
export function readPytorch(layer: HandLayer): { readonly pads: number[]; readonly outputPadding: number[] } {
  const rank = layer.kernel.length;
  if (layer.paddingWord !== undefined)
    throw new HandLayerError(
      'PyTorch’s ConvTranspose takes no word for padding',
      'give a number: --padding 1; --framework keras has same and valid, onnx has --auto-pad',
    );
  const padding = layer.padding ?? new Array<number>(rank).fill(0);
  if (padding.length !== rank)
    throw new HandLayerError(
      `--padding has ${padding.length} numbers: PyTorch takes off the same at both ends of an axis`,
      'give one for each axis; --framework onnx takes both ends',
    );
  const sizes = layer.outputShape;
  if (sizes !== undefined && layer.outputPadding !== undefined)
    throw new HandLayerError(
      '--output-shape chooses the output padding, and --output-padding is given, too',
      'leave one out',
    );
  const outputPadding = layer.kernel.map((kernel, i) => {
    const [input, stride, dilation] = [layer.input[i] ?? 1, layer.stride[i] ?? 1, layer.dilation[i] ?? 1];
    const least = (input - 1) * stride - 2 * (padding[i] ?? 0) + (kernel - 1) * dilation + 1;
    const size = sizes?.[i];
    const most = least + stride - 1;
    if (size !== undefined && (size < least || size > most))
      throw new HandLayerError(`--output-shape ${size} is none that output_size takes`, `from ${least} to ${most}`);
    const added = size === undefined ? (layer.outputPadding?.[i] ?? 0) : size - least;
    if (added > 0 && added >= Math.max(stride, dilation))
      throw new HandLayerError(
        `--output-padding ${added} is too large for PyTorch`,
        `it has to be smaller than the stride or the dilation: at most ${Math.max(stride, dilation) - 1}`,
      );
    return added;
  });
  return { pads: [...padding, ...padding], outputPadding };
}
