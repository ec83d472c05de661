/** A ConvTranspose in words. */
import { counted } from '../../diagnostics/units.js';
import type { ConvTransposeAxisExplanation, ConvTransposeExplanation, Multiplications } from '../explanation.js';
import { frameworkTitles } from '../frameworks/form.js';
import { generalFormula } from '../transposed-formula.js';
import { alikeAxes, andList, type Block, capital, code, perAxis, type Section, text } from './blocks.js';
import { exampleSection } from './example.js';
import { overlapMap } from './grid.js';

type Axis = ConvTransposeAxisExplanation;

export function transposedSections(layer: ConvTransposeExplanation): Section[] {
  return [
    { title: 'Four steps', blocks: [stepsTable(layer)] },
    {
      title: 'Size',
      blocks: [...sizeBlocks(layer.axes), text(...paddingSentences(layer)), text('In general:'), code(generalFormula)],
    },
    { title: 'What runs', blocks: runBlocks(layer) },
    { title: 'Overlap', blocks: overlapBlocks(layer) },
    ...(layer.example === null ? [] : [exampleSection(layer.example)]),
    ...(layer.frameworks === null ? [] : [{ title: 'In the words of each framework', blocks: frameworkBlocks(layer) }]),
  ];
}

/** A row for each step, a column for the axes that are alike. */
function stepsTable({ axes }: ConvTransposeExplanation): Block {
  const columns = alikeAxes(axes, stepCells);
  const titles = ['input', '1 dilate', '2 pad', '3 crop', '4 convolve'];
  return {
    kind: 'table',
    columns: ['step', ...columns.map(({ names }) => names)],
    rows: titles.map((title, row) => [title, ...columns.map(({ content }) => content[row] ?? '')]),
  };
}

function stepCells({ input, kernel, dilation, steps }: Axis): string[] {
  const { zerosBetween, dilated, zerosAround, padded, cropBegin, cropEnd, addEnd, cropped, output } = steps;
  const added = addEnd === 0 ? '' : `, ${addEnd} added at the end`;
  return [
    String(input),
    `${counted(zerosBetween, 'zero')} between → ${dilated}`,
    `${counted(zerosAround, 'zero')} on both sides → ${padded}`,
    `${cropBegin} + ${cropEnd} off${added} → ${cropped}`,
    `kernel ${kernel}, flipped${dilation === 1 ? '' : `, dilation ${dilation}`} → ${output}`,
  ];
}

export function sizeBlocks(axes: readonly Pick<Axis, 'name' | 'formula'>[]): Block[] {
  const general = [...new Set(axes.map(({ formula }) => formula.general))];
  const filled = perAxis(axes, ({ formula }) => formula.filled);
  return [...general, ...filled].map(code);
}

function paddingSentences(layer: ConvTransposeExplanation): string[] {
  const { decidedBy, autoPad, axes } = layer;
  switch (decidedBy) {
    case 'default':
      return ['No attribute gives a padding, so there is none.'];
    case 'pads':
      return [`pads decides the padding: ${perAxis(axes, takenOff).join('; ')}.`];
    case 'output_shape':
      return [`output_shape decides the padding, and pads is not read: ${perAxis(axes, requested).join('; ')}.`];
    case 'auto_pad':
      if (autoPad === 'VALID') return ['auto_pad VALID decides: there is no padding, and pads is not read.'];
      return [
        `auto_pad ${autoPad} decides the padding, and pads is not read. It asks for in·stride: ${perAxis(axes, requested).join('; ')}.`,
        autoPad === 'SAME_UPPER'
          ? 'Of an odd number the last is taken off at the end.'
          : 'Of an odd number the last is taken off at the beginning.',
      ];
  }
}

function takenOff({ padBegin, padEnd }: Axis): string {
  return padBegin === padEnd
    ? `${padBegin} off at both ends`
    : `${padBegin} off at the beginning, ${padEnd} at the end`;
}

function requested(axis: Axis): string {
  const { wanted, natural, outputPadding, tail } = axis;
  const added = tail === outputPadding ? '' : `, and ${tail} added at the end`;
  return `a size of ${wanted} of ${natural}, so ${takenOff(axis)}${added}`;
}

