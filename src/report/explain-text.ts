/** Explanations of layers for a terminal. */
import type { Colors } from 'picocolors/types.js';
import { printable } from '../diagnostics/printable.js';
import { nodeLabel } from '../diagnostics.js';
import type { Unexplained } from '../explain/explain.js';
import type { LayerExplanation } from '../explain/explanation.js';
import type { Block, Section } from '../explain/words/blocks.js';
import { layerWords, shortWords } from '../explain/words/words.js';
import { referenceTo } from '../ir/graph.js';
import { textTable } from './text-table.js';
import { fitLines, wrapText } from './wrap.js';

/** What of a terminal's colors is used. */
type Emphasis = Pick<Colors, 'bold'>;

/** None, for files and pages. */
export const plainText: Emphasis = { bold: String };

const defaultWidth = 80;

/** A layer whole. */
export function renderLayer(layer: LayerExplanation, colors: Emphasis, width = defaultWidth): string {
  const { heading, shapes, sections } = layerWords(layer);
  const head = [...wrapText(heading, width).map((line) => colors.bold(line)), ...wrapText(printable(shapes), width)];
  return `${[...head, ...sections.flatMap((section) => ['', ...sectionLines(section, colors, width)])].join('\n')}\n`;
}

/** Every layer, a few lines each. */
export function renderLayers(layers: readonly LayerExplanation[], colors: Colors, width = defaultWidth): string {
  const lines = layers.flatMap((layer) => {
    const { heading, sizes, lines: facts } = shortWords(layer);
    const head = fitLines(`${colors.bold(heading)}  ${sizes}`, width);
    return [head, ...facts.map((fact) => fitLines(`  ${printable(fact)}`, width)), ''];
  });
  return `${lines.join('\n')}\n`;
}

function sectionLines({ title, blocks }: Section, colors: Emphasis, width: number): string[] {
  return [colors.bold(printable(title)), ...blocks.flatMap((block, i) => blockLines(block, blocks[i - 1], width))];
}

const margin = '  ';

function blockLines(block: Block, before: Block | undefined, width: number): string[] {
  const room = width - margin.length;
  switch (block.kind) {
    case 'text':
      return wrapText(printable(block.text), room).map((line) => `${margin}${line}`.trimEnd());
    case 'code':
      return fitLines(`${margin}${margin}${printable(block.text)}`, width).split('\n');
    case 'table': {
      const columns = block.columns.map((title) => ({ title, shrinkTo: 8 }));
      return textTable(columns, block.rows, room).map((line) => `${margin}${line}`);
    }
    case 'grid':
      return [
        ...(before?.kind === 'grid' ? [''] : []),
        `${margin}${printable(block.title)}`,
        ...block.rows.map((row) => `${margin}${margin}${row}`.trimEnd()),
      ];
  }
}

/** Nodes that are not explained, with the reasons. */
export function renderUnexplained(unexplained: readonly Unexplained[]): string {
  return unexplained.map(({ node, reason }) => `${printable(`${nodeLabel(referenceTo(node))} ${reason}`)}\n`).join('');
}
