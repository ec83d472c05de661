/** Strided windows, Resize and MaxUnpool in words. */
import { counted } from '../../diagnostics/units.js';
import type {
  MaxUnpoolExplanation,
  ResizeAxisExplanation,
  ResizeExplanation,
  WindowAxisExplanation,
  WindowExplanation,
} from '../explanation.js';
import { rounded } from '../resize.js';
import { alikeAxes, type Block, capital, code, perAxis, type Section, text } from './blocks.js';
import { grouped, sizeBlocks } from './conv-transpose.js';
import { nodeText } from './names.js';

export function windowSections(layer: WindowExplanation): Section[] {
  const { axes, multiplications } = layer;
  const count =
    multiplications === null
      ? ''
      : `Multiplications: ${typeof multiplications === 'number' ? grouped(multiplications) : multiplications}.`;
  return [
    {
      title: 'Windows',
      blocks: [
        text(`${capital(perAxis(axes, windowText).join('; '))}.`, windowPadding(layer)),
        text(...cutOffSentences(axes), count),
      ],
    },
    {
      title: 'Size',
      blocks: [
        ...sizeBlocks(axes),
        ...(layer.ceilMode
          ? [text('ceil_mode rounds up: a last window may reach beyond the padding, but begins before it.')]
          : []),
      ],
    },
  ];
}

function windowText({ kernel, stride, dilation, extent }: WindowAxisExplanation): string {
  const spaced = dilation === 1 ? '' : `, ${dilation} apart, so ${extent} wide`;
  return `a window of ${counted(kernel, 'element')}${spaced} moves by ${stride}`;
}

function windowPadding({ decidedBy, autoPad, axes }: WindowExplanation): string {
  const added = perAxis(axes, ({ padBegin, padEnd }) =>
    padBegin === null || padEnd === null
      ? 'as many as the size asks for'
      : padBegin === padEnd
        ? `${padBegin} at both ends`
        : `${padBegin} at the beginning, ${padEnd} at the end`,
  ).join('; ');
  if (decidedBy === 'default') return 'No attribute gives a padding, so there is none.';
  if (decidedBy === 'pads') return `pads decides the padding: ${added}.`;
  return autoPad === 'VALID'
    ? 'auto_pad VALID: there is no padding.'
    : `auto_pad ${autoPad} decides the padding: ${added}.`;
}

function cutOffSentences(axes: readonly WindowAxisExplanation[]): string[] {
  return alikeAxes(axes, ({ cutOff }) => cutOff).flatMap(({ names, content, axis }) => {
    if (content === null)
      return axis.stride > 1
        ? [`Along ${names} up to ${axis.stride - 1} at the end may fit no window, and is not read.`]
        : [];
    if (content === 0) return [];
    return [
      `Along ${names} the last ${content === 1 ? 'position' : `${content} positions`} of the padded input ${content === 1 ? 'fits' : 'fit'} no window and ${content === 1 ? 'is' : 'are'} not read.`,
    ];
  });
}

export function resizeSections(layer: ResizeExplanation): Section[] {
  const { axes, mode, coordinates, nearestMode, antialias, decidedBy } = layer;
  const how = nearestMode === null ? '' : ` Positions between two elements become one by ${nearestMode}.`;
  const positions = alikeAxes(axes, ({ position }) => position);
  return [
    {
      title: 'Size',
      blocks: [
        ...sizeBlocks(axes),
        text(`${decidedBy} ${decidedBy === 'sizes' ? 'gives the size' : 'gives the factor'}${scaleText(axes)}.`),
      ],
    },
    {
      title: 'Positions',
      blocks: [
        text(
          `Mode ${mode}, coordinate transformation ${coordinates}.${how}${antialias ? ' Antialiasing widens the weights where the axis shrinks.' : ''}`,
        ),
        ...positions.map(({ names, content }) =>
          code(positions.length === 1 ? content.filled : `${names}: ${content.filled}`),
        ),
      ],
    },
    ...sampleSections(axes),
  ];
}

function scaleText(axes: readonly ResizeAxisExplanation[]): string {
  const texts = perAxis(axes, ({ scale }) => (scale === null ? 'known in a run only' : rounded(scale)));
  return texts.length === 0 ? '' : `: ${texts.join('; ')}`;
}

function sampleSections(axes: readonly ResizeAxisExplanation[]): Section[] {
  const tables = alikeAxes(
    axes.filter(({ samples }) => samples.length > 0),
    ({ samples, sampleInput, sampleOutput, input }) => ({
      samples,
      sampleInput,
      sampleOutput,
      isOpen: typeof input !== 'number',
    }),
  );
  return tables.map(({ names, content: { samples, sampleInput, sampleOutput, isOpen } }) => ({
    title: `What outputs read along ${names}`,
    blocks: [
      ...(isOpen ? [text(`The size is open: for ${sampleInput} → ${sampleOutput}.`)] : []),
      {
        kind: 'table',
        columns: ['output', 'lies at', 'reads inputs, each times its weight'],
        rows: samples.map(({ output, position, reads }) => [
          String(output),
          rounded(position),
          reads.map(({ input, weight }) => `${input}·${rounded(weight)}`).join(' + '),
        ]),
      } satisfies Block,
    ],
  }));
}

export function unpoolSections(layer: MaxUnpoolExplanation): Section[] {
  const { axes, pool, counting, indices, index, decidedBy } = layer;
  const from =
    pool === null
      ? `The indices '${indices}' come from no MaxPool that the graph shows.`
      : `The indices come from ${nodeText(pool)}.`;
  const how =
    counting === 'restored'
      ? ' They were counted within planes, as PyTorch does, and are converted back.'
      : counting === 'plane'
        ? ' They are counted within planes, as PyTorch does: here they have to count over the whole tensor.'
        : '';
  const sizes = perAxis(axes, ({ input, pooledFrom, pooledTo, stride }) =>
    stride === 1
      ? `${pooledFrom} is pooled to ${input}`
      : `all sizes from ${pooledFrom} to ${pooledTo} are pooled to ${input}`,
  ).join('; ');
  const decided =
    decidedBy === 'output_shape'
      ? 'output_shape says which one it was.'
      : 'Without the input output_shape the smallest is made.';
  return [
    {
      title: 'Indices',
      blocks: [
        text(`${from}${how} Each value goes where it was taken from, zeros elsewhere.`),
        text("ONNX's index counts over the whole tensor:"),
        code(index.tensor.general),
        code(index.tensor.filled),
        text("PyTorch's counts within the plane of a channel:"),
        code(index.plane.general),
        code(index.plane.filled),
      ],
    },
    {
      title: 'Size',
      blocks: [...sizeBlocks(axes), text(`${capital(sizes)}. ${decided}`)],
    },
  ];
}