function runBlocks({ subconvolutions, multiplications, axes }: ConvTransposeExplanation): Block[] {
  const blocks: Block[] = [];
  const strides = axes.map(({ stride }) => stride);
  if (strides.every((stride) => stride === 1)) {
    blocks.push(text('With stride 1 the input is convolved as it is, by the flipped kernel.'));
  } else if (subconvolutions === null) {
    blocks.push(
      text(
        `Up to ${strides.join('·')} subconvolutions of the undilated input, one for each remainder of an output's position by the stride.`,
      ),
    );
  } else {
    const counts = new Map<string, number>();
    for (const { kernel } of subconvolutions) {
      const size = kernel.includes(0) ? 'no element (bias alone)' : kernel.join('×');
      counts.set(size, (counts.get(size) ?? 0) + 1);
    }
    const kernels = [...counts].map(([size, count]) => (count === 1 ? size : `${count} of ${size}`));
    blocks.push(
      text(
        `${counted(subconvolutions.length, 'subconvolution')} of the undilated input, one for each remainder of an output's position by the stride; kernels: ${andList(kernels)}.`,
        'Their results interleave.',
      ),
    );
  }
  if (multiplications !== null) blocks.push(text(multiplicationSentence(multiplications)));
  return blocks;
}

const longestCount = 60;

function multiplicationSentence({ asWritten, executed }: Multiplications): string {
  if (typeof asWritten === 'number' && typeof executed === 'number') {
    const saved = executed === 0 || asWritten === executed ? '' : `, ${ratio(asWritten / executed)} times fewer`;
    return `Multiplications: ${grouped(asWritten)} as written, zeros and all; ${grouped(executed)} as executed${saved}.`;
  }
  if (`${asWritten}${executed}`.length <= longestCount)
    return `Multiplications: ${asWritten} as written, ${executed} as executed.`;
  return 'How many multiplications that saves depends on open sizes; --dim gives them numbers, --json has the expressions.';
}

export function ratio(value: number): string {
  return String(Number(value.toPrecision(3)));
}

/** `1 234 567`, with spaces that do not break. */
export function grouped(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, '\u00a0');
}

function overlapBlocks({ axes, overlap }: ConvTransposeExplanation): Block[] {
  const verdict = overlap.code === null ? '' : ` (${overlap.code})`;
  const sentence = `${capital(overlap.text)}${verdict}.`;
  const drawn = axes.slice(-2).map((axis) => countsOf(axis));
  const columns = drawn.at(-1);
  const rows = drawn.length > 1 ? drawn[0] : undefined;
  if (columns === undefined || (drawn.length > 1 && rows === undefined)) return [text(sentence)];
  const isWhole = drawn.every((item) => item?.isWhole);
  const along =
    axes.length > 2
      ? `, along ${axes
          .slice(-2)
          .map(({ name }) => name)
          .join(' and ')}`
      : '';
  const title = `Inputs that reach each output${isWhole ? '' : ' away from the borders'}${along}:`;
  return [text(sentence), { kind: 'grid', title, rows: overlapMap(rows?.counts, columns.counts) }];
}

/** What is drawn of an axis without counts of its own, since its size is open or large. */
const periodsShown = 2;
const leastShown = 6;

function countsOf({ counts, countsByPhase, padBegin }: Axis) {
  if (counts !== null && counts.length > 0) return { counts, isWhole: true };
  if (countsByPhase === null || typeof padBegin !== 'number') return undefined;
  const length = Math.max(leastShown, periodsShown * countsByPhase.length);
  const repeated = Array.from({ length }, (_, i) => countsByPhase[i % countsByPhase.length] ?? 0);
  return { counts: repeated, isWhole: false };
}

function frameworkBlocks({ frameworks }: ConvTransposeExplanation): Block[] {
  return (frameworks ?? []).flatMap(({ framework, code: line, note }) => {
    const title = frameworkTitles[framework];
    if (line === null) return [text(`${title} cannot say it: ${note}.`)];
    return [text(`${title}${note === null ? '' : ` (${note})`}:`), code(line)];
  });
}
