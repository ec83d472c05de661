/** A layer in words: short, and whole. */
import { printable } from '../../diagnostics/printable.js';
import type { Formula, InputField, LayerExplanation, Size } from '../explanation.js';
import { type Block, type LayerWords, perAxis, type Section, text } from './blocks.js';
import { transposedSections } from './conv-transpose.js';
import { nodeText, spatialText } from './names.js';
import { resizeSections, unpoolSections, windowSections } from './others.js';

/** Everything that is said of a layer. */
export function layerWords(layer: LayerExplanation): LayerWords {
  return {
    heading: layer.node === null ? 'A transposed convolution' : nodeText(layer.node),
    shapes: shapesText(layer),
    sections: [...sectionsOf(layer), ...fieldSections(layer)],
  };
}

interface FormulaAxis {
  readonly name: string;
  readonly formula: Formula;
}

/** One layer of many: what it is, and a line on it. */
export interface ShortWords {
  readonly heading: string;
  readonly sizes: string;
  readonly lines: readonly string[];
}

export function shortWords(layer: LayerExplanation): ShortWords {
  return {
    heading: layer.node === null ? 'A transposed convolution' : nodeText(layer.node),
    sizes: spatialText(layer),
    lines: [...perAxis<FormulaAxis>(layer.axes, ({ formula }) => printable(formula.filled)), ...shortFacts(layer)],
  };
}

function shortFacts(layer: LayerExplanation): string[] {
  switch (layer.kind) {
    case 'ConvTranspose': {
      const { subconvolutions, overlap, axes } = layer;
      const count = subconvolutions?.length ?? axes.map(({ stride }) => stride).join('·');
      const runs = count === 1 ? 'runs as a convolution' : `runs as ${count} subconvolutions`;
      const verdict = { even: 'no checkerboard', checkerboard: 'checkerboard', gaps: 'outputs that no input reaches' };
      return [`${runs}; ${verdict[overlap.verdict]}${overlap.code === null ? '' : ` (${overlap.code})`}`];
    }
    case 'Window': {
      const cut = layer.axes.flatMap(({ name, cutOff }) =>
        cutOff === null || cutOff === 0 ? [] : [`${cutOff} of ${name}`],
      );
      return cut.length === 0 ? [] : [`not read at the end: ${cut.join(', ')}`];
    }
    case 'Resize':
      return [`${layer.mode}, ${layer.coordinates}`];
    case 'MaxUnpool':
      return [layer.pool === null ? 'its pooling is not to be seen' : `undoes ${nodeText(layer.pool)}`];
  }
}

function sectionsOf(layer: LayerExplanation): Section[] {
  switch (layer.kind) {
    case 'ConvTranspose':
      return transposedSections(layer);
    case 'Window':
      return windowSections(layer);
    case 'Resize':
      return resizeSections(layer);
    case 'MaxUnpool':
      return unpoolSections(layer);
  }
}

function shapesText({ input, output, batch, inputChannels, outputChannels, axes }: LayerExplanation): string {
  const list = (channels: Size, spatial: readonly Size[]) => `[${[batch, channels, ...spatial].join(', ')}]`;
  const named = (name: string | null, shape: string) => (name === null ? shape : `${printable(name)} ${shape}`);
  const spatial = axes.filter(({ axis }) => axis >= 2);
  const before = named(
    input,
    list(
      inputChannels,
      spatial.map((axis) => axis.input),
    ),
  );
  return `${before} → ${named(
    output,
    list(
      outputChannels,
      spatial.map((axis) => axis.output),
    ),
  )}`;
}

function fieldSections({ fields }: LayerExplanation): Section[] {
  if (fields.length === 0) return [];
  return [{ title: 'Receptive field', blocks: fields.map(fieldBlock) }];
}

function fieldBlock({ input, reason, axes }: InputField): Block {
  const name = printable(input);
  if (reason !== null) return text(`Of ${name} it is not known: ${printable(reason)}.`);
  const sizes = axes.map(({ receptiveField }) => receptiveField).join('×');
  const strides = [
    ...new Set(
      axes.map(({ stride: { numerator, denominator } }) =>
        denominator === 1 ? String(numerator) : `${numerator}/${denominator}`,
      ),
    ),
  ];
  return text(`An output is computed from ${sizes} positions of ${name}; the total stride is ${strides.join('×')}.`);
}
